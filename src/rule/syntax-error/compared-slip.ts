/** Fields compared as in other languages: `level = 'ERROR'`, `status in (A, B)`, `status is not FAILED`, `order_id is null`. */
import type { Diagnostic } from '../diagnostics.ts';
import { write, type Hint } from '../mending.ts';
import { closing, VALUE_TYPES } from './operand.ts';
import type { Stop } from './stop.ts';
import { asWritten, atFound, between } from './stop.ts';

/** Operators of SQL and of speech. */
const WORD_OPERATORS = /^(?:in|is|eq|equals|contains|like|matches)$/iu;
const NOTHING = /^(?:null|nil|none|missing|empty|absent)$/iu;

/** Returns the error if a field stands before such an operator. */
export function comparedByWord(stop: Stop): Diagnostic | undefined {
  const { found, before: field, tokens, index } = stop;
  if (found === undefined || field?.type !== 'word' || field.text === 'not') return undefined;
  const isNot = (at: number): boolean =>
    /^not$/iu.test(tokens[at]?.text ?? '') && tokens[at]?.type !== 'string';
  const isOperator = (at: number): boolean =>
    tokens[at]?.type === 'word' && WORD_OPERATORS.test(tokens[at].text);
  const isSign = found.text === '=' || found.text === '==';
  // `status not in (A, B)`, `status is not FAILED`.
  const notFirst = isNot(index) && isOperator(index + 1);
  if (!isSign && !isOperator(index) && !notFirst) return undefined;
  const notBehind = !isSign && isNot(index + 1);
  const at = index + (notFirst || notBehind ? 2 : 1);
  const operator = [found.text, ...(notFirst || notBehind ? [tokens[index + 1]!.text] : [])].join(' ');
  const hint = comparison(stop, at, notFirst || notBehind, operator);
  return atFound(stop, 'TOC101', `\`${operator}\` does not compare in a condition`, hint);
}

/** The fix: the field and its values in the language's words. `at`: index of the first token that the field is compared with. */
function comparison(stop: Stop, at: number, isNot: boolean, operator: string): Hint {
  const { tokens, before } = stop;
  const field = before!;
  const value = tokens[at];
  const not = isNot ? 'NOT ' : '';
  if (value === undefined || !(VALUE_TYPES.has(value.type) || value.text === '('))
    return `write ${not}${field.text}:value`;
  if (value.type === 'word' && NOTHING.test(value.text)) {
    const text = isNot ? `${field.text}:*` : `NOT ${field.text}:*`;
    return write(between(field, value), text);
  }
  if (value.text === '(' && value.type === 'op') return listed(stop, at, not);
  const like = /^like$/iu.test(operator.split(' ').at(-1)!) ? likePrefix(value.value) : undefined;
  const text = `${not}${field.text}:${like ?? asWritten(value)}`;
  const part = /contains/iu.test(operator)
    ? `write ${text}: a text is searched for it, a keyword must be it as a whole`
    : undefined;
  return write(between(field, value), text, part);
}

/** Writes `(A, B)` as a field takes it: its values joined by OR. */
function listed({ tokens, before }: Stop, open: number, not: string): Hint {
  const end = closing(tokens, open);
  const values = tokens
    .slice(open + 1, end)
    .filter(({ type }) => VALUE_TYPES.has(type))
    .map(asWritten);
  const text = `${not}${before!.text}:(${values.join(' OR ')})`;
  return end === undefined || values.length === 0
    ? `write ${text}`
    : write(between(before!, tokens[end]!), text);
}

/** Reads a pattern of SQL: `'/api%'` is the prefix /api*. Undefined for any other pattern. */
function likePrefix(pattern: string): string | undefined {
  const prefix = /^([\p{L}\p{N}_@./][\p{L}\p{N}_@./+-]*)%$/u.exec(pattern)?.[1];
  return prefix === undefined ? undefined : `${prefix}*`;
}
