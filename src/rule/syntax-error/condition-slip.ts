/** The slips that people make in conditions, each with its fix spelled out in the author's own words. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import type { Token } from '../parse/lexer.ts';
import { spanOf } from '../source-text.ts';
import type { Stop } from './stop.ts';
import { mixedOperators } from './mixed-slip.ts';
import { lastOpen, operandEnd, sourceOf } from './operand.ts';
import { atFound } from './stop.ts';
import { CLAUSE_NAMES } from '../vocabulary.ts';

/** Operators of SQL and of speech. */
const WORD_OPERATORS = /^(?:in|is|eq|equals|contains|like|matches)$/iu;

const VALUE_TYPES = new Set(['word', 'string', 'number', 'prefix', 'duration', 'not']);

/** The error if this stop is a known slip in a condition. */
export function conditionSlip(stop: Stop): Diagnostic | undefined {
  const { types, parts } = stop.expected;
  const operandDone = types.has('and') || types.has('or');
  const operandWanted =
    parts.has('condition') || parts.has('operand') || parts.has('atom') || parts.has('value');
  if (!operandDone && !operandWanted && !parts.has('bound')) return undefined;
  return (
    unsupported(stop) ??
    (operandDone ? afterOperand(stop) : undefined) ??
    (operandWanted ? insteadOfOperand(stop) : undefined)
  );
}

function unsupported(stop: Stop): Diagnostic | undefined {
  const { found, before } = stop;
  if (found === undefined) return undefined;
  if (found.type === 'wildcard')
    return atFound(
      stop,
      'TOC114',
      `\`${found.text}\`: only \`word*\`, a \`*\` at the very end, is searched for`,
      `write the words in full or a prefix such as ${/[\p{L}\p{N}_]+/u.exec(found.text)?.[0] ?? 'order'}*; for "the field has a value" write field:*`,
    );
  if (found.type === 'regex')
    return atFound(
      stop,
      'TOC115',
      'regular expressions are not searched for',
      'write the words it would find, joined by OR, or a prefix such as order*',
    );
  if (found.type !== 'bad') return undefined;
  if (found.text === '~')
    return atFound(stop, 'TOC115', '`~` (fuzzy or near) is not searched for', 'write the exact words');
  if (found.text === '^')
    return atFound(
      stop,
      'TOC115',
      '`^` (boost) means nothing to a rule: it fires or it does not',
      'delete it',
    );
  if ((found.text === '[' || found.text === '{') && before?.text === ':') return brackets(stop);
  if (found.text === '!=' && before?.type === 'word')
    return atFound(stop, 'TOC101', '`!=` is no operator here', `write NOT ${before.text}:${nextText(stop)}`);
  return undefined;
}

function afterOperand(stop: Stop): Diagnostic | undefined {
  const { found, before, expected } = stop;
  if (found === undefined) return undefined;
  if (inValueList(stop)) return inList(stop);
  if (found.type === 'and' || found.type === 'or') return mixedOperators(stop);
  const word = lowerOperator(found);
  if (word !== undefined && word !== 'NOT')
    return atFound(stop, 'TOC112', `\`${found.text}\` is not an operator here`, `write ${word}`);
  if (before?.type === 'word' && before.text === 'not' && VALUE_TYPES.has(found.type))
    return at(
      spanOf(stop.source, before.start, before.end),
      'TOC112',
      '`not` is not an operator in a condition',
      'write NOT',
    );
  if (before?.type === 'word' && (found.text === '=' || found.text === '=='))
    return atFound(
      stop,
      'TOC101',
      `\`${found.text}\` does not compare in a condition`,
      `write ${before.text}:${nextText(stop)}`,
    );
  if (before?.type === 'word' && found.type === 'word' && WORD_OPERATORS.test(found.text)) {
    const fix = `write ${before.text}:${valuesBehind(stop)}`;
    return atFound(stop, 'TOC101', `\`${found.text}\` does not compare in a condition`, fix);
  }
  const clause = found.type === 'word' && CLAUSE_NAMES.includes(found.text);
  if (!VALUE_TYPES.has(found.type) || clause || stop.before?.type === 'nl' || !expected.types.has('and')) {
    if (found.type === 'bad' && (found.text === '-' || found.text === '!')) return minus(stop);
    return undefined;
  }
  return beside(stop);
}

/** Two values beside each other. */
function beside(stop: Stop): Diagnostic {
  const { found, tokens, index } = stop;
  const before = stop.before!;
  const left = operandBefore(stop);
  if (found!.type === 'not')
    return atFound(
      stop,
      'TOC113',
      'an operator is missing before NOT',
      `write ${left} AND ${restOf(stop, index)}`,
    );
  const fielded = tokens[index + 1]?.text === ':';
  const right = fielded ? `${found!.text}:${tokens[index + 2]?.text ?? '…'}` : found!.text;
  const words = !fielded && [before, found!].every(({ type }) => type === 'word' || type === 'number');
  const field = left === before.text ? '' : left.slice(0, left.length - before.text.length);
  return atFound(
    stop,
    'TOC113',
    `\`${left}\` and \`${right}\` stand beside each other without an operator`,
    words
      ? `for the phrase write ${field}"${before.text} ${found!.text}", for both anywhere ${left} AND ${right}`
      : `write ${left} AND ${right}, or OR`,
  );
}

/** The operand that ends before the stop, as written: `f:value` or a value. */
function operandBefore(stop: Stop): string {
  const { tokens, index } = stop;
  const fielded = tokens[index - 2]?.text === ':' && tokens[index - 3]?.type === 'word';
  return fielded ? `${tokens[index - 3]!.text}:${tokens[index - 1]!.text}` : tokens[index - 1]!.text;
}

/** From a token to the end of its operand, as written. */
function restOf(stop: Stop, from: number): string {
  return sourceOf(stop, stop.tokens.slice(from, operandEnd(stop.tokens, from + 1)));
}

/** What stands behind an operator of another language, as a field takes it: a value, or a list joined by OR. */
function valuesBehind({ tokens, index }: Stop): string {
  if (tokens[index + 1]?.text !== '(') return tokens[index + 1]?.text ?? 'value';
  const end = tokens.findIndex(({ text }, i) => i > index && text === ')');
  const values = tokens
    .slice(index + 2, end < 0 ? undefined : end)
    .filter(({ type }) => VALUE_TYPES.has(type));
  return `(${values.map(({ text }) => text).join(' OR ')})`;
}

function nextText(stop: Stop): string {
  return stop.tokens[stop.index + 1]?.text ?? 'value';
}

/** `f:[1 TO 5]`. */
function brackets(stop: Stop): Diagnostic {
  const field = stop.tokens[stop.index - 2]?.text ?? 'f';
  const rest = stop.source.text.slice(stop.found!.start);
  const [, low, high] = /^[[{]\s*(\S+)\s+TO\s+([^\s\]}]+)/.exec(rest) ?? [undefined, '1', '5'];
  const hint = `write ${field} >= ${low} AND ${field} <= ${high}`;
  return atFound(stop, 'TOC115', 'ranges are written with comparisons', hint);
}

function inValueList(stop: Stop): boolean {
  const open = lastOpen(stop);
  return open !== undefined && stop.tokens[open - 1]?.text === ':';
}

function inList(stop: Stop): Diagnostic | undefined {
  const { found } = stop;
  const open = lastOpen(stop)!;
  const field = stop.tokens[open - 2]?.text ?? 'f';
  const word = lowerOperator(found!);
  if (word === 'OR') return atFound(stop, 'TOC112', `\`${found!.text}\` is not an operator here`, 'write OR');
  if (found!.type === 'and' || word === 'AND')
    return atFound(
      stop,
      'TOC118',
      'the values of one field are joined by OR alone',
      `write ${field}:${stop.before?.text ?? 'a'} AND ${field}:${stop.tokens[stop.index + 1]?.text ?? 'b'}`,
    );
  if (found!.text === ',')
    return atFound(stop, 'TOC118', 'the values of a field are joined by OR', 'write OR for the comma');
  if (VALUE_TYPES.has(found!.type))
    return atFound(
      stop,
      'TOC113',
      `\`${stop.before!.text}\` and \`${found!.text}\` stand beside each other without an operator`,
      `write ${stop.before!.text} OR ${found!.text}, or "${stop.before!.text} ${found!.text}" for the phrase`,
    );
  return undefined;
}

function insteadOfOperand(stop: Stop): Diagnostic | undefined {
  const { found, before } = stop;
  if (found === undefined || found.type === 'nl') return undefined;
  if (found.type === 'not' && before?.type === 'or') {
    const operand = stop.tokens.slice(stop.index + 1, operandEnd(stop.tokens, stop.index + 1));
    return atFound(
      stop,
      'TOC111',
      'NOT as a bare operand of OR is read differently by Kibana and by people',
      `put it in parentheses: OR (NOT ${sourceOf(stop, operand)})`,
    );
  }
  if (found.type === 'not' && before?.type === 'not')
    return atFound(stop, 'TOC111', 'NOT NOT says nothing', 'leave both out');
  if (found.type === 'not' && inValueList(stop)) {
    const field = stop.tokens[lastOpen(stop)! - 2]?.text ?? 'f';
    return atFound(stop, 'TOC118', 'NOT cannot stand among the values of a field', `write NOT ${field}:(…)`);
  }
  if (found.type === 'and' || found.type === 'or')
    return atFound(
      stop,
      'TOC101',
      `${found.text} joins two conditions, but one side is missing`,
      `to search for the word write "${found.text}"`,
    );
  if (found.type === 'bad') return minus(stop);
  const field = stop.tokens[stop.index - 2]?.text;
  if (before?.text === ':' && field !== undefined && /^[<>]=?$/.test(found.text))
    return atFound(
      stop,
      'TOC101',
      'a comparison has no colon before it',
      `write ${field} ${found.text} ${nextText(stop)}`,
    );
  if (found.text === '*')
    return atFound(stop, 'TOC114', '`*` alone finds everything', 'write field:* for "the field has a value"');
  return undefined;
}

function minus(stop: Stop): Diagnostic | undefined {
  const { found, before, index } = stop;
  const rest = restOf(stop, index + 1);
  const joined = before?.type === 'and' || before?.type === 'or' || before?.type === 'not' ? '' : 'AND ';
  const first = before?.text === '(' || before?.text === '=' || before?.text === 'when' ? '' : joined;
  if (found?.text === '-' || found?.text === '!')
    return atFound(stop, 'TOC115', `\`${found.text}\` does not exclude here`, `write ${first}NOT ${rest}`);
  if (found?.text === '+')
    return atFound(stop, 'TOC115', '`+` does not require here', `write ${first}${rest}`);
  return undefined;
}

function lowerOperator(token: Token): string | undefined {
  if (token.type === 'word' && /^(?:and|or|not)$/iu.test(token.text)) return token.text.toUpperCase();
  if (token.type !== 'bad') return undefined;
  if (token.text === '&&' || token.text === '&') return 'AND';
  if (token.text === '||' || token.text === '|') return 'OR';
  return undefined;
}
