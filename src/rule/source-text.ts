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
  /** Some character needs two UTF-16 units. */
  readonly hasPairs: boolean;
}

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (const end of text.matchAll(/\r\n?|\n/g)) lineStarts.push(end.index + end[0].length);
  return { file, text, lineStarts, hasPairs: /[\u{10000}-\u{10FFFF}]/u.test(text) };
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
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (source.lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  const lineStart = source.lineStarts[low]!;
  const units = offset - lineStart;
  const column = source.hasPairs ? Array.from(source.text.slice(lineStart, offset)).length : units;
  return { line: low + 1, column: column + 1 };
}
