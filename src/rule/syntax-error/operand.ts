/** Operands and parentheses around the place where a parse stopped, as they are written. */
import type { Token } from '../parse/lexer.ts';
import type { Stop } from './stop.ts';

/** End of the operand that begins at `from`. */
export function operandEnd(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.type === 'op' && token.text === '(') depth++;
    else if (token.type === 'op' && token.text === ')') {
      if (depth === 0) return i;
      depth--;
    } else if (
      depth === 0 &&
      (token.type === 'and' || token.type === 'or' || token.type === 'nl' || token.text === '}')
    )
      return i;
  }
  return tokens.length;
}

/** Index of the innermost parenthesis that is open at the stop. */
export function lastOpen(stop: Stop): number | undefined {
  let depth = 0;
  for (let i = stop.index - 1; i >= 0; i--) {
    const token = stop.tokens[i]!;
    if (token.type !== 'op') continue;
    if (token.text === ')') depth++;
    else if (token.text === '(') {
      if (depth === 0) return i;
      depth--;
    } else if (token.text === '{' || token.text === '}') return undefined;
  }
  return undefined;
}

/** The text of some tokens, shortened. */
export function sourceOf(stop: Stop, tokens: readonly Token[]): string {
  const first = tokens[0];
  if (first === undefined) return '…';
  const text = stop.source.text.slice(first.start, tokens.at(-1)!.end).replace(/\s+/gu, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
