/** The operands and parentheses around the place at which a parse stopped, as they are written. */
import type { Token } from '../parse/lexer.ts';
import type { Stop } from './stop.ts';

/** Tokens that may be a value. */
export const VALUE_TYPES = new Set(['word', 'string', 'number', 'prefix', 'duration', 'not']);

/** Returns the end of the operand that begins at `from`. */
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

/** Returns the index of the innermost parenthesis that is open at the stop. */
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

/** Returns the text of some tokens as it stands, line ends and comments included; `…` if there are no tokens. */
export function textOf(stop: Stop, tokens: readonly Token[]): string {
  const first = tokens[0];
  return first === undefined ? '…' : stop.source.text.slice(first.start, tokens.at(-1)!.end);
}

/** Returns the text of the tokens on one line and shortened, for hints in words. */
export function sourceOf(stop: Stop, tokens: readonly Token[]): string {
  const text = textOf(stop, tokens).replace(/\s+/gu, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Returns the index of the parenthesis that closes the one at `open`; undefined if none does. */
export function closing(tokens: readonly Token[], open: number): number | undefined {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const { type, text } = tokens[i]!;
    if (type !== 'op') continue;
    if (text === '(') depth++;
    else if (text === ')' && --depth === 0) return i;
    else if (text === '{' || text === '}') return undefined;
  }
  return undefined;
}

/** Returns the operator that a word or sign of another language means. */
export function lowerOperator(token: Token): 'AND' | 'OR' | 'NOT' | undefined {
  if (token.type === 'word' && /^(?:and|or|not)$/iu.test(token.text))
    return token.text.toUpperCase() as 'AND' | 'OR' | 'NOT';
  if (token.type !== 'bad') return undefined;
  if (token.text === '&&' || token.text === '&') return 'AND';
  if (token.text === '||' || token.text === '|') return 'OR';
  return undefined;
}
