/**
 * The step between lexer and grammar. It removes the line ends that cannot end a clause, and cuts a file into its top-level blocks, so that
 * an error in one rule does not hide errors in the next.
 */
import type { Token } from './lexer.ts';
import { CLAUSE_NAMES } from '../vocabulary.ts';

const OPENS_LINE = new Set(['{', '(', ',', '=', '/', 'and', 'then', 'AND', 'OR', 'NOT', ':']);
/** Tokens that continue the clause of the line above. */
const GOES_ON = new Set([
  '}',
  ')',
  '{',
  ',',
  '/',
  'AND',
  'OR',
  'and',
  'then',
  'not',
  'within',
  'by',
  'until',
  'seen',
]);
const GOES_ON_TOO = new Set(['expected', 'skew', '>', '>=', '<', '<=', '==']);

/** Returns the tokens without line ends that have no meaning, and never two line ends in a row. */
export function withoutIdleLineEnds(tokens: readonly Token[]): Token[] {
  const kept: Token[] = [];
  let parens = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.text === '(' && token.type === 'op') parens++;
    else if (token.text === ')' && token.type === 'op') parens = Math.max(0, parens - 1);
    else if (token.type === 'op' && (token.text === '{' || token.text === '}')) parens = 0;
    if (token.type !== 'nl') {
      kept.push(token);
      continue;
    }
    const before = kept.at(-1);
    const after = nextOnLine(tokens, i);
    const idle =
      before === undefined ||
      after === undefined ||
      before.type === 'nl' ||
      (parens > 0 && !beginsClause(tokens, i)) ||
      (before.type !== 'string' &&
        OPENS_LINE.has(before.text) &&
        (before.text === '{' || !beginsClause(tokens, i))) ||
      (after.type !== 'string' && (GOES_ON.has(after.text) || GOES_ON_TOO.has(after.text)));
    if (idle) continue;
    kept.push(token);
    parens = 0;
  }
  return kept;
}

/** True if a line after a trailing operator can only be a clause: then the operand is missing. */
function beginsClause(tokens: readonly Token[], lineEnd: number): boolean {
  let first = lineEnd + 1;
  while (tokens[first]?.type === 'nl') first++;
  const second = tokens[first + 1];
  if (second === undefined || !CLAUSE_NAMES.includes(tokens[first]!.text)) return false;
  return (
    second.type === 'word' || second.type === 'string' || second.type === 'duration' || second.text === '{'
  );
}

function nextOnLine(tokens: readonly Token[], i: number): Token | undefined {
  for (let next = i + 1; next < tokens.length; next++) if (tokens[next]!.type !== 'nl') return tokens[next];
  return undefined;
}

/**
 * Cuts the tokens of a file at each `rule` or `defaults` that begins a block: outside braces, or at the very start of a line
 * (so that a forgotten `}` is the fault of one rule only). A `let` outside of all braces is a block of its own. `column(token)` is 1-based.
 */
export function splitBlocks(tokens: readonly Token[], column: (token: Token) => number): Token[][] {
  const blocks: Token[][] = [];
  let current: Token[] = [];
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    const isKey = tokens[i + 1]?.type === 'op' && tokens[i + 1]?.text !== '{';
    const beginsLine = tokens[i - 1]?.type === 'nl';
    const inLet = isWord(current[0]?.type === 'nl' ? current[1] : current[0], 'let');
    const begins =
      isWord(token, 'rule') || isWord(token, 'defaults')
        ? // In the condition of a `let` both are words to search for, unless a line begins with them.
          inLet
          ? !isKey && beginsLine
          : depth <= 0 || (!isKey && column(token) === 1)
        : isWord(token, 'let') && depth <= 0 && beginsLine && (inLet || column(token) === 1);
    if (begins && current.length > 0) {
      blocks.push(current);
      current = [];
      depth = 0;
    }
    if (token.type === 'op' && token.text === '{') depth++;
    else if (token.type === 'op' && token.text === '}') depth--;
    current.push(token);
  }
  if (current.length > 0) blocks.push(current);
  return blocks;
}

const isWord = (token: Token | undefined, text: string): boolean =>
  token?.type === 'word' && token.text === text;
