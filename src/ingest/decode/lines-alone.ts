/** Lines that are kept without the batch that they came in: their bytes stand in one copy, and a text is made when it is asked for. */
import { originOf, type LineOrigin } from '../../event/batch.ts';
import type { DecodedLines, LinesAlone } from '../../event/decoded-lines.ts';
import type { LogEvent } from '../../event/event.ts';
import { LineAlone, type Shared } from './decoded-event.ts';

/** `lines`: some lines of the batch, in ascending order. */
export function linesAlone(lines: readonly number[], { batch, timesMs, lines: all }: Shared): LinesAlone {
  return new CopiedLines(lines, { batch, timesMs }, all);
}

/** Lines that are so near to each other are copied with the bytes between them. A copy of its own would cost more. */
const GAP_BYTES_MAX = 64;

class CopiedLines implements LinesAlone {
  readonly #lines: Uint32Array;
  readonly #timesMs: Float64Array;
  readonly #bytes: Buffer;
  /** Start and end in `#bytes` of each line that is kept. */
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #textOf: Shared['lines']['textOf'];
  readonly #decode: Shared['lines']['decode'];
  /** Where each line came from, where steps ask for it. */
  readonly #origins: readonly LineOrigin[] | undefined;

  constructor(
    lines: readonly number[],
    { batch: { bytes, starts, ends }, timesMs }: Pick<DecodedLines, 'batch' | 'timesMs'>,
    { textOf, decode, origins }: Shared['lines'],
  ) {
    this.#textOf = textOf;
    this.#decode = decode;
    this.#origins = origins && lines.map((line) => originOf(origins, line));
    this.#lines = Uint32Array.from(lines);
    this.#timesMs = new Float64Array(lines.length);
    this.#starts = new Uint32Array(lines.length);
    this.#ends = new Uint32Array(lines.length);
    let length = 0;
    const runs: Run[] = [];
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      const [start, end] = [starts[line]!, ends[line]!];
      let run = runs.at(-1);
      if (run === undefined || start < run.end || start - run.end > GAP_BYTES_MAX)
        runs.push((run = { start, end: start, to: length }));
      length += end - run.end;
      run.end = end;
      this.#timesMs[i] = timesMs[line]!;
      this.#starts[i] = run.to + start - run.start;
      this.#ends[i] = length;
    }
    // A part of Node's pool would hold the whole pool.
    this.#bytes = Buffer.allocUnsafeSlow(length);
    for (const { start, end, to } of runs) this.#bytes.set(bytes.subarray(start, end), to);
  }

  of(line: number): Pick<LogEvent, 'line' | 'values'> {
    const i = placeOf(line, this.#lines);
    const text = this.#textOf(this.#bytes, this.#starts[i]!, this.#ends[i]!);
    return new LineAlone(this.#timesMs[i]!, text, this.#decode, this.#origins?.[i]);
  }
}

/** Bytes of the batch that are copied together, and where they go. */
interface Run {
  readonly start: number;
  end: number;
  readonly to: number;
}

/** Returns the place of a number in a list in ascending order, which must have it. */
function placeOf(number: number, among: Uint32Array): number {
  let low = 0;
  let high = among.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (among[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
