/**
 * Early firings: people learn of a firing before the watermark makes it final (semantics: Episodes, Provisional). A copy of a touched group
 * is played forward, from its final state over the matches in the event-time buffer. A firing found there is announced at once. The final
 * result confirms it, amends it, or is its retraction. Nothing here ever changes the final state.
 */
import type { Episode, ResolveReason, Transition } from '../../event/alert.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { lookBackMs } from '../../rule/alert-parts.ts';
import type { LifeOutcome } from './episode.ts';
import { amendment, isWorthAMessage, pair, saysTheSame } from './pairing.ts';
import { Player, type PlayerContext, type GroupWaiting } from './player.ts';
import { Threads } from './threads.ts';

export interface EarlyFiringsContext<Group extends GroupWaiting> extends PlayerContext<Group> {
  /** Returns the group's matches in the event-time buffer; undefined if there are none. */
  readonly waiting: (key: string) => Group | undefined;
  readonly emit: (transition: Transition) => void;
}

/** A firing that was announced and is not final, with the thread in which it was announced. */
interface EarlyFiring extends Episode {
  readonly threadId: string;
}

/** A final outcome of a group, held until `step`. */
interface GroupOutcome extends LifeOutcome {
  readonly key: string;
}

/** The early firings of a group, paired with its final episodes (`finals`) and with the ones found by playing forward (`coming`). */
interface Reconciled {
  readonly partners: ReadonlyMap<EarlyFiring, Episode>;
  readonly unannounced: readonly EarlyFiring[];
  readonly dropped: readonly EarlyFiring[];
}

export class EarlyFirings<Group extends GroupWaiting> {
  readonly #context: EarlyFiringsContext<Group>;
  readonly #announced = new Map<string, readonly EarlyFiring[]>();
  readonly #threads = new Threads();
  /** The groups for which events came. */
  #touched: Group[] = [];
  #outcomes: GroupOutcome[] = [];
  #player: Player<Group> | undefined;

  constructor(context: EarlyFiringsContext<Group>) {
    this.#context = context;
  }

  /** True if no early firing is open and nothing has come: `step` would do nothing. */
  get isIdle(): boolean {
    return this.#outcomes.length === 0 && this.#touched.length === 0 && this.#announced.size === 0;
  }

  /** Records that an event came for the group. Not called for forms that cannot fire early. */
  arrived(group: Group): void {
    if (group.isTouched) return;
    group.isTouched = true;
    this.#touched.push(group);
  }

  /** Call this before each watermark. */
  beforeWatermark(): void {
    if (this.#player !== undefined) for (const group of this.#touched) this.#player.goOn(group);
  }

  /** Records that no event of the group waits any more. */
  emptied(group: Group): void {
    this.#player?.emptied(group);
  }

  /** Records that nothing is remembered of a final group. Its key is asked for only if it matters, since it is made from bytes. */
  forgotten(keyOf: () => string): void {
    if (this.#player?.isEmpty === false) this.#player.forget(keyOf());
  }

  /** Records that the rule has changed in what does not belong to its meaning. */
  adopted(): void {
    this.#player?.forgetAll();
  }

  /** Keeps a final outcome; `step` announces it. */
  takeFinal(key: string, outcome: LifeOutcome): void {
    this.#outcomes.push({ ...outcome, key });
  }

  /** Call this after each watermark. Announces new firings, and retracts early firings that did not come true. */
  step(): void {
    const finalMs = this.#context.final.untilMs();
    const knowsNone = this.#outcomes.length === 0 && this.#announced.size === 0;
    const finals = Map.groupBy(
      this.#outcomes.filter(({ kind }) => kind === 'fired'),
      ({ key }) => key,
    );
    const results: Reconciled[] = [];
    const reconcile = (key: string, coming: readonly Episode[]): void => {
      results.push(this.#reconcile(key, finals.get(key)?.map(({ episode }) => episode) ?? [], coming));
    };
    const seen = new Set<string>();
    for (const group of this.#touched) {
      const { key } = group;
      group.isTouched = false;
      const coming = this.#coming(group);
      if (coming.length === 0 && (knowsNone || (!finals.has(key) && !this.#announced.has(key)))) continue;
      seen.add(key);
      reconcile(key, coming);
    }
    for (const [key, episodes] of this.#announced)
      if (!seen.has(key) && (finals.has(key) || episodes.some(({ firedAtMs }) => firedAtMs! <= finalMs)))
        reconcile(key, this.#coming(this.#context.waiting(key)));
    this.#touched = [];
    this.#emitOutcomes(
      new Map(results.flatMap(({ partners }) => [...partners].map(([known, to]) => [to, known]))),
    );
    for (const { dropped } of results) for (const early of dropped) this.#retract(early);
    for (const { unannounced } of results)
      for (const { threadId, ...episode } of unannounced)
        this.#context.emit({ kind: 'fired', isFinal: false, announce: true, threadId, episode });
    this.#threads.finalUpTo(finalMs);
  }

  /** Ends the rule. Its early firings end too, since nobody will know any more whether they should have fired. */
  end(atMs: number, reason: ResolveReason): void {
    this.#emitOutcomes(new Map());
    const { emit } = this.#context;
    for (const { threadId, ...episode } of [...this.#announced.values()].flat()) {
      const asAnnounced = { isFinal: true, threadId } as const;
      // An event alert is over as soon as it was announced.
      if (episode.state === 'resolved') emit({ kind: 'fired', announce: false, ...asAnnounced, episode });
      else emit({ kind: 'resolved', announce: true, ...asAnnounced, episode: ended(episode, atMs, reason) });
    }
  }

  save(writer: ByteWriter): void {
    writer.json([...this.#announced]);
    this.#threads.save(writer);
  }

  load(reader: ByteReader): void {
    for (const [key, episodes] of reader.json() as [string, EarlyFiring[]][])
      this.#announced.set(key, episodes);
    this.#threads.load(reader);
  }

  #coming(group: Group | undefined): readonly Episode[] {
    return group === undefined ? [] : (this.#player ??= new Player<Group>(this.#context)).play(group);
  }

  #reconcile(key: string, finals: readonly Episode[], coming: readonly Episode[]): Reconciled {
    const open = this.#announced.get(key) ?? [];
    const partners = pair(open, [...finals, ...coming]);
    const met = new Set(partners.values());
    const isKept = (known: EarlyFiring): boolean => {
      const episode = partners.get(known);
      return episode === undefined
        ? known.firedAtMs! > this.#context.final.untilMs()
        : !finals.includes(episode);
    };
    const unannounced = coming
      .filter((episode) => !met.has(episode))
      .map((episode) => ({ ...episode, threadId: this.#threads.begin(episode) }));
    const kept = open.filter(isKept);
    if (kept.length + unannounced.length === 0) this.#announced.delete(key);
    else this.#announced.set(key, [...kept, ...unannounced]);
    return {
      partners,
      unannounced,
      dropped: open.filter((known) => !partners.has(known) && !isKept(known)),
    };
  }

  #emitOutcomes(partners: ReadonlyMap<Episode, EarlyFiring>): void {
    for (const { kind, episode } of this.#outcomes) {
      if (kind === 'fired') this.#emitFiring(episode, partners.get(episode));
      else {
        const threadId = this.#threads.leave(episode);
        this.#context.emit({ kind: 'resolved', isFinal: true, announce: true, threadId, episode });
      }
    }
    this.#outcomes = [];
  }

  #emitFiring(episode: Episode, known: EarlyFiring | undefined): void {
    const { emit, rule } = this.#context;
    if (known !== undefined)
      this.#threads.takeOver(known.threadId, episode, known.firstEvent.timeMs + lookBackMs(rule().alert));
    const threadId = known?.threadId ?? this.#threads.begin(episode);
    this.#threads.enter(episode, threadId);
    const final = { isFinal: true, threadId, episode };
    if (known === undefined) emit({ kind: 'fired', announce: true, ...final });
    else if (saysTheSame(known, episode)) emit({ kind: 'fired', announce: false, ...final });
    else {
      const announce = isWorthAMessage(known, episode);
      emit({ kind: 'amended', announce, ...final, correction: amendment(known, episode) });
    }
  }

  #retract({ threadId, ...episode }: EarlyFiring): void {
    const correction = { kind: 'not_fired' } as const;
    this.#context.emit({
      kind: 'withdrawn',
      isFinal: true,
      announce: true,
      threadId,
      episode,
      correction,
    });
  }
}

function ended(episode: Episode, atMs: number, reason: ResolveReason): Episode {
  return { ...episode, state: 'resolved', resolvedAtMs: Math.max(atMs, episode.firedAtMs!), reason };
}
