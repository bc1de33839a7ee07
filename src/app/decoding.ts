/** Turns lines of a source into inputs of the detector: in the same way live, over the past and in tests of rules. */
import type { Config } from '../config/config.ts';
import type { BatchOf } from '../detect/input/input.ts';
import type { Batch } from '../event/batch.ts';
import { IN_TIME } from '../event/decoded-lines.ts';
import type { Schema } from '../event/event.ts';
import type { Matches } from '../event/match-columns.ts';
import { createDecoder, type DecodedBatch, type Decoder, type Decoding } from '../ingest/decode/decoder.ts';
import { FixableError } from '../event/fixable-error.ts';
import { namesOf } from '../ingest/decode/steps/names.ts';

/** Creates the decoder of a source. Fails with FixableError for a pattern, time format or time zone that means nothing. */
export function decoderOf(config: Decoding, schema: Schema): Decoder {
  try {
    return createDecoder(config, schema);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FixableError(
      'source',
      `source ${config.name}: ${error.message}`,
      `mend \`sources.${config.name}\` in the configuration`,
      { cause: error },
    );
  }
}

/** Finds errors in the decoding settings that only the decoder can notice. Returns them by source. */
export function decodingProblems({
  sources,
  schema,
}: Pick<Config, 'sources' | 'schema'>): readonly { readonly source: string; readonly message: string }[] {
  return sources.flatMap((source) => {
    try {
      createDecoder(source, schema);
      return [];
    } catch (error) {
      return [{ source: source.name, message: (error as Error).message }];
    }
  });
}

/** Returns the field names that the lines of each source can have; undefined where the configuration does not determine them. */
export function namesInLines({
  sources,
}: Pick<Config, 'sources'>): ReadonlyMap<string, ReadonlySet<string> | undefined> {
  return new Map(sources.map(({ name, decode }) => [name, namesOf(decode.steps)]));
}

/** The times of the lines [from, to) of a batch; of all of them by default. */
interface TimedLines extends Pick<DecodedBatch, 'timesMs' | 'timeliness' | 'watermarkMs'> {
  readonly from?: number;
  readonly to?: number;
}

/** Builds the row of the journal for decoded lines. */
export function batchInput<Given extends Matches>(
  batch: Pick<Batch, 'source' | 'partition' | 'readAtMs'>,
  decoded: TimedLines,
  matches: Given,
): BatchOf<Given> {
  let firstTimeMs = Infinity;
  let lastTimeMs = -Infinity;
  const { timesMs, timeliness, from = 0, to = timesMs.length } = decoded;
  for (let line = from; line < to; line += 1) {
    if (timeliness[line] !== IN_TIME) continue;
    firstTimeMs = Math.min(firstTimeMs, timesMs[line]!);
    lastTimeMs = Math.max(lastTimeMs, timesMs[line]!);
  }
  return {
    kind: 'batch',
    source: batch.source,
    partition: batch.partition,
    clockMs: batch.readAtMs,
    ...(decoded.watermarkMs !== undefined && { watermarkMs: decoded.watermarkMs }),
    ...(lastTimeMs !== -Infinity && { firstTimeMs, lastTimeMs }),
    matches,
  };
}
