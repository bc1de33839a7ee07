/**
 * Archiving: source → archive, which decodes. It is a consumer of its own with its own positions: it neither waits for alerting nor delays
 * it.
 */
import type { ArchivedLines, LogArchive, Written } from '../../archive/archive.ts';
import { fieldKernel } from '../../archive/sqlite/field-kernel.ts';
import { lineCount, type Batch } from '../../event/batch.ts';
import type { WorkTimers } from '../../event/clock.ts';
import type { LogEvent, Schema } from '../../event/event.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import type { Mask } from '../../event/mask/mask.ts';
import { inSlices } from '../../event/slices.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { DecodedBatch } from '../../ingest/decode/decoder.ts';
import { countUnfit } from './counts.ts';
import { maskedEvents } from './masked-event.ts';
import { readInto } from './reading.ts';
import type { ReadLoop } from '../types.ts';
import { type OpenSource } from './sources.ts';
import { decoderOf } from '../decoding.ts';

export interface ArchivingOptions {
  readonly sources: readonly OpenSource[];
  readonly archive: LogArchive;
  readonly schema: Schema;
  /** Masks the lines before they are archived. Absent: the archive keeps every line as it is. */
  readonly mask?: Mask;
  readonly telemetry: Telemetry;
  readonly clock: Pick<WorkTimers, 'sleep' | 'workMs'>;
}

/** The loop that archives one source. `ended` also rejects where the reader fails to take a position that has become durable. */
export interface ArchiveLoop extends ReadLoop {
  /** Stops reading and closes the reader, which is told nothing more of durable positions. Never rejects. */
  end(): Promise<void>;
}

/** Starts one loop for each source. Fails with FixableError where a source cannot be opened; no reader is left open then. */
export async function startArchiving(options: ArchivingOptions): Promise<readonly ArchiveLoop[]> {
  let made: LineKernel | undefined;
  const kernel = (): LineKernel => (made ??= fieldKernel(options.schema));
  // A masked line is read the plain way: a tape would have its values as they were.
  const ofLines = options.mask === undefined ? kernel : undefined;
  const started = await Promise.allSettled(options.sources.map((each) => startLoop(each, options, ofLines)));
  const loops = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = started.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    await endLoops(loops);
    throw failed.reason;
  }
  return loops;
}

export async function endLoops(loops: readonly ArchiveLoop[]): Promise<void> {
  await Promise.all(loops.map((loop) => loop.end()));
}

/** Lines as the mask has left them, without the tape. */
function masked(
  { batch, timesMs, inferred, timeliness, timing }: DecodedBatch,
  events: readonly LogEvent[],
): ArchivedLines {
  return { batch, timesMs, inferred, timeliness, timing, event: (line) => events[line]! };
}

async function startLoop(
  { config, source }: OpenSource,
  { archive, schema, mask, telemetry, clock }: ArchivingOptions,
  kernel: (() => LineKernel) | undefined,
): Promise<ArchiveLoop> {
  const reader = await source.open({
    purpose: 'archive',
    position: (partition) => archive.position(config.name, partition)?.position,
  });
  const decoder = decoderOf(config, schema);
  const handed = new Map<number, { readonly nextOffset: number; readonly timing: string | undefined }>();
  const broken = Promise.withResolvers<never>();
  let isOver = false;
  const tellWhenDurable = ({ durable }: Written, { partition, next }: Batch): void => {
    durable
      .then(() => {
        if (!isOver) reader.durable(partition, next);
      })
      .catch((error: unknown) => broken.reject(error));
  };
  const take = async (batch: Batch): Promise<void> => {
    const { partition } = batch;
    const last = handed.get(partition);
    // After a rebalance a partition is read again from its durable position. Its timing must go back to that position as well.
    const goesOn = last !== undefined && (batch.offsets[0] ?? last.nextOffset) >= last.nextOffset;
    const before = goesOn ? undefined : { timing: archive.position(config.name, partition)?.timing };
    handed.set(partition, { nextOffset: batch.next.offset, timing: undefined });
    telemetry.count('events_in', { source: config.name, reader: 'archive' }, lineCount(batch));
    let read: DecodedBatch | undefined;
    const decoded = async (): Promise<ArchivedLines> => {
      read = decoder.decode(batch, before === undefined ? last?.timing : before.timing, kernel?.());
      handed.set(partition, { nextOffset: batch.next.offset, timing: read.timing });
      return mask === undefined ? read : masked(read, await inSlices(maskedEvents(read.events, mask), clock));
    };
    const written = await archive.write({ batch, ...(before !== undefined && { before }), decoded });
    tellWhenDurable(written, batch);
    if (read !== undefined) countUnfit(telemetry, config.name, read);
  };
  const loop = readInto(source, reader, take);
  const ended = Promise.race([loop.ended, broken.promise]);
  ended.catch(() => undefined);
  return {
    ...loop,
    ended,
    async end() {
      loop.stop();
      isOver = true;
      await reader.close().catch(() => undefined);
    },
  };
}
