/**
 * Reads finished logs once from beginning to end, for backtests: files, compressed files and standard input. No file is followed, and no
 * position is kept.
 */
import { Readable } from 'node:stream';
import { ORIGIN_FILE } from '../config/decode/origins.ts';
import type { SourceConfig } from '../config/config.ts';
import type { Batch } from '../event/batch.ts';
import { FixableError } from '../event/fixable-error.ts';
import { encodingAt, MARK_BYTES, PLAIN_UTF_8, type TextEncoding } from './encoding/encoding.ts';
import { inUtf8 } from './encoding/transcode.ts';
import { createHeaderTaker, hasHeaders } from './header-lines.ts';
import { createLineJoiner } from './line-joiner.ts';
import { joiningOf, type Joining } from './joining.ts';
import type { Lines } from './lines.ts';
import { LINE_MAX_BYTES, cutLine, splitLines, toBatch } from './lines.ts';
import { recordsOnce, splittingOf, type RecordSplitting } from './record-batches.ts';
import { blocksOf, fileInput, streamInput, type ReplayInput } from './replay-input.ts';

/** One input; inputs are numbered in argument order. */
export interface ReplayPartition {
  readonly partition: number;
  /** The path of a file, or `standard input`. */
  readonly label: string;
  /** Yields everything in the input, once. Throws FixableError when the input is damaged. */
  batches(): AsyncIterable<Batch>;
}

export interface ReplayOptions {
  /** Name of the source whose decoder the input goes through. */
  readonly source: string;
  /** Absent: each line is an event. */
  readonly joining?: Joining | undefined;
  /** Absent: no line is taken apart. */
  readonly splitting?: RecordSplitting | undefined;
  /** Absent: UTF-8. A byte order mark at the beginning of an input says more. */
  readonly encoding?: string | undefined;
  /** Lines with `#` are no events, as in a log of W3C. */
  readonly hasHeaders?: boolean;
  /** The time at which the run started: `readAtMs` of every batch. */
  readonly nowMs: number;
  /** Is told of all bytes of an input, in order, before the lines that they complete are handed out. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/** Returns how inputs of a source are read. `nowMs`: as in the options. */
export function replayOptions(
  { name, decode, encoding }: Pick<SourceConfig, 'name' | 'decode' | 'encoding'>,
  nowMs: number,
): ReplayOptions {
  return {
    source: name,
    nowMs,
    encoding,
    joining: joiningOf(decode),
    hasHeaders: hasHeaders(decode),
    splitting: splittingOf(decode),
  };
}

/** Opens inputs by path; `-` is standard input. Throws FixableError for an input that cannot be read. */
export function openReplay(
  inputs: readonly string[],
  options: ReplayOptions,
  stdin: Readable = process.stdin,
): readonly ReplayPartition[] {
  if (inputs.filter((input) => input === '-').length > 1)
    throw new FixableError(
      'source',
      'standard input is given twice',
      'give - once; it can be read only once',
    );
  return inputs.map((path, partition) => {
    const input = path === '-' ? streamInput('standard input', stdin, options.nowMs) : fileInput(path);
    return partitionOf(input, partition, options);
  });
}

function partitionOf(input: ReplayInput, partition: number, options: ReplayOptions): ReplayPartition {
  const { splitting } = options;
  const lines = (): AsyncGenerator<Batch> => batches(input, partition, options);
  return {
    partition,
    label: input.label,
    batches: splitting === undefined ? lines : () => records(lines(), splitting),
  };
}

/** Opens bytes that are in memory as an input of its own, as if they had been read from the file `label`, written by `writtenByMs`. */
export function replayBytes(
  bytes: Uint8Array,
  {
    label,
    writtenByMs,
    ...options
  }: ReplayOptions & { readonly label: string; readonly writtenByMs: number },
): ReplayPartition {
  return partitionOf(streamInput(label, Readable.from([bytes]), writtenByMs), 0, options);
}

async function* batches(
  input: ReplayInput,
  partition: number,
  options: ReplayOptions,
): AsyncGenerator<Batch> {
  const origin = {
    source: options.source,
    partition,
    readAtMs: options.nowMs,
    writtenByMs: input.writtenByMs,
    ...(input.path !== undefined && { origins: { [ORIGIN_FILE]: input.path } }),
  };
  const joiner = options.joining === undefined ? undefined : createLineJoiner(options.joining);
  const take = options.hasHeaders === true ? createHeaderTaker() : (batch: Batch) => batch;
  let before: Batch | undefined;
  for await (const lines of linesOf(input, options)) {
    if (lines.offsets.length === 0) continue;
    const batch = toBatch(lines, { ...origin, next: { offset: lines.next, proof: '' }, atEnd: false });
    const joined = joiner === undefined ? take(batch) : joiner.push(batch);
    if (joined === undefined) continue;
    if (before !== undefined) yield before;
    before = joined;
  }
  const held = joiner?.flush();
  if (held !== undefined) {
    if (before !== undefined) yield before;
    before = held;
  }
  if (before !== undefined) yield { ...before, atEnd: true };
}

async function* records(lines: AsyncIterable<Batch>, splitting: RecordSplitting): AsyncGenerator<Batch> {
  for await (const batch of lines) yield* recordsOnce(batch, splitting);
}

/**
 * Splits an input into lines of UTF-8. It holds no more than one line and one block. Throws FixableError when the
 * input is damaged.
 */
async function* linesOf(
  input: ReplayInput,
  { joining, encoding: name, onBytes }: ReplayOptions,
): AsyncGenerator<Lines> {
  const keepBlank = joining?.lines !== undefined;
  let encoding: TextEncoding | undefined;
  let rest: Buffer = Buffer.alloc(0);
  let restAt = 0;
  /** The beginning of a line that is too long, while the rest of that line is being skipped. */
  let tooLong: { readonly head: Buffer; readonly offset: number } | undefined;
  for await (const block of blocksOf(input, () => rest)) {
    onBytes?.(block.subarray(rest.length));
    let from = 0;
    encoding ??= encodingAt(block.subarray(0, MARK_BYTES), name, true)!;
    const { units } = encoding;
    if (tooLong !== undefined) {
      const lf = units.lineEnd(block, 0, restAt);
      from = lf < 0 ? block.length - ((restAt + block.length) % units.width) : lf + units.width;
      if (lf >= 0) {
        yield inUtf8(cutLine(tooLong.head, tooLong.offset, restAt + from), encoding);
        tooLong = undefined;
      }
    }
    for (;;) {
      const lines = splitLines(block, from, restAt, { keepBlank, units });
      if (lines === undefined) break;
      yield inUtf8(lines, encoding);
      from = lines.next - restAt;
    }
    const begin = units.afterNuls(block, from, restAt);
    rest = block.subarray(begin);
    restAt += begin;
    if (rest.length >= LINE_MAX_BYTES + 2 * units.width) {
      tooLong = { head: Buffer.from(rest.subarray(0, LINE_MAX_BYTES)), offset: restAt };
      const half = rest.length % units.width;
      restAt += rest.length - half;
      rest = rest.subarray(rest.length - half);
    }
  }
  encoding ??= PLAIN_UTF_8;
  const lines =
    tooLong === undefined
      ? splitLines(rest, 0, restAt, { last: true, keepBlank, units: encoding.units })
      : cutLine(tooLong.head, tooLong.offset, restAt + rest.length);
  if (lines !== undefined) yield inUtf8(lines, encoding);
}
