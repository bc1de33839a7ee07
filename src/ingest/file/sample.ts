/** Reads the ends of the newest files of a source. */
import type { Stats } from 'node:fs';
import { glob, open, stat } from 'node:fs/promises';
import type { SourceConfig } from '../../config/config.ts';
import { ORIGIN_FILE } from '../../config/decode/origins.ts';
import type { FileSourceConfig } from '../../config/sources/file.ts';
import { lineCount, withoutFirst, type Batch } from '../../event/batch.ts';
import { writtenBy } from '../arrival.ts';
import { MAGIC_BYTES, compressionOf } from '../compression.ts';
import { encodingAt, MARK_BYTES } from '../encoding/encoding.ts';
import { inUtf8 } from '../encoding/transcode.ts';
import { hasHeaders } from '../header-lines.ts';
import { splitLines, toBatch, type Lines } from '../lines.ts';
import { SAMPLE_LINES, type SampledPartition, type SampledSource, type SampleParts } from '../sampled.ts';
import { isMissing, unreadable } from './inspect.ts';
import { ownOutput } from './own-output.ts';

const FILES_MAX = 5;
const READ_BYTES = 200 << 10;
/** The beginning of a file: its compression, its byte order mark, a header. */
const HEAD_BYTES = 4 << 10;

/** Rejects with FixableError when a file cannot be read. */
export async function sampleFiles(
  { name, decode, encoding, kind }: SourceConfig & { readonly kind: FileSourceConfig },
  { nowMs }: SampleParts,
): Promise<SampledSource> {
  const newest = await newestFiles(kind.paths);
  const partitions: SampledPartition[] = [];
  let packed = 0;
  for (const file of newest) {
    if (partitions.length === FILES_MAX) break;
    const origins = { [ORIGIN_FILE]: file.path };
    const origin = { source: name, partition: partitions.length, readAtMs: nowMs, origins };
    const reading = { encoding, keepBlank: decode.multiline !== undefined, hasHeaders: hasHeaders(decode) };
    const batches = await batchesAtEnd(file, origin, reading);
    if (batches === 'packed') packed += 1;
    else if (batches.length > 0) partitions.push({ label: file.path, batches });
  }
  if (partitions.length > 0 || packed === 0) return { partitions };
  return { skipped: 'all of its files are compressed: try one of them with `tocsin backtest --input FILE`' };
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

async function newestFiles(globs: readonly string[]): Promise<readonly FoundFile[]> {
  const isOwn = ownOutput([1, 2]);
  const found = new Map<string, FoundFile>();
  for (const pattern of globs) {
    for await (const path of glob(pattern)) {
      const stats = await statOf(path);
      if (stats === undefined || !stats.isFile()) continue;
      if (isOwn({ device: stats.dev, inode: String(stats.ino) })) continue;
      found.set(path, { path, size: stats.size, modifiedMs: stats.mtimeMs });
    }
  }
  return [...found.values()].sort((a, b) => b.modifiedMs - a.modifiedMs);
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

type Origin = Pick<Batch, 'source' | 'partition' | 'readAtMs' | 'origins'>;

interface Reading {
  readonly encoding: string | undefined;
  readonly keepBlank: boolean;
  /** Lines at the beginning of the file name the columns of those at its end. */
  readonly hasHeaders: boolean;
}

/** Returns the last lines of a file. */
async function batchesAtEnd(
  { path, size, modifiedMs }: FoundFile,
  origin: Origin,
  { encoding: name, keepBlank, hasHeaders: isHeaded }: Reading,
): Promise<readonly Batch[] | 'packed'> {
  // At an even place, units of two bytes are whole.
  const from = 2 * Math.ceil(Math.max(0, size - READ_BYTES) / 2);
  const { head, block } = await bytesOf(path, from);
  if (compressionOf(head.subarray(0, MAGIC_BYTES)) !== undefined) return 'packed';
  const encoding = encodingAt(head.subarray(0, MARK_BYTES), name, true)!;
  const { units } = encoding;
  // The first line is cut where the file is not read from its beginning.
  const end = from === 0 ? -1 : units.lineEnd(block, 0, from);
  const first = end < 0 ? 0 : end + units.width;
  const batches: Batch[] = [];
  const take = (lines: Lines): void => {
    const next = { offset: lines.next, proof: '' };
    const of = { ...origin, next, atEnd: false, writtenByMs: writtenBy(modifiedMs) };
    if (lines.offsets.length > 0) batches.push(toBatch(inUtf8(lines, encoding), of));
  };
  let at = first;
  for (;;) {
    // A last line without its end may still be written; it counts where it is all that there is.
    const last = at === first && units.lineEnd(block, at, from) < 0;
    const lines = splitLines(block, at, from, { keepBlank, last, units });
    if (lines === undefined) break;
    at = lines.next - from;
    take(lines);
  }
  const ends = latest(batches.splice(0));
  const header = isHeaded && from > 0 ? splitLines(head, 0, 0, { units }) : undefined;
  if (header !== undefined) take(header);
  const all = [...batches, ...ends];
  return all.map((batch, i) => ({ ...batch, atEnd: i === all.length - 1 }));
}

async function bytesOf(
  path: string,
  from: number,
): Promise<{ readonly head: Buffer; readonly block: Buffer }> {
  try {
    await using file = await open(path);
    const [head, block] = [Buffer.alloc(HEAD_BYTES), Buffer.alloc(READ_BYTES)];
    const { bytesRead: headBytes } = await file.read(head, 0, HEAD_BYTES, 0);
    const { bytesRead } = await file.read(block, 0, READ_BYTES, from);
    return { head: head.subarray(0, headBytes), block: block.subarray(0, bytesRead) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Leaves out the first lines where there are too many. */
function latest(batches: readonly Batch[]): readonly Batch[] {
  let over = batches.reduce((sum, batch) => sum + lineCount(batch), 0) - SAMPLE_LINES;
  return batches.flatMap((batch) => {
    const cut = Math.max(0, Math.min(over, lineCount(batch)));
    over -= cut;
    return cut === lineCount(batch) ? [] : [withoutFirst(batch, cut)];
  });
}
