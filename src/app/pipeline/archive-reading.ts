/** Reads lines for the archive in the thread that writes it: decodes them as alerting does, and masks them where that is asked for. */
import type { LineReading, ReadingModule, ReadLines } from '../../archive/archive.ts';
import { fieldKernel } from '../../archive/sqlite/field-kernel.ts';
import type { Config } from '../../config/config.ts';
import type { LogEvent, Schema } from '../../event/event.ts';
import { createMask, type Mask, type MaskOptions } from '../../event/mask/mask.ts';
import { Pattern } from '../../event/pattern.ts';
import { keptSecrets, redactKnown, takeSecrets } from '../../event/redact.ts';
import { whole } from '../../event/slices.ts';
import type { DecodedBatch, Decoding } from '../../ingest/decode/decoder.ts';
import { decoderOf } from '../decoding.ts';
import { maskedEvents } from './masked-event.ts';

/** The parts of the configuration that the reading needs. A message holds no compiled patterns: here they are texts. */
interface ReadingData {
  readonly sources: readonly Decoding[];
  readonly schema: Schema;
  readonly mask?: {
    readonly kinds: MaskOptions['kinds'];
    readonly patterns: Readonly<Record<string, string>>;
    readonly secrets: ReadonlyMap<string, string>;
  };
}

/** Returns this module with what it needs of the configuration. */
export function archiveReading({
  sources,
  schema,
  mask,
}: Pick<Config, 'sources' | 'schema' | 'mask'>): ReadingModule {
  const patterns = Object.entries(mask.patterns).map(([name, { source }]) => [name, source] as const);
  const data: ReadingData = {
    sources: sources.map(({ name, decode, timestamp, latenessMs }) => ({
      name,
      decode,
      timestamp,
      latenessMs,
    })),
    schema,
    ...(mask.archive && {
      mask: { kinds: mask.kinds, patterns: Object.fromEntries(patterns), secrets: keptSecrets() },
    }),
  };
  return { url: import.meta.url, data };
}

/** Creates the reading in its thread. */
export function openReading(data: ReadingData): LineReading {
  const { sources, schema } = data;
  const decoders = new Map(sources.map((source) => [source.name, decoderOf(source, schema)]));
  const kernel = fieldKernel(schema);
  const mask = maskOf(data);
  return {
    read(batch, timing) {
      const decoder = decoders.get(batch.source);
      if (decoder === undefined) throw new Error(`the source ${batch.source} is not configured`);
      // A masked line is read the plain way: the tape has its values as they were.
      if (mask !== undefined) return masked(decoder.decode(batch, timing), mask);
      const decoded = decoder.decode(batch, timing, kernel);
      return Object.assign(decoded, { unfit: decoded.counts.unfit });
    },
  };
}

function maskOf({ mask }: ReadingData): Mask | undefined {
  if (mask === undefined) return undefined;
  takeSecrets(mask.secrets);
  const patterns = Object.entries(mask.patterns).map(
    ([name, source]) => [name, new Pattern(source)] as const,
  );
  return createMask({ kinds: mask.kinds, patterns: Object.fromEntries(patterns), redact: redactKnown });
}

function masked(decoded: DecodedBatch, mask: Mask): ReadLines {
  const { batch, timesMs, inferred, timeliness, timing, counts } = decoded;
  const event = (line: number): LogEvent => whole(maskedEvents([decoded.event(line)], mask))[0]!;
  return { batch, timesMs, inferred, timeliness, timing, unfit: counts.unfit, event };
}
