/**
 * Makes the checks of /readyz: for each source, the state, the rules, the archive and each receiver. A check is fine, or names the problem
 * and the fix.
 */
import type { HealthRow } from '../../detect/store/notes.ts';
import type { ReadLoop, ReceiverState, ReadinessCheck } from '../types.ts';
import { labelled } from './sources.ts';

export interface ReadinessParts {
  readonly alertLoops: readonly ReadLoop[];
  archiveLoops(): readonly ReadLoop[];
  archiveProblem(): { readonly detail: string; readonly fix?: string } | undefined;
  /** The reason why some partitions are not read: they wait for one that is behind. */
  heldReading(): string | undefined;
  /** How far the first starts of sources are. */
  firstStart(): string | undefined;
  stateProblem(): string | undefined;
  descriptorProblem(): { readonly detail: string; readonly fix: string } | undefined;
  rulesProblem(): string | undefined;
  rulesUnrest(): { readonly detail: string; readonly fix: string } | undefined;
  health(): readonly HealthRow[];
  /** The problems by receiver; undefined: the last probe found none. `isStuck`: nothing goes out, and the receiver is not the reason. */
  channelProblems(): ReadonlyMap<
    string,
    { readonly problem: string; readonly fix: string; readonly isStuck?: true } | undefined
  >;
  /** Receivers that are owed messages and do not take them. */
  failing(): readonly ReceiverState[];
}

export function readiness(parts: ReadinessParts): readonly ReadinessCheck[] {
  const archive = parts.archiveProblem();
  const descriptors = parts.descriptorProblem();
  const unrest = parts.rulesUnrest();
  return [
    ...parts.alertLoops.map((loop) => sourceCheck(loop, 'alert')),
    ...parts.archiveLoops().map((loop) => sourceCheck(loop, 'archive')),
    check('reading', false, parts.heldReading()),
    check('time', false, heldTime(parts.alertLoops), 'see docs/operating.md, what holds the time back'),
    check('first start', false, parts.firstStart(), 'nothing: it goes on by itself (docs/reading.md)'),
    check('state', true, parts.stateProblem()),
    check('descriptors', false, descriptors?.detail, descriptors?.fix),
    check('rules', false, parts.rulesProblem(), 'run `tocsin check`'),
    check('rules folder', false, unrest?.detail, unrest?.fix),
    check(
      'rules evaluated',
      false,
      incomplete(parts.health()),
      'run `tocsin alerts`; each reason is in docs/operating.md',
    ),
    check('lines read', false, ...misread(parts.health())),
    check('losses', false, losses(parts.health()), 'each reason is in docs/operating.md'),
    check('archive', false, archive?.detail, archive?.fix),
    ...receiverChecks(parts.channelProblems(), parts.failing()),
  ];
}

/** Makes a check for each receiver. A receiver that answers a probe may still refuse messages. */
function receiverChecks(
  probed: ReturnType<ReadinessParts['channelProblems']>,
  failing: readonly ReceiverState[],
): readonly ReadinessCheck[] {
  const owing = new Map(failing.map((state) => [state.receiver, state]));
  return [...new Set([...probed.keys(), ...owing.keys()])].map((name) => {
    const found = probed.get(name);
    if (found !== undefined) return check(name, found.isStuck === true, found.problem, found.fix);
    const owed = owing.get(name);
    return check(name, false, owed && owedText(owed), 'see docs/operating.md, tocsin_receiver_failing');
  });
}

function owedText({ waiting, givenUp, problem = 'it takes no messages' }: ReceiverState): string {
  return `${problem} (waiting: ${waiting}, given up: ${givenUp})`;
}

const RULES_MAX = 10;

/** Names the rules that are not evaluated completely, each with the reasons. */
function incomplete(rows: readonly HealthRow[]): string | undefined {
  const reasons = Map.groupBy(
    rows.filter(({ rule }) => rule !== undefined),
    ({ rule }) => rule!,
  );
  if (reasons.size === 0) return undefined;
  const named = [...reasons].slice(0, RULES_MAX).map(([rule, own]) => {
    return `${rule}: ${[...new Set(own.map(({ reason }) => reason))].join(', ')}`;
  });
  const more = reasons.size - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more rules`] : [])].join('; ');
}

/** Says why most lines of a source are not read as they should be, and how to mend the first of them. */
function misread(rows: readonly HealthRow[]): readonly [detail?: string, fix?: string] {
  const found = rows.filter(({ fix }) => fix !== undefined);
  if (found.length === 0) return [];
  const details = new Set(found.map(({ detail }) => detail));
  return [[...details].slice(0, RULES_MAX).join('; '), found[0]!.fix!];
}

/** Names the losses that cast doubt on no rule. */
function losses(rows: readonly HealthRow[]): string | undefined {
  const own = rows.filter(({ of }) => of !== undefined).map(({ of, reason }) => `${of!}: ${reason}`);
  const more = own.length - RULES_MAX;
  if (own.length === 0) return undefined;
  return [...own.slice(0, RULES_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/**
 * Names the sources where something that cannot be read yet (such as an open transaction) holds the time back, or has done so for as long
 * as it may. Each has the reason.
 */
function heldTime(loops: readonly ReadLoop[]): string | undefined {
  const held = loops.flatMap(({ source, reader }) =>
    reader.partitions().flatMap(({ label, waits, outwaited }) => {
      const because = waits?.because ?? outwaited;
      return because === undefined ? [] : [`${source.name}: ${labelled(label, because)}`];
    }),
  );
  return held.length === 0 ? undefined : held.slice(0, RULES_MAX).join('; ');
}

function sourceCheck({ source, reader }: ReadLoop, purpose: string): ReadinessCheck {
  const [first] = reader.partitions().flatMap(({ label, halted, unreachable }) => {
    const problem = halted ?? unreachable;
    return problem === undefined ? [] : [labelled(label, problem)];
  });
  return check(`source ${source.name} (${purpose})`, purpose === 'alert', first);
}

function check(name: string, fatal: boolean, detail?: string, fix?: string): ReadinessCheck {
  return {
    name,
    ok: detail === undefined,
    fatal,
    ...(detail !== undefined && { detail }),
    ...(!(fix === undefined || detail === undefined) && { fix }),
  };
}
