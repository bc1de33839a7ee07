/** The place at which a parse stopped, and errors that point at it. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import type { Hint } from '../mending.ts';
import { quote } from '../print.ts';
import type { Expected } from './expected.ts';
import type { Token } from '../parse/lexer.ts';
import type { SourceText } from '../source-text.ts';
import { spanOf } from '../source-text.ts';

/** The place at which a parse stopped. `found` is undefined at the end of the block. */
export interface Stop {
  readonly source: SourceText;
  readonly tokens: readonly Token[];
  readonly index: number;
  readonly found: Token | undefined;
  readonly before: Token | undefined;
  readonly expected: Expected;
}

/** Returns the error at the found token. If there is none, its place is the end of the text. */
export function atFound(stop: Stop, code: string, message: string, hint?: Hint): Diagnostic {
  const token = stop.found ?? stop.before!;
  const start = stop.found === undefined ? token.end : token.start;
  const end = token.type === 'nl' ? token.start : token.end;
  return at(spanOf(stop.source, start, Math.max(start, end)), code, message, hint);
}

/** Returns the range from the start of one token to the end of another. */
export function between(from: Token, to: Token): { readonly start: number; readonly end: number } {
  return { start: from.start, end: to.end };
}

/** The place right before a token, or right after one. */
export const before = ({ start }: Token): { readonly start: number; readonly end: number } => ({
  start,
  end: start,
});
export const after = ({ end }: Token): { readonly start: number; readonly end: number } => ({
  start: end,
  end,
});

/** Writes a value as a rule takes it. Quotes of any kind become straight double ones. */
export function asWritten(token: Token): string {
  return token.type === 'string' ? quote(token.value) : token.text;
}
