/** Proposes how a log is read, by what stands in a sample of it. It is deterministic, and its work is bounded by the size of samples. */
import type { SourceConfig, TimePath } from '../../../config/config.ts';
import { UTF_8 } from '../../../config/decode/encoding.ts';
import type { SourceKeys } from '../../../config/decode/source-keys.ts';
import { usualFields } from '../../../config/decode/usual-fields.ts';
import type { JsonObject } from '../../../event/event.ts';
import { objectOf } from '../../../ingest/decode/container-lines.ts';
import { flawsOf } from '../decoded-file.ts';
import { isWhole, type SampleCounts, type SampleEvent } from '../sample-reading.ts';
import { candidatesFor } from './candidates.ts';
import { documentsOf } from './documents.ts';
import { guessFields, type ProposedField } from './fields-guess.ts';
import { guessLevel } from './level-guess.ts';
import { best, measure, wholeShare, type Measurable, type Measured } from './measure.ts';
import type { LogSample } from './sample.ts';

/** A kind of event that is not read whole. */
interface NotWhole {
  readonly kind: string;
  readonly count: number;
  /** The first of them. */
  readonly example: string;
}

export interface LogProposal {
  readonly keys: SourceKeys;
  /** The times have no zone: that of the machine was taken. */
  readonly isZoneless: boolean;
  readonly counts: SampleCounts;
  /** Share of the lines that are read whole; none where they have no time. */
  readonly share: number;
  /** The most frequent first. */
  readonly notWhole: readonly NotWhole[];
  /** The fields that they have. */
  readonly fields: readonly ProposedField[];
  /** The events as they are read, for whoever proposes a rule. */
  readonly events: readonly SampleEvent[];
}

/** So many lines, and no more bytes, are read in every way; the best way is then tried on the whole sample. */
const TRIED_LINES = 300;
const TRIED_BYTES = 200_000;
/** Events whose fields are looked at. */
const EVENTS_MAX = 5_000;
const KINDS_MAX = 5;

export interface ProposalOptions {
  readonly nowMs: number;
  /** Zone for times that have none. */
  readonly timezone: string;
}

export async function proposeFor(
  sample: LogSample,
  { nowMs, timezone }: ProposalOptions,
): Promise<LogProposal> {
  const lines = someLines(sample.bytes);
  const levelPath = guessLevel(documentsOf(lines.map(objectOf)))?.path;
  const { level, ...others } = usualFields;
  const path = levelPath === undefined ? level.path : [...new Set([...level.path, levelPath])];
  const measurable = (bytes: Buffer): Measurable => ({
    bytes,
    writtenByMs: sample.writtenByMs,
    nowMs,
    fields: { ...others, level: { ...level, path } },
  });
  const tried = measurable(Buffer.from(`${lines.join('\n')}\n`));
  const measured: Measured[] = [];
  for (const keys of candidatesFor(lines)) measured.push(await measure(keys, tried));
  const { keys: found } = best(measured);
  const isZoneless = await lacksZone(found, tried);
  const keys: SourceKeys = {
    ...found,
    ...(sample.encoding !== UTF_8 && { encoding: sample.encoding }),
    ...(isZoneless && { timestamp: { ...found.timestamp, timezone } }),
  };
  const seen = new SeenEvents();
  const whole = await measure(keys, measurable(sample.raw), seen.take);
  return {
    keys,
    isZoneless,
    counts: whole.counts,
    share: keys.timestamp?.field === 'arrival' ? 0 : wholeShare(whole),
    notWhole: notWholeOf(keys, seen),
    fields: guessFields(documentsOf(seen.documents()), seen.timePaths, levelPath),
    events: seen.events,
  };
}

/** Returns lines of the beginning, the middle and the end. */
function someLines(bytes: Buffer): readonly string[] {
  const all = bytes
    .toString('utf8')
    .split('\n')
    .map((line) => line.replace(/\r$/u, ''));
  const third = TRIED_LINES / 3;
  const middle = Math.floor((all.length - third) / 2);
  const some =
    all.length <= TRIED_LINES
      ? all
      : [...all.slice(0, third), ...all.slice(middle, middle + third), ...all.slice(-third)];
  let left = TRIED_BYTES;
  const taken = some.filter((line) => (left -= line.length) >= 0);
  return (taken.length === 0 ? [some[0]!.slice(0, TRIED_BYTES)] : taken).filter((line) => line !== '');
}

/** Returns true where the times depend on the zone in which they are read. */
async function lacksZone(keys: SourceKeys, tried: Measurable): Promise<boolean> {
  const timesIn = async (timezone: string): Promise<readonly number[]> => {
    const times: number[] = [];
    await measure({ ...keys, timestamp: { ...keys.timestamp, timezone } }, tried, ({ event }) => {
      if (!event.timeInferred) times.push(event.timeMs);
    });
    return times;
  };
  const [utc, tokyo] = [await timesIn('UTC'), await timesIn('Asia/Tokyo')];
  return utc.some((time, i) => time !== tokyo[i]);
}

class SeenEvents {
  readonly events: SampleEvent[] = [];
  readonly notWhole = new Map<string, { count: number; readonly example: string }>();

  timePaths: ReadonlySet<string> = new Set();

  readonly take = (event: SampleEvent, source: SourceConfig): void => {
    if (this.events.length === 0) this.timePaths = new Set(source.timestamp.path.flatMap(pathsOfTime));
    if (this.events.length < EVENTS_MAX) this.events.push(event);
    if (isWhole(event)) return;
    for (const { kind } of flawsOf(event, source)) {
      const known = this.notWhole.get(kind);
      if (known !== undefined) known.count += 1;
      else if (this.notWhole.size < KINDS_MAX)
        this.notWhole.set(kind, { count: 1, example: event.event.line });
    }
  };

  *documents(): Generator<JsonObject> {
    for (const { event } of this.events) if (event.undecodable === undefined) yield event.document;
  }
}

function pathsOfTime(path: TimePath): readonly string[] {
  if (typeof path === 'string') return [path];
  return 'seconds' in path ? [path.seconds, path.nanos] : path;
}

function notWholeOf({ timestamp }: SourceKeys, { events, notWhole }: SeenEvents): readonly NotWhole[] {
  const found = [...notWhole].map(([kind, of]) => ({ kind, ...of })).toSorted((a, b) => b.count - a.count);
  if (timestamp?.field !== 'arrival') return found;
  const kind = 'no time was found in these lines, so that of their arrival is taken';
  return [{ kind, count: events.length, example: events[0]?.event.line ?? '' }, ...found];
}
