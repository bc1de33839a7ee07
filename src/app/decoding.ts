/** From the lines of a source to what the detector is fed, the same live, over the past and in tests of rules. */
import type { SourceConfig } from '../config/config.ts';
import type { BatchInput } from '../detect/input/input.ts';
import type { Batch } from '../event/batch.ts';
import type { Schema } from '../event/event.ts';
import { createDecoder, type DecodedBatch, type Decoder } from '../ingest/decode/decoder.ts';
import { FixableError } from '../event/fixable-error.ts';

/** The decoder of a source. Fails with FixableError for a pattern, time format or zone that means nothing. */
export function decoderOf(config: SourceConfig, schema: Schema): Decoder {
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

/** The row of the match log for a decoded batch. */
export function batchInput(
  batch: Pick<Batch, 'source' | 'partition' | 'readAtMs'>,
  decoded: Pick<DecodedBatch, 'events' | 'watermarkMs'>,
  matches: BatchInput['matches'],
): BatchInput {
  let firstTimeMs = Infinity;
  let lastTimeMs = -Infinity;
  for (const { timeliness, timeMs } of decoded.events) {
    if (timeliness !== 'in_time') continue;
    firstTimeMs = Math.min(firstTimeMs, timeMs);
    lastTimeMs = Math.max(lastTimeMs, timeMs);
  }
  return {
    kind: 'batch',
    source: batch.source,
    partition: batch.partition,
    clockMs: batch.readAtMs,
    ...(decoded.watermarkMs === undefined ? {} : { watermarkMs: decoded.watermarkMs }),
    ...(lastTimeMs === -Infinity ? {} : { firstTimeMs, lastTimeMs }),
    matches,
  };
}
