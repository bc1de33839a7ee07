/**
 * The text of a rule file, and the places in it. Only the code here turns offsets into lines and columns. Columns count characters (code
 * points), so that a caret stands right after an emoji; offsets count UTF-16 units.
 */
import type { Span } from './ast.ts';

export interface SourceText {
  /** Name for people: the path relative to the rules folder, or another name of the text. */
  readonly file: string;
  readonly text: string;
  /** Offset of the start of each line. */
  readonly lineStarts: readonly number[];
  /** Offsets of the characters that need two UTF-16 units. */
  readonly pairs: readonly number[];
}

/** No person writes a rule file above 1 MiB. It is refused, and places beyond this are not known. */
export const LENGTH_MAX = 1_048_576;

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  const pairs: number[] = [];
  const end = Math.min(text.length, LENGTH_MAX);
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x0a || (unit === 0x0d && text.charCodeAt(i + 1) !== 0x0a)) lineStarts.push(i + 1);
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) pairs.push(i);
  }
  return { file, text, lineStarts, pairs };
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** Returns the range of the text between two offsets. */
export function spanOf(source: SourceText, start: number, end: number): Span {
  const from = placeOf(source, start);
  const to = placeOf(source, end);
  return {
    file: source.file,
    start,
    end,
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
  };
}

/** Returns the text of a line (1-based), without its line end. */
export function lineText(source: SourceText, line: number): string {
  const start = source.lineStarts[line - 1] ?? source.text.length;
  const end = source.lineStarts[line] ?? Math.min(source.text.length, LENGTH_MAX);
  return source.text.slice(start, end).replace(/[\r\n]+$/, '');
}

function placeOf(source: SourceText, offset: number): { line: number; column: number } {
  const line = countBelow(source.lineStarts, offset + 1);
  const lineStart = source.lineStarts[line - 1]!;
  const pairs = countBelow(source.pairs, offset) - countBelow(source.pairs, lineStart);
  return { line, column: offset - lineStart - pairs + 1 };
}

/** Returns how many of the ascending numbers are below the limit. */
function countBelow(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
