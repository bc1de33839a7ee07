/**
 * A rule file's text and the places in it: offsets become lines and columns here and nowhere else. Columns count characters
 * (code points), so that a caret stands right after an emoji; offsets count UTF-16 units.
 */
import type { Span } from './ast.ts';

export interface SourceText {
  /** Name for people: the path relative to the rules folder, or what else the text is called. */
  readonly file: string;
  readonly text: string;
  /** Offset of the start of each line. */
  readonly lineStarts: readonly number[];
  /** Offsets of the characters that need two UTF-16 units. */
  readonly pairs: readonly number[];
}

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (const end of text.matchAll(/\r\n?|\n/g)) lineStarts.push(end.index + end[0].length);
  const pairs: number[] = [];
  for (const pair of text.matchAll(/[\u{10000}-\u{10FFFF}]/gu)) pairs.push(pair.index);
  return { file, text, lineStarts, pairs };
}

/** Range of the text between two offsets. */
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

/** The text of a line (1-based), without its line end. */
export function lineText(source: SourceText, line: number): string {
  const start = source.lineStarts[line - 1] ?? source.text.length;
  const end = source.lineStarts[line] ?? source.text.length;
  return source.text.slice(start, end).replace(/[\r\n]+$/, '');
}

function placeOf(source: SourceText, offset: number): { line: number; column: number } {
  const line = countBelow(source.lineStarts, offset + 1);
  const lineStart = source.lineStarts[line - 1]!;
  const pairs = countBelow(source.pairs, offset) - countBelow(source.pairs, lineStart);
  return { line, column: offset - lineStart - pairs + 1 };
}

/** How many of the ascending numbers are below the limit. */
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
