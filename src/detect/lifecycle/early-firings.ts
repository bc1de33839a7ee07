/**
 * What people are told before it is settled, and what becomes of it (semantics: Episodes, Provisional). A touched group is
 * played forward on a copy, from its settled state over the matches that still wait; a firing found there is told at once. When
 * the settled result comes it confirms, amends or withdraws. Nothing here ever changes the settled state.
 */
import type { Episode, ResolveReason, Transition } from '../../event/alert.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { lookBackMs } from '../../rule/alert-parts.ts';
import type { Waiting } from '../input/waiting.ts';
import type { Outcome } from './episode.ts';
import { amendment, isWorthAMessage, pair, saysTheSame } from './pairing.ts';
import { Player, type PlayerContext } from './player.ts';
import { Threads } from './threads.ts';

export interface RunAheadContext extends PlayerContext {
  readonly isEager: boolean;
  readonly emit: (transition: Transition) => void;
}

/** A firing that was told and is not settled, in the thread in which it was told. */
interface Told extends Episode {
  readonly threadId: string;
}

/** What settling brought, held until the step has settled all it can. */
interface GroupOutcome extends Outcome {
  readonly key: string;
}

/** What was told of a group, brought together with what settled and what is coming. */
interface Reconciled {
  readonly partners: ReadonlyMap<Told, Episode>;
  readonly untold: readonly Told[];
  readonly dropped: readonly Told[];
}

export class RunAhead {
  readonly #context: RunAheadContext;
  readonly #told = new Map<string, readonly Told[]>();
  readonly #threads = new Threads();
  /** Groups of which events came. */
  readonly #touched = new Set<string>();
  #outcomes: GroupOutcome[] = [];
  #player: Player | undefined;

  constructor(context: RunAheadContext) {
    this.#context = context;
  }

  /** Nothing was told that is not settled, and nothing has come: `step` would do nothing. */
  get isIdle(): boolean {
    return this.#outcomes.length === 0 && this.#touched.size === 0 && this.#told.size === 0;
  }

  arrived(events: readonly Waiting[]): void {
    if (this.#context.isEager) for (const { key } of events) this.#touched.add(key);
  }

  /** Taken in while settling; told by `step`. */
  settled(key: string, outcome: Outcome): void {
    this.#outcomes.push({ ...outcome, key });
  }

  /** After settling: tells what is new, withdraws what did not come true. */
  step(): void {
    const settledMs = this.#context.settled.untilMs();
    const settled = Map.groupBy(
      this.#outcomes.filter(({ kind }) => kind === 'fired'),
      ({ key }) => key,
    );
    const keys = new Set(this.#touched);
    for (const [key, episodes] of this.#told)
      if (settled.has(key) || episodes.some(({ firedAtMs }) => firedAtMs! <= settledMs)) keys.add(key);
    const results = [...keys].map((key) =>
      this.#reconcile(key, settled.get(key)?.map(({ episode }) => episode) ?? []),
    );
    this.#touched.clear();
    this.#emitOutcomes(
      new Map(results.flatMap(({ partners }) => [...partners].map(([known, to]) => [to, known]))),
    );
    for (const { dropped } of results) for (const told of dropped) this.#withdraw(told);
    for (const { untold } of results)
      for (const { threadId, ...episode } of untold)
        this.#context.emit({ kind: 'fired', settled: false, announce: true, threadId, episode });
    this.#threads.settledUpTo(settledMs);
  }

  /** The rule ends at this time: what was told ends with it, as nobody will know any more whether it should have been. */
  end(atMs: number, reason: ResolveReason): void {
    this.#emitOutcomes(new Map());
    const { emit } = this.#context;
    for (const { threadId, ...episode } of [...this.#told.values()].flat()) {
      const asTold = { settled: true, threadId } as const;
      // An event alert was over as it was told.
      if (episode.state === 'resolved') emit({ kind: 'fired', announce: false, ...asTold, episode });
      else emit({ kind: 'resolved', announce: true, ...asTold, episode: ended(episode, atMs, reason) });
    }
  }

  save(writer: ByteWriter): void {
    writer.json([...this.#told]);
    this.#threads.save(writer);
  }

  load(reader: ByteReader): void {
    for (const [key, episodes] of reader.json() as [string, Told[]][]) this.#told.set(key, episodes);
    this.#threads.load(reader);
  }

  #coming(key: string): readonly Episode[] {
    if (!this.#context.isEager) return [];
    return (this.#player ??= new Player(this.#context)).play(key);
  }

  #reconcile(key: string, settled: readonly Episode[]): Reconciled {
    const coming = this.#coming(key);
    const open = this.#told.get(key) ?? [];
    const partners = pair(open, [...settled, ...coming]);
    const met = new Set(partners.values());
    const isKept = (known: Told): boolean => {
      const episode = partners.get(known);
      return episode === undefined
        ? known.firedAtMs! > this.#context.settled.untilMs()
        : !settled.includes(episode);
    };
    const untold = coming
      .filter((episode) => !met.has(episode))
      .map((episode) => ({ ...episode, threadId: this.#threads.begin(episode) }));
    const kept = open.filter(isKept);
    if (kept.length + untold.length === 0) this.#told.delete(key);
    else this.#told.set(key, [...kept, ...untold]);
    return { partners, untold, dropped: open.filter((known) => !partners.has(known) && !isKept(known)) };
  }

  #emitOutcomes(partners: ReadonlyMap<Episode, Told>): void {
    for (const { kind, episode } of this.#outcomes) {
      if (kind === 'fired') this.#emitFiring(episode, partners.get(episode));
      else {
        const threadId = this.#threads.leave(episode);
        this.#context.emit({ kind: 'resolved', settled: true, announce: true, threadId, episode });
      }
    }
    this.#outcomes = [];
  }

  #emitFiring(episode: Episode, known: Told | undefined): void {
    const { emit, rule } = this.#context;
    if (known !== undefined)
      this.#threads.takeOver(known.threadId, episode, known.firstEvent.timeMs + lookBackMs(rule().alert));
    const threadId = known?.threadId ?? this.#threads.begin(episode);
    this.#threads.enter(episode, threadId);
    const settled = { settled: true, threadId, episode };
    if (known === undefined) emit({ kind: 'fired', announce: true, ...settled });
    else if (saysTheSame(known, episode)) emit({ kind: 'fired', announce: false, ...settled });
    else {
      const announce = isWorthAMessage(known, episode);
      emit({ kind: 'amended', announce, ...settled, correction: amendment(known, episode) });
    }
  }

  #withdraw({ threadId, ...episode }: Told): void {
    const correction = { kind: 'not_fired' } as const;
    const told = { settled: true, announce: true, threadId, episode };
    this.#context.emit({ kind: 'withdrawn', ...told, correction });
  }
}

function ended(episode: Episode, atMs: number, reason: ResolveReason): Episode {
  return { ...episode, state: 'resolved', resolvedAtMs: Math.max(atMs, episode.firedAtMs!), reason };
}
