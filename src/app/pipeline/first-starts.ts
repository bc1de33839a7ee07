/**
 * The first start of a source: its past is read, and nobody is told of it. An alert is of the past when it fired, and all events that it
 * shows happened, longer than `alert_age` before the first start. It is recorded, and told after all if it still fires once the past is
 * read, or later on, because of something younger.
 */
import type { Config, SourceConfig } from '../../config/config.ts';
import type { FiringEpisode } from '../../detect/lifecycle/machine.ts';
import { firstStartTables, type FirstStartRow, type OpenUntold } from '../../detect/store/first-starts.ts';
import type { StateStore } from '../../detect/store/store.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import type { EventPosition } from '../../event/event.ts';
import type { Clock } from '../../event/clock.ts';
import type { Transaction } from '../../event/state-tables.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { FirstStart } from '../../ingest/source.ts';
import type { Rule } from '../../rule/ast.ts';
import type { BatchRead, Engine, ReadLoop } from '../types.ts';
import type { Telling } from './taking.ts';

export interface FirstStarts {
  /** Returns the first start of a source; undefined where lines of it had been read before that was noted. */
  of(source: string): FirstStart | undefined;
  /** Records that lines of the source had been read before: this is no first start. Resolves when that is durable. */
  wasRead(engine: Pick<Engine, 'tell'>, source: string): Promise<void>;
  /** Implements `TakingOptions.telling`. */
  readonly telling: Telling;
  /** Notes how far a source is read. */
  read(batch: BatchRead): void;
  /** Finds out which first starts are over, and tells of alerts of the past that still fire. Call it every few seconds. */
  look(at: LookedAtStarts): Promise<void>;
  /** Returns true from the first start of a source until its past is read and judged. */
  isUnderWay(source: string): boolean;
  /** Returns true during that time, as long as something is read of it every now and then. */
  isCatchingUp(source: string): boolean;
  /**
   * Returns until when lines of before `alert_age` were read and judged, ms since epoch: rules had lost what they lost until then of the past.
   * −Infinity: never.
   */
  pastReadUntilMs(): number;
  /** How far the first starts are that are under way; undefined when there is none. */
  problem(loops: readonly ReadLoop[]): string | undefined;
}

interface LookedAtStarts {
  readonly engine: Pick<Engine, 'tell' | 'report' | 'firing'>;
  readonly loops: readonly ReadLoop[];
  readonly rules: readonly Pick<Rule, 'name' | 'from'>[];
}

export interface FirstStartsOptions {
  readonly config: Pick<Config, 'sources' | 'alertAgeMs'>;
  readonly store: Pick<StateStore, 'tables' | 'transaction' | 'age'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Notes durably which sources are started first. Call it before the loss of a state is accepted (state-age.ts). Throws FixableError. */
export function createFirstStarts(options: FirstStartsOptions): FirstStarts {
  return new Starts(options);
}

/** Lines that were read are judged within this time. */
const JUDGED_WITHIN_MS = 5_000;
/** A source of which nothing was read for so long does not catch up. */
const STANDSTILL_MS = 20_000;

class Starts implements FirstStarts {
  readonly #options: FirstStartsOptions;
  readonly #tables: ReturnType<typeof firstStartTables>;
  readonly #rows: Map<string, FirstStartRow>;
  /** The alerts that were recorded and not sent, and that are firing, by thread. */
  readonly #open: Map<string, OpenUntold>;
  /** The greatest event time that was read of each source. */
  readonly #newestMs = new Map<string, number>();
  /** When something was read of each source, or its first start was seen, ms since epoch. */
  readonly #readMs = new Map<string, number>();
  /** When such lines were read last, or a process before read some. */
  #pastReadMs: number;
  #isLooking = false;

  constructor(options: FirstStartsOptions) {
    this.#options = options;
    const { config, store } = options;
    this.#tables = firstStartTables(store.tables);
    this.#rows = new Map(this.#tables.rows().map((row) => [row.source, row]));
    this.#open = new Map(this.#tables.openUntold().map((each) => [each.threadId, each]));
    this.#pastReadMs = this.#underWay().length > 0 ? options.clock.nowMs() : -Infinity;
    const unknown = config.sources.filter(({ name }) => !this.#rows.has(name));
    if (unknown.length > 0)
      store.transaction((tx) => {
        for (const source of unknown) this.#write(tx, this.#rowOf(source));
      });
  }

  of(source: string): FirstStart | undefined {
    const { atMs, isOver } = this.#rows.get(source) ?? {};
    if (atMs === undefined || isOver === undefined) return undefined;
    return {
      atMs,
      isOver,
      offsets: () => this.#rows.get(source)?.offsets,
      keepOffsets: (offsets) => {
        this.#options.store.transaction((tx) => {
          this.#write(tx, { ...this.#rows.get(source)!, offsets });
        });
      },
    };
  }

  async wasRead(engine: Pick<Engine, 'tell'>, source: string): Promise<void> {
    if (!this.isUnderWay(source)) return;
    const row = { source, isOver: true };
    this.#rows.set(source, row);
    if (this.#underWay().length === 0) this.#pastReadMs = -Infinity;
    await engine.tell([], (tx) => this.#write(tx, row));
  }

  readonly telling: Telling = (tx, transition) => {
    const { threadId, kind, episode } = transition;
    if (kind === 'fired' && transition.announce) {
      if (!this.#isPast(episode)) return transition;
      this.#tables.addUntold(tx, threadId);
      this.#note(transition);
      return { ...transition, announce: false };
    }
    if (!this.#tables.isUntold(threadId)) return transition;
    if (kind === 'amended' && transition.announce && !this.#isPast(episode)) {
      this.#forget(tx, threadId);
      const { isFinal, announce } = transition;
      return { kind: 'fired', isFinal, announce, threadId, episode };
    }
    if (kind === 'withdrawn') this.#forget(tx, threadId);
    else this.#note(transition);
    // Nobody got a first message, so that none of these gets one (notify/message/plan.ts).
    return transition;
  };

  read({ source, lastTimeMs }: BatchRead): void {
    this.#readMs.set(source, this.#options.clock.nowMs());
    if (lastTimeMs === undefined) return;
    this.#newestMs.set(source, Math.max(lastTimeMs, this.#newestMs.get(source) ?? -Infinity));
    if (this.isUnderWay(source) && lastTimeMs < this.#beforeMs(source))
      this.#pastReadMs = this.#options.clock.nowMs();
  }

  async look(at: LookedAtStarts): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const over = this.#underWay().filter(({ source }) => this.#isOver(source, at));
      const untilMs = this.pastReadUntilMs();
      const past = Number.isFinite(untilMs) && { overMs: untilMs };
      for (const row of over)
        await at.engine.tell([], (tx) => this.#write(tx, { ...row, isOver: true, ...past }));
      if (this.#open.size > 0 && this.#underWay().length === 0) await this.#tellYoung(at);
      for (const { source } of over) this.#sayOver(source);
    } finally {
      this.#isLooking = false;
    }
  }

  isUnderWay(source: string): boolean {
    const row = this.#rows.get(source);
    return row?.atMs !== undefined && !row.isOver;
  }

  isCatchingUp(source: string): boolean {
    const nowMs = this.#options.clock.nowMs();
    if (!this.#readMs.has(source)) this.#readMs.set(source, nowMs);
    return this.isUnderWay(source) && nowMs - this.#readMs.get(source)! < STANDSTILL_MS;
  }

  pastReadUntilMs(): number {
    const before = [...this.#rows.values()].map(({ overMs = -Infinity }) => overMs);
    return Math.max(this.#pastReadMs + JUDGED_WITHIN_MS, ...before);
  }

  problem(loops: readonly ReadLoop[]): string | undefined {
    const found = loops.flatMap(({ source, reader }) =>
      this.isUnderWay(source.name) ? [`${source.name}: ${this.#progress(source.name, reader)}`] : [],
    );
    if (found.length === 0) return undefined;
    return `${found.join('; ')}; alerts of the past that were recorded, not sent: ${this.#tables.untold()}`;
  }

  #progress(source: string, reader: Pick<ReadLoop['reader'], 'partitions'>): string {
    const partitions = reader.partitions();
    const done = partitions.filter(({ atEnd }) => atEnd).length;
    const newestMs = this.#newestMs.get(source);
    const upTo = newestMs === undefined ? '' : `, up to ${iso(newestMs)}`;
    const what = done === partitions.length ? 'all is read and being judged' : 'the past is being read';
    return `${what}: ${done} of ${partitions.length} at their end${upTo}`;
  }

  #underWay(): readonly FirstStartRow[] {
    const configured = this.#options.config.sources.map(({ name }) => name);
    return configured.flatMap((name) => (this.isUnderWay(name) ? [this.#rows.get(name)!] : []));
  }

  /** Standard input has no past: what comes is written to it now. */
  #rowOf({ name, kind }: SourceConfig): FirstStartRow {
    const { store, clock } = this.#options;
    const isNew = kind.kind !== 'stdin' && store.age.loss?.kind !== 'gone' && !this.#tables.hasPosition(name);
    return isNew ? { source: name, atMs: clock.nowMs(), isOver: false } : { source: name, isOver: true };
  }

  #write(tx: Transaction, row: FirstStartRow): void {
    this.#tables.write(tx, row);
    this.#rows.set(row.source, row);
  }

  /** Returns the time before which the events of a source are of the past. */
  #beforeMs(source: string): number {
    const row = this.#rows.get(source);
    return row?.atMs === undefined ? -Infinity : row.atMs - this.#options.config.alertAgeMs;
  }

  #isPast({ firstEvent, samples, firedAtMs = -Infinity }: Episode): boolean {
    return [firstEvent, ...samples].every(({ position, timeMs }) =>
      this.#sourcesOf(position).some(
        (source) => this.isUnderWay(source) && Math.max(timeMs, firedAtMs) < this.#beforeMs(source),
      ),
    );
  }

  /** An instant that armed a group has no source: it may be of any. */
  #sourcesOf({ source }: EventPosition): readonly string[] {
    return source === '' ? this.#options.config.sources.map(({ name }) => name) : [source];
  }

  /** Keeps the alerts in mind that are firing. */
  #note({ threadId, episode: { alertId, rule, state } }: Transition): void {
    if (state === 'firing') this.#open.set(threadId, { threadId, alertId, rule });
    else this.#open.delete(threadId);
  }

  #forget(tx: Transaction, threadId: string): void {
    this.#tables.removeUntold(tx, threadId);
    this.#open.delete(threadId);
  }

  /** A rule that is final up to `#beforeMs` fires at no earlier time any more. */
  #isOver(source: string, { engine, loops, rules }: LookedAtStarts): boolean {
    const loop = loops.find((each) => each.source.name === source);
    if (loop === undefined) return false;
    const partitions = loop.reader.partitions();
    if (partitions.length === 0 && loop.source.mayHaveNone !== true) return false;
    if (!partitions.every(({ atEnd }) => atEnd)) return false;
    const reading = rules.filter(({ from }) => from.length === 0 || from.includes(source));
    const finalMs = new Map(engine.report().map((report) => [report.rule, report.finalMs]));
    return reading.every(({ name }) => (finalMs.get(name) ?? -Infinity) >= this.#beforeMs(source));
  }

  #sayOver(source: string): void {
    const untold = this.#tables.untold();
    const before = iso(this.#beforeMs(source));
    this.#options.telemetry.log.info(
      { 'event.action': 'first-start-over', 'tocsin.source': source, 'tocsin.alerts_recorded': untold },
      `source ${source}: its past is read. Alerts of before ${before} that were recorded, not sent: ${untold} (\`tocsin alerts\`)`,
    );
  }

  /** Tells of the alerts of the past that still fire because of something that is not of the past. */
  async #tellYoung({ engine, rules }: LookedAtStarts): Promise<void> {
    let young: readonly Transition[] = [];
    const find = (): readonly Transition[] => (young = this.#young(engine, rules));
    if (this.#young(engine, rules).length > 0)
      await engine.tell(find, (tx) => {
        for (const { threadId } of young) this.#forget(tx, threadId);
      });
  }

  #young(engine: Pick<Engine, 'firing'>, rules: LookedAtStarts['rules']): readonly Transition[] {
    const threads = new Map([...this.#open.values()].map(({ alertId, threadId }) => [alertId, threadId]));
    const names = new Set([...this.#open.values()].map(({ rule }) => rule));
    return rules
      .filter(({ name }) => names.has(name))
      .flatMap(({ name }) => engine.firing(name))
      .flatMap((firing): readonly Transition[] => {
        const threadId = threads.get(firing.episode.alertId);
        if (threadId === undefined || !this.#isYoung(firing)) return [];
        return [{ kind: 'fired', isFinal: true, announce: true, threadId, episode: firing.episode }];
      });
  }

  #isYoung({ episode, newestMs }: FiringEpisode): boolean {
    return [episode.firstEvent, ...episode.samples]
      .flatMap(({ position }) => this.#sourcesOf(position))
      .some((source) => newestMs >= this.#beforeMs(source));
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
