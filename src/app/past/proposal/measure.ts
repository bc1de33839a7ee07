/** Measures how well some keys of a source read a sample, and chooses the best. */
import { configOfKeys } from '../../../config/decode/decode-text.ts';
import type { SourceKeys } from '../../../config/decode/source-keys.ts';
import type { SourceConfig } from '../../../config/config.ts';
import { replayBytes, replayOptions } from '../../../ingest/replay.ts';
import { readSample, sampleEvents, type SampleCounts, type SampleEvent } from '../sample-reading.ts';
import { LEVELS } from './level-guess.ts';

/** Bytes that are measured, as of a file. */
export interface Measurable {
  readonly bytes: Buffer;
  readonly writtenByMs: number;
  readonly nowMs: number;
  /** `fields` of a configuration. */
  readonly fields: object;
}

export interface Measured {
  readonly keys: SourceKeys;
  readonly counts: SampleCounts;
  /** Shares of the events: with a level that rules ask for; with a message. */
  readonly levels: number;
  readonly messages: number;
  /** Mean number of keys of a document. */
  readonly names: number;
}

/** Reads the bytes with the keys. `onEvent` sees each event. */
export async function measure(
  keys: SourceKeys,
  { bytes, writtenByMs, nowMs, fields }: Measurable,
  onEvent?: (event: SampleEvent, source: SourceConfig) => void,
): Promise<Measured> {
  const { config, problems } = configOfKeys(keys, fields);
  if (config === undefined) throw new Error(`proposed keys are wrong: ${problems[0]?.message ?? ''}`);
  const [source] = config.sources;
  const partition = replayBytes(bytes, { ...replayOptions(source!, nowMs), label: 'sample', writtenByMs });
  let [levels, messages, names] = [0, 0, 0];
  const counts = await readSample(
    sampleEvents(partition.batches(), source!, config.schema),
    Infinity,
    (event) => {
      const has = (name: string): readonly unknown[] =>
        event.fields.find((field) => field.name === name)?.values ?? [];
      if (LEVELS.has(has('level')[0] as string)) levels += 1;
      if (event.event.undecodable === undefined) {
        if (has('message').length > 0) messages += 1;
        names += Object.keys(event.event.document).length;
      }
      onEvent?.(event, source!);
    },
  );
  const of = (count: number): number => (counts.events === 0 ? 0 : count / counts.events);
  return { keys, counts, levels: of(levels), messages: of(messages), names: of(names) };
}

export const wholeShare = ({ counts }: Pick<Measured, 'counts'>): number =>
  counts.lines === 0 ? 0 : counts.wholeLines / counts.lines;

/** Keys that read less than this are taken only where no time can be read at all. */
const BELIEVED = 0.5;

/** Returns the best: lines read whole, then levels, messages, events and keys found; the earlier one where two are alike. */
export function best(all: readonly Measured[]): Measured {
  return all.reduce((found, each) => (isBetter(each, found) ? each : found));
}

function isBetter(a: Measured, b: Measured): boolean {
  const [own, other] = [merits(a), merits(b)];
  const at = own.findIndex((merit, i) => merit !== other[i]);
  return at >= 0 && own[at]! > other[at]!;
}

function merits(measured: Measured): readonly number[] {
  const { keys, counts, levels, messages, names } = measured;
  const share = wholeShare(measured);
  const tenths = (of: number): number => Math.round(of * 10);
  return [
    // A time of arrival is always there, and says nothing.
    keys.timestamp?.field === 'arrival' ? BELIEVED * 100 : Math.round(share * 100),
    tenths(levels),
    tenths(messages),
    Math.round(Math.log2(counts.events + 1)),
    Math.round(names),
  ];
}
