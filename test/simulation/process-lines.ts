/**
 * Lines as programs write them: from several sources, each with partitions and a lateness of its own, every line in time for whoever has
 * looked after the partitions as he should, but for some that are hopelessly late.
 */
import type { SourceConfig } from '../../src/config/config.ts';
import type { Random } from '../support/timelines.ts';
import type { Line } from './process-reigns.ts';
import { randomEvent } from './process-rules.ts';
import { createSimulatedSource, type SimulatedSource } from './process-source.ts';
import type { VirtualTime } from '../support/virtual-time.ts';

export interface World {
  readonly random: Random;
  /** The time that it really is. */
  readonly time: VirtualTime;
  /** A machine's clock is never further behind than this when it reads. */
  readonly behindMaxMs: number;
}

export interface LineOptions extends World {
  readonly sources: number;
  readonly groups: number;
}

export interface Place {
  readonly source: SimulatedSource;
  readonly partition: number;
}

export interface Writers {
  readonly sources: readonly { readonly source: SimulatedSource; readonly config: SourceConfig }[];
  /** Those that were in time. */
  readonly lines: readonly Line[];
  places(): readonly Place[];
  /** Writes a line now. `mayBeTooLate`: it may be one that is. */
  write(place: Place, mayBeTooLate: boolean): void;
}

/** The least lateness of a source. */
const LATENESS_MIN_MS = 10_000;
/**
 * Other partitions may have moved the time on to 10 s ago before anybody knew that something came here: what comes first, and what comes
 * after a silence in which the partition may have been idle, is no older than this.
 */
const PROMPT_MS = 2_000;
/** A partition is idle after a minute. */
const SILENCE_MS = 50_000;

interface Spoken {
  lastMs: number;
  /** When it began to speak, after a silence or at all. */
  sinceMs: number;
  /** The greatest time that a reader has seen in it, at least. */
  greatestMs: number;
}

export function createWriters(options: LineOptions): Writers {
  const { random, time, behindMaxMs } = options;
  const names = ['orders', 'audit', 'payments', 'zoo', 'events'].slice(0, options.sources);
  const linesMax = options.groups > 10 ? 100 : random.pick([5, 50]);
  const openMaxMs = random.pick([0, 3_000]);
  const sources = names.map((name) => {
    const isLooking = random.chance(50);
    const latenessMs = random.pick([LATENESS_MIN_MS, LATENESS_MIN_MS, 15_000, 30_000, 60_000]);
    const partitions = isLooking && random.chance(20) ? 0 : 1 + random.below(names.length > 2 ? 2 : 3);
    return {
      source: createSimulatedSource({
        name,
        partitions,
        random,
        isLooking,
        linesMax,
        openMaxMs,
        time,
      }),
      config: configOf(name, latenessMs),
    };
  });
  const spoken = new Map<string, Spoken>();
  const lines: Line[] = [];
  const latenessOf = ({ name }: SimulatedSource): number =>
    sources.find(({ source }) => source.name === name)!.config.latenessMs;

  function timeOf(
    { source, partition }: Place,
    mayBeTooLate: boolean,
  ): { timeMs: number; isTooLate: boolean } {
    const key = `${source.name}/${partition}`;
    const nowMs = time.nowMs();
    const before = spoken.get(key) ?? { lastMs: -Infinity, sinceMs: nowMs, greatestMs: -Infinity };
    const latenessMs = latenessOf(source);
    const sinceMs = nowMs - before.lastMs > SILENCE_MS ? nowMs : before.sinceMs;
    const isTooLate = mayBeTooLate && before.greatestMs > -Infinity && random.chance(5);
    const inTimeMs = Math.max(nowMs - random.below(latenessMs), sinceMs - random.below(PROMPT_MS));
    const timeMs = isTooLate
      ? before.greatestMs - latenessMs - 1 - random.below(5_000)
      : Math.min(nowMs, inTimeMs);
    const greatestMs = Math.max(before.greatestMs, Math.min(timeMs, nowMs - behindMaxMs));
    spoken.set(key, { lastMs: nowMs, sinceMs, greatestMs });
    return { timeMs, isTooLate };
  }

  return {
    sources,
    lines,
    places: () =>
      sources.flatMap(({ source }) => source.partitions().map((partition) => ({ source, partition }))),
    write(place, mayBeTooLate) {
      const { source, partition } = place;
      const { timeMs, isTooLate } = timeOf(place, mayBeTooLate);
      const event = randomEvent(random, options.groups);
      const text = JSON.stringify({ '@timestamp': new Date(timeMs).toISOString(), ...event });
      const offset = source.append(partition, text);
      if (!isTooLate) lines.push({ event, place: { timeMs, source: source.name, partition, offset } });
    },
  };
}

export function configOf(name: string, latenessMs: number): SourceConfig {
  return {
    name,
    kind: { kind: 'stdin', spoolBytes: 0 },
    decode: { steps: [{ kind: 'json' }] },
    timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
    latenessMs,
  };
}
