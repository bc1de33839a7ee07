/**
 * The same decoder, matcher and detector over the past: files merged by their next event's time, then settled up to the end.
 * Reads no clock but once, at the start (semantics: Ground).
 */
import type { Config, SourceConfig } from '../../config/config.ts';
import type { LogEvent } from '../../event/event.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import { createDetector, type Detector } from '../../detect/detector.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import type { DecodedBatch } from '../../ingest/decode/decoder.ts';
import { decodeAfterTheFact } from '../../ingest/decode/after-the-fact.ts';
import { openReplay, type ReplayPartition } from '../../ingest/replay.ts';
import { compileMatcher } from '../../match/matcher.ts';
import type { Ruleset } from '../../rule/ast.ts';
import { batchInput, decoderOf } from '../decoding.ts';

export interface BacktestRun {
  readonly config: Config;
  readonly source: SourceConfig;
  readonly ruleset: Ruleset;
  /** Files in the order that numbers their partitions; `-` for standard input. */
  readonly inputs: readonly string[];
  readonly until?: number | 'end';
  readonly nowMs: number;
  /** Told now and then how many events have been read, and the time of the last. */
  readonly onProgress?: (events: number, readToMs: number) => void;
}

export interface BacktestCounts {
  events: number;
  matched: number;
  late: number;
  tooLate: number;
  future: number;
  undecodable: number;
}

export interface BacktestResult {
  /** Settled episodes in order of firing, then those still pending. */
  readonly episodes: readonly Episode[];
  readonly counts: BacktestCounts;
}

/** Runs a backtest. Fails with FixableError where an input cannot be read. */
export async function runBacktest(run: BacktestRun): Promise<BacktestResult> {
  const { source, ruleset, nowMs } = run;
  const matcher = compileMatcher(ruleset);
  const detector = createDetector(ruleset, { sources: [source], provisional: false });
  const episodes = new Map<string, Episode>();
  const counts: BacktestCounts = { events: 0, matched: 0, late: 0, tooLate: 0, future: 0, undecodable: 0 };
  const step = (input: DetectInput): void => {
    for (const transition of detector.step(input)) keepSettled(episodes, transition);
  };

  const { multilineStart } = source.decode;
  const partitions = openReplay(run.inputs, {
    source: source.name,
    nowMs,
    ...(multilineStart === undefined ? {} : { multilineStart }),
  });
  step({ kind: 'partitions', source: source.name, partitions: partitions.map(({ partition }) => partition) });
  for await (const stretch of merged(partitions, decoding(run, counts))) {
    if (stretch.kind === 'ended') {
      step({ kind: 'partition_ended', source: source.name, partition: stretch.partition });
      continue;
    }
    const { matches } = matcher.match(stretch.events);
    counts.matched += matches.length;
    run.onProgress?.(counts.events, stretch.events.at(-1)?.timeMs ?? nowMs);
    step(
      batchInput({ source: source.name, partition: stretch.partition, readAtMs: nowMs }, stretch, matches),
    );
  }
  step({ kind: 'settle', untilMs: 'last' });
  if (run.until !== undefined) step({ kind: 'settle', untilMs: run.until });
  return { episodes: episodesOf(episodes, detector), counts };
}

/** Settled episodes in order of firing, then those still pending. What is open says how large it has grown by now. */
export function episodesOf(settled: ReadonlyMap<string, Episode>, detector: Detector): readonly Episode[] {
  const current = detector.current();
  const episodes = new Map(settled);
  for (const episode of current) if (episode.state === 'firing') episodes.set(episode.alertId, episode);
  return [...inOrder(episodes.values()), ...current.filter(({ state }) => state === 'pending')];
}

/** Takes what is settled and stands; a firing that is corrected is replaced under its id. */
export function keepSettled(episodes: Map<string, Episode>, { settled, kind, episode }: Transition): void {
  if (settled && kind !== 'withdrawn') episodes.set(episode.alertId, episode);
}

/** By firing; equal times keep the order in which they were decided. */
function inOrder(episodes: Iterable<Episode>): Episode[] {
  return [...episodes].sort((a, b) => (a.firedAtMs ?? 0) - (b.firedAtMs ?? 0));
}

/** The partitions of one replay through a decoder; counts what it sees. */
function decoding({ config, source }: BacktestRun, counts: BacktestCounts): Decode {
  const decoder = decoderOf(source, config.schema);
  return async function* (partition) {
    for await (const decoded of decodeAfterTheFact(partition.batches(), decoder)) {
      counts.events += decoded.events.length;
      counts.late += decoded.counts.late;
      counts.tooLate += decoded.counts.tooLate;
      counts.future += decoded.counts.future;
      counts.undecodable += decoded.counts.undecodable;
      yield decoded;
    }
  };
}

type Decode = (partition: ReplayPartition) => AsyncGenerator<DecodedBatch>;

/** Events of one partition that come before the next event of every other one. */
type Stretch =
  | {
      readonly kind: 'events';
      readonly partition: number;
      readonly events: readonly LogEvent[];
      readonly watermarkMs: number | undefined;
    }
  | { readonly kind: 'ended'; readonly partition: number };

interface Cursor {
  readonly partition: number;
  readonly batches: AsyncIterator<DecodedBatch>;
  decoded: DecodedBatch | undefined;
  index: number;
}

async function* merged(partitions: readonly ReplayPartition[], decode: Decode): AsyncGenerator<Stretch> {
  const open = new Set<Cursor>();
  for (const each of partitions)
    open.add({ partition: each.partition, batches: decode(each), decoded: undefined, index: 0 });
  for (;;) {
    for (const cursor of open) {
      if (!(await fill(cursor))) {
        open.delete(cursor);
        yield { kind: 'ended', partition: cursor.partition };
      }
    }
    const [first, ...others] = [...open].sort((a, b) => nextMs(a) - nextMs(b) || a.partition - b.partition);
    if (first === undefined) return;
    yield take(first, others[0]);
  }
}

/** Makes sure that the cursor stands on an event; false at the end of its input. */
async function fill(cursor: Cursor): Promise<boolean> {
  while (cursor.decoded === undefined || cursor.index >= cursor.decoded.events.length) {
    const next = await cursor.batches.next();
    if (next.done === true) return false;
    cursor.decoded = next.value;
    cursor.index = 0;
  }
  return true;
}

const nextMs = ({ decoded, index }: Cursor): number => decoded?.events[index]?.timeMs ?? Infinity;

/** What the cursor has before the next event of the other one. */
function take(cursor: Cursor, other: Cursor | undefined): Stretch {
  const { partition, decoded } = cursor;
  const all = decoded?.events ?? [];
  const from = cursor.index;
  let to = from + 1;
  const limitMs = other === undefined ? Infinity : nextMs(other);
  const otherFirst = other !== undefined && other.partition < partition;
  while (to < all.length && (all[to]!.timeMs < limitMs || (all[to]!.timeMs === limitMs && !otherFirst)))
    to += 1;
  cursor.index = to;
  const events = from === 0 && to === all.length ? all : all.slice(from, to);
  const watermark = decoded?.watermarksMs[to - 1] ?? -Infinity;
  const watermarkMs = watermark === -Infinity ? undefined : watermark;
  return { kind: 'events', partition, events, watermarkMs };
}
