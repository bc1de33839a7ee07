/** Lines that are kept without the batch that they came in: their bytes stand in one copy, and a text is made when it is asked for. */
import type { DecodedLines, LinesAlone } from '../../event/decoded-lines.ts';
import type { LogEvent } from '../../event/event.ts';
import { LineAlone, type Shared } from './decoded-event.ts';

/** `lines`: some lines of the batch, in ascending order. */
export function linesAlone(lines: readonly number[], { batch, timesMs, lines: all }: Shared): LinesAlone {
  return new CopiedLines(lines, { batch, timesMs }, all);
}

class CopiedLines implements LinesAlone {
  readonly #lines: Uint32Array;
  readonly #timesMs: Float64Array;
  readonly #bytes: Buffer;
  /** Line number i of those kept has the bytes from `#starts[i]` to `#starts[i + 1]`. */
  readonly #starts: Uint32Array;
  readonly #textOf: Shared['lines']['textOf'];
  readonly #decode: Shared['lines']['decode'];

  constructor(
    lines: readonly number[],
    { batch: { bytes, starts, ends }, timesMs }: Pick<DecodedLines, 'batch' | 'timesMs'>,
    { textOf, decode }: Shared['lines'],
  ) {
    this.#lines = Uint32Array.from(lines);
    this.#timesMs = Float64Array.from(lines, (line) => timesMs[line]!);
    this.#starts = new Uint32Array(lines.length + 1);
    let length = 0;
    for (const [i, line] of lines.entries()) this.#starts[i + 1] = length += ends[line]! - starts[line]!;
    // A part of Node's pool would hold the whole pool.
    this.#bytes = Buffer.allocUnsafeSlow(length);
    for (const [i, line] of lines.entries())
      this.#bytes.set(bytes.subarray(starts[line], ends[line]), this.#starts[i]);
    this.#textOf = textOf;
    this.#decode = decode;
  }

  of(line: number): Pick<LogEvent, 'line' | 'values'> {
    const i = placeOf(line, this.#lines);
    const text = this.#textOf(this.#bytes, this.#starts[i]!, this.#starts[i + 1]!);
    return new LineAlone(this.#timesMs[i]!, text, this.#decode);
  }
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
