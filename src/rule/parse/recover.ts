/** Chooses the clause to leave out after a syntax error, so that the rest of its block can be read and checked too. */
import { headEnd, nameOf } from '../syntax-error/head-slip.ts';
import type { Token } from './lexer.ts';
import { CLAUSE_NAMES } from '../vocabulary.ts';

/**
 * Returns the tokens [from, to) of the clause that holds the faulty token. They go from the line on which it begins to the next line that
 * begins with a clause, or to the closing brace of the block. Undefined if the braces of the block do not show this.
 */
export function clauseRange(
  tokens: readonly Token[],
  fault: number,
): { readonly from: number; readonly to: number } | undefined {
  const depths = braceDepths(tokens);
  const open = tokens.findIndex((token) => isBrace(token, '{'));
  if (open < 0 || fault <= open) return undefined;
  const close = depths.findIndex((depth, i) => i > open && depth === 0);
  if (close < 0 || fault >= close) return undefined;
  const starts = (i: number): boolean =>
    depths[i] === 1 &&
    (i === open + 1 || tokens[i - 1]!.type === 'nl') &&
    (i === fault || CLAUSE_NAMES.includes(tokens[i]!.text));
  let from = fault;
  while (from > open + 1 && !starts(from)) from--;
  let to = fault + 1;
  while (to < close && !starts(to)) to++;
  // No line end may be left before the brace.
  if (to === close && tokens[from - 1]!.type === 'nl') from--;
  return { from, to };
}

/**
 * Returns the tokens with a readable head, if the faulty token stands in the head of a block: the name that was meant, and the brace. Then
 * a fault in the name of a rule does not hide other faults in the rule. Undefined if no block begins.
 */
export function withMendedHead(tokens: readonly Token[], fault: number): readonly Token[] | undefined {
  const [kind] = tokens;
  const end = headEnd(tokens);
  if (kind === undefined || fault === 0 || fault > end || end === tokens.length) return undefined;
  if (kind.text !== 'rule' && kind.text !== 'defaults') return undefined;
  const put = (type: Token['type'], text: string): Token => ({
    type,
    text,
    value: text,
    start: kind.end,
    end: kind.end,
  });
  const words = tokens.slice(1, end).map(({ value }) => value);
  const name = kind.text === 'rule' ? [put('word', nameOf(words.join(' ')))] : [];
  const rest = tokens[end]!.type === 'nl' ? [put('op', '{'), ...tokens.slice(end + 1)] : tokens.slice(end);
  return [kind, ...name, ...rest];
}

/** Returns how deep in braces each token stands. A brace counts to the outside of its block. */
function braceDepths(tokens: readonly Token[]): number[] {
  let depth = 0;
  return tokens.map((token) => {
    if (isBrace(token, '}')) depth--;
    const here = depth;
    if (isBrace(token, '{')) depth++;
    return here;
  });
}

function isBrace(token: Token, brace: '{' | '}'): boolean {
  return token.type === 'op' && token.text === brace;
}
