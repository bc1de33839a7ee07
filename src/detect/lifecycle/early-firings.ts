/**
 * What people are told before it is settled, and what becomes of it (semantics: Episodes, Provisional). A touched group is
 * played forward on a copy, from its settled state over the matches that still wait; a firing found there is told at once. When
 * the settled result comes it confirms, amends or withdraws. Nothing here ever changes the settled state.
 */
import type { Episode, ResolveReason, Transition } from '../../event/alert.ts';
import type { Correction } from '../../event/correction.ts';
import { comparePositions } from '../../event/event.ts';
import type { Waiting } from '../input/waiting.ts';
import { byteReader, byteWriter, type ByteReader, type ByteWriter } from '../columns/bytes.ts';
import { groupKey, groupValues } from '../input/group-key.ts';
import { threadIdOf } from './identity.ts';
import type { DetectRule } from '../input/input.ts';
import { longestLookMs } from '../input/look-back.ts';
import type { Outcome } from './episode.ts';
import { createMachine, type Machine } from './machine.ts';
import type { Operator } from '../operator.ts';
import type { Samples } from './samples.ts';

export interface RunAheadContext {
  readonly isEager: boolean;
  rule(): DetectRule;
  /** An operator of the rule's form that has seen nothing. */
  newOperator(): Operator;
  readonly samples: Samples;
  emit(transition: Transition): void;
  /** Matches of the group that are not settled, in order. */
  waiting(key: string): readonly Waiting[];
  readonly settled: {
    readonly machine: Machine;
    readonly operator: Operator;
    /** −1 where the group is not alive. */
    slot(key: string): number;
    untilMs(): number;
  };
}

export interface RunAhead {
  arrived(events: readonly Waiting[]): void;
  /** Taken in while settling; told by `step`. */
  settled(key: string, outcome: Outcome): void;
  /** Nothing was told that is not settled, and nothing has come: `step` would do nothing. */
  readonly isIdle: boolean;
  /** After settling: tells what is new, withdraws what did not come true. */
  step(): void;
  /** The rule ends at this time: what was told ends with it, as nobody will know any more whether it should have been. */
  end(atMs: number, reason: ResolveReason): void;
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

/** A firing that was told and is not settled, in the thread in which it was told. */
interface Told extends Episode {
  readonly threadId: string;
}

/** What settling brought, held until the step has settled all it can. */
interface GroupOutcome extends Outcome {
  readonly key: string;
}

interface Reconciled {
  readonly partners: ReadonlyMap<Told, Episode>;
  readonly untold: readonly Told[];
  readonly dropped: readonly Told[];
}

export function createRunAhead(context: RunAheadContext): RunAhead {
  const told = new Map<string, Told[]>();
  /** Threads of open settled episodes that took one over, by alertId. */
  const threads = new Map<string, string>();
  /** Threads that other alerts took over, and until when their own alerts may still come. */
  const takenOver = new Map<string, number>();
  const touched = new Set<string>();
  let outcomes: GroupOutcome[] = [];
  let player: ReturnType<typeof createPlayer> | undefined;
  const play = (key: string): readonly Episode[] =>
    context.isEager ? (player ??= createPlayer(context))(key) : [];

  /** An alert that is told anew begins a thread of its own: in that of its name people may have been told of another. */
  function newThread({ alertId, firedAtMs }: Episode): string {
    return takenOver.has(alertId) ? threadIdOf(alertId, firedAtMs!) : alertId;
  }

  function takeOver({ threadId, firstEvent }: Told, by: Episode): void {
    if (threadId !== by.alertId) takenOver.set(threadId, firstEvent.timeMs + longestLookMs(context.rule()));
  }

  function emitFiring(episode: Episode, known: Told | undefined): void {
    if (known !== undefined) takeOver(known, episode);
    const threadId = known?.threadId ?? newThread(episode);
    if (threadId !== episode.alertId && episode.state !== 'resolved') threads.set(episode.alertId, threadId);
    const settled = { settled: true, threadId, episode };
    if (known === undefined) context.emit({ kind: 'fired', announce: true, ...settled });
    else if (saysTheSame(known, episode)) context.emit({ kind: 'fired', announce: false, ...settled });
    else {
      const announce = isWorthAMessage(known, episode);
      context.emit({ kind: 'amended', announce, ...settled, correction: amendment(known, episode) });
    }
  }

  function emitOutcomes(partners: ReadonlyMap<Episode, Told>): void {
    for (const { kind, episode } of outcomes) {
      if (kind === 'fired') emitFiring(episode, partners.get(episode));
      else {
        const threadId = threads.get(episode.alertId) ?? episode.alertId;
        threads.delete(episode.alertId);
        context.emit({ kind: 'resolved', settled: true, announce: true, threadId, episode });
      }
    }
    outcomes = [];
  }

  function withdraw({ threadId, ...episode }: Told): void {
    const correction = { kind: 'not_fired' } as const;
    context.emit({ kind: 'withdrawn', settled: true, announce: true, threadId, episode, correction });
  }

  /** Brings what was told of a group together with what settled and what is coming. */
  function reconcile(key: string, settled: readonly Episode[]): Reconciled {
    const coming = play(key);
    const open = told.get(key) ?? [];
    const partners = pair(open, [...settled, ...coming]);
    const met = new Set(partners.values());
    const isKept = (known: Told): boolean => {
      const episode = partners.get(known);
      return episode === undefined
        ? known.firedAtMs! > context.settled.untilMs()
        : !settled.includes(episode);
    };
    const untold = coming
      .filter((episode) => !met.has(episode))
      .map((episode) => ({ ...episode, threadId: newThread(episode) }));
    const kept = open.filter(isKept);
    if (kept.length + untold.length === 0) told.delete(key);
    else told.set(key, [...kept, ...untold]);
    return { partners, untold, dropped: open.filter((known) => !partners.has(known) && !isKept(known)) };
  }

  function step(): void {
    const settled = Map.groupBy(
      outcomes.filter(({ kind }) => kind === 'fired'),
      ({ key }) => key,
    );
    const keys = new Set(touched);
    for (const [key, episodes] of told)
      if (settled.has(key) || episodes.some(({ firedAtMs }) => firedAtMs! <= context.settled.untilMs()))
        keys.add(key);
    const results = [...keys].map((key) =>
      reconcile(
        key,
        (settled.get(key) ?? []).map(({ episode }) => episode),
      ),
    );
    touched.clear();
    emitOutcomes(new Map(results.flatMap(({ partners }) => [...partners].map(([known, to]) => [to, known]))));
    for (const { dropped } of results) for (const episode of dropped) withdraw(episode);
    for (const { untold } of results)
      for (const { threadId, ...episode } of untold)
        context.emit({ kind: 'fired', settled: false, announce: true, threadId, episode });
    for (const [threadId, untilMs] of takenOver)
      if (untilMs < context.settled.untilMs()) takenOver.delete(threadId);
  }

  return {
    arrived(events) {
      if (context.isEager) for (const { key } of events) touched.add(key);
    },
    settled: (key, outcome) => void outcomes.push({ ...outcome, key }),
    get isIdle() {
      return outcomes.length === 0 && touched.size === 0 && told.size === 0;
    },
    step,
    end(atMs, reason) {
      emitOutcomes(new Map());
      for (const { threadId, ...episode } of [...told.values()].flat()) {
        const asTold = { settled: true, threadId } as const;
        // An event alert was over as it was told.
        if (episode.state === 'resolved')
          context.emit({ kind: 'fired', announce: false, ...asTold, episode });
        else
          context.emit({
            kind: 'resolved',
            announce: true,
            ...asTold,
            episode: ended(episode, atMs, reason),
          });
      }
    },
    save(writer) {
      writer.json([...told]);
      writer.json([...threads]);
      writer.json([...takenOver]);
    },
    load(reader) {
      for (const [key, episodes] of reader.json() as [string, Told[]][]) told.set(key, episodes);
      for (const [alertId, threadId] of reader.json() as [string, string][]) threads.set(alertId, threadId);
      for (const [threadId, untilMs] of reader.json() as [string, number][]) takenOver.set(threadId, untilMs);
    },
  };
}

/** Gives the firings of a group that its waiting matches lead to, as far as they stand on events and not on deadlines. */
function createPlayer(context: RunAheadContext): (key: string) => readonly Episode[] {
  const { settled } = context;
  const writer = byteWriter();
  let key = '';
  let found: Episode[] = [];
  let isDeadline = false;
  const copy = 0;
  const machine = createMachine(context.newOperator(), {
    rule: () => context.rule(),
    group: () => groupValues(key),
    sample: (event) => context.samples.of(event),
    tell(_slot, { kind, episode }) {
      if (kind === 'fired' && !isDeadline) found.push(episode);
    },
  });

  function playInstants(events: readonly Waiting[]): void {
    const lastMs = events.at(-1)!.timeMs;
    for (let i = 0; i < events.length;) {
      const atMs = events[i]!.timeMs;
      isDeadline = true;
      for (let dueMs = machine.dueMs(copy); dueMs < atMs; dueMs = machine.dueMs(copy))
        machine.instant(copy, dueMs);
      isDeadline = false;
      while (i < events.length && events[i]!.timeMs === atMs) machine.take(copy, events[i++]!);
      machine.instant(copy, atMs);
      if (machine.busyUntilMs(copy, atMs) > lastMs) return;
    }
  }

  return (played) => {
    const events = context.waiting(played);
    const slot = settled.slot(played);
    const last = events.at(-1);
    if (last === undefined || !settled.operator.mayHold(slot, events.length)) return [];
    if (slot >= 0) {
      if (settled.machine.busyUntilMs(slot, settled.untilMs()) > last.timeMs) return [];
      settled.machine.save(slot, writer);
      machine.load(copy, byteReader(writer.finish()));
    }
    key = played;
    found = [];
    playInstants(events);
    machine.clear(copy);
    return found;
  };
}

/** Which firing each told one has become: itself, else in order one whose span from first event to firing overlaps. */
function pair(told: readonly Told[], firings: readonly Episode[]): Map<Told, Episode> {
  const free = new Set(firings);
  const result = new Map<Told, Episode>();
  const take = (known: Told, episode: Episode | undefined): void => {
    if (episode === undefined) return;
    free.delete(episode);
    result.set(known, episode);
  };
  for (const known of told)
    take(
      known,
      firings.find(({ alertId }) => alertId === known.alertId),
    );
  for (const known of told)
    if (!result.has(known))
      take(
        known,
        firings.find((episode) => free.has(episode) && meets(known, episode)),
      );
  return result;
}

function meets(a: Episode, b: Episode): boolean {
  return beginsByEndOf(a, b) && beginsByEndOf(b, a);
}

function beginsByEndOf(a: Episode, b: Episode): boolean {
  const { timeMs, position } = a.firstEvent;
  if (timeMs !== b.firedAtMs) return timeMs < b.firedAtMs!;
  const last = b.samples.at(-1);
  return last === undefined || comparePositions(position, last.position) <= 0;
}

function ended(episode: Episode, atMs: number, reason: ResolveReason): Episode {
  return { ...episode, state: 'resolved', resolvedAtMs: Math.max(atMs, episode.firedAtMs!), reason };
}

function saysTheSame(a: Episode, b: Episode): boolean {
  return a.alertId === b.alertId && a.firedAtMs === b.firedAtMs && a.pendingAtMs === b.pendingAtMs;
}

/** Partitions that are read unevenly move many firings a little: recorded, but nobody is called to it again. */
const tellFromMs = 60_000;

function isWorthAMessage(before: Episode, after: Episode): boolean {
  return (
    Math.abs(after.firedAtMs! - before.firedAtMs!) >= tellFromMs ||
    after.severity !== before.severity ||
    groupKey(Object.values(after.group)) !== groupKey(Object.values(before.group))
  );
}

function amendment(before: Episode, after: Episode): Correction {
  if (before.firedAtMs === after.firedAtMs) return { kind: 'more_events' };
  return { kind: 'moved', fromMs: before.firedAtMs!, toMs: after.firedAtMs! };
}
