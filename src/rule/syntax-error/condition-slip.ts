/** The slips that people make in conditions. The fix of each is written out in the author's own words. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { remove, write } from '../mending.ts';
import { spanOf } from '../source-text.ts';
import { comparedByWord } from './compared-slip.ts';
import { foreignValue } from './foreign-slip.ts';
import { inList, notInList } from './list-slip.ts';
import type { Stop } from './stop.ts';
import { mixedOperators } from './mixed-slip.ts';
import { lastOpen, lowerOperator, operandEnd, sourceOf, textOf, VALUE_TYPES } from './operand.ts';
import { after, asWritten, atFound, before as rightBefore, between } from './stop.ts';
import { CLAUSE_NAMES } from '../vocabulary.ts';

/** Returns the error if this stop is a known slip in a condition. */
export function conditionSlip(stop: Stop): Diagnostic | undefined {
  const { types, parts } = stop.expected;
  const operandDone = types.has('and') || types.has('or');
  const operandWanted =
    parts.has('condition') || parts.has('operand') || parts.has('atom') || parts.has('value');
  if (!operandDone && !operandWanted && !parts.has('bound')) return undefined;
  return (
    foreignValue(stop) ??
    (operandDone ? afterOperand(stop) : undefined) ??
    (operandWanted ? insteadOfOperand(stop) : undefined)
  );
}

function afterOperand(stop: Stop): Diagnostic | undefined {
  const { found, before, expected } = stop;
  if (found === undefined) return undefined;
  if (inValueList(stop)) return inList(stop, lastOpen(stop)!);
  if (found.type === 'and' || found.type === 'or') return mixedOperators(stop);
  const compared = comparedByWord(stop);
  if (compared !== undefined) return compared;
  const word = lowerOperator(found);
  if (word !== undefined && word !== 'NOT')
    return atFound(stop, 'TOC112', `\`${found.text}\` is not an operator here`, write(found, word));
  if (before?.type === 'word' && before.text === 'not' && VALUE_TYPES.has(found.type))
    return at(
      spanOf(stop.source, before.start, before.end),
      'TOC112',
      '`not` is not an operator in a condition',
      write(before, 'NOT'),
    );
  const clause = found.type === 'word' && CLAUSE_NAMES.includes(found.text);
  if (!VALUE_TYPES.has(found.type) || clause || stop.before?.type === 'nl' || !expected.types.has('and')) {
    if (found.type === 'bad' && (found.text === '-' || found.text === '!')) return minus(stop);
    return undefined;
  }
  return beside(stop);
}

/** Finds two values beside each other. */
function beside(stop: Stop): Diagnostic {
  const { tokens, index } = stop;
  const found = stop.found!;
  const before = stop.before!;
  const left = operandBefore(stop);
  if (found.type === 'not')
    return atFound(
      stop,
      'TOC113',
      'an operator is missing before NOT',
      write(rightBefore(found), 'AND ', `write ${left} AND ${restOf(stop, index)}`),
    );
  const fielded = tokens[index + 1]?.text === ':';
  const right = fielded ? `${found.text}:${tokens[index + 2]?.text ?? '…'}` : found.text;
  const words = !fielded && [before, found].every(({ type }) => type === 'word' || type === 'number');
  const field = left === before.text ? '' : left.slice(0, left.length - before.text.length);
  const joined = (word: string) => [{ ...rightBefore(found), text: `${word} ` }];
  return atFound(
    stop,
    'TOC113',
    `\`${left}\` and \`${right}\` stand beside each other without an operator`,
    words
      ? {
          words: `for the phrase write ${field}"${before.text} ${found.text}", for both anywhere ${left} AND ${right}`,
          fixes: [[{ ...between(before, found), text: `"${before.text} ${found.text}"` }], joined('AND')],
        }
      : { words: `write ${left} AND ${right}, or OR`, fixes: [joined('AND'), joined('OR')] },
  );
}

/** Returns the operand that ends before the stop, as written: `f:value` or a value. */
function operandBefore(stop: Stop): string {
  const { tokens, index } = stop;
  const fielded = tokens[index - 2]?.text === ':' && tokens[index - 3]?.type === 'word';
  return fielded ? `${tokens[index - 3]!.text}:${tokens[index - 1]!.text}` : tokens[index - 1]!.text;
}

/** Returns the text from a token to the end of its operand, as written. */
function restOf(stop: Stop, from: number): string {
  return sourceOf(stop, stop.tokens.slice(from, operandEnd(stop.tokens, from + 1)));
}

function inValueList(stop: Stop): boolean {
  const open = lastOpen(stop);
  return open !== undefined && stop.tokens[open - 1]?.text === ':';
}

function insteadOfOperand(stop: Stop): Diagnostic | undefined {
  const { found, before } = stop;
  if (found === undefined || found.type === 'nl') return undefined;
  if (found.type === 'not' && before?.type === 'or') {
    const operand = stop.tokens.slice(stop.index, operandEnd(stop.tokens, stop.index + 1));
    const fix = write(
      between(found, operand.at(-1)!),
      `(${textOf(stop, operand)})`,
      `put it in parentheses: OR (${sourceOf(stop, operand)})`,
    );
    return atFound(
      stop,
      'TOC111',
      'NOT as a bare operand of OR is read differently by Kibana and by people',
      fix,
    );
  }
  if (found.type === 'not' && before?.type === 'not')
    return atFound(
      stop,
      'TOC111',
      'NOT NOT says nothing',
      remove({ start: before.start, end: stop.tokens[stop.index + 1]?.start ?? found.end }, 'leave both out'),
    );
  if (found.type === 'not' && inValueList(stop)) return notInList(stop, lastOpen(stop)!);
  if (found.type === 'and' || found.type === 'or')
    return atFound(stop, 'TOC101', `${found.text} joins two conditions, but one side is missing`, {
      words: `delete it; to search for the word write "${found.text}"`,
      fixes: [
        [{ start: found.start, end: found.end, text: '' }],
        [{ start: found.start, end: found.end, text: `"${found.text}"` }],
      ],
    });
  if (found.type === 'bad') return minus(stop);
  const field = stop.tokens[stop.index - 2];
  if (before?.text === ':' && field !== undefined && /^[<>]=?$/.test(found.text)) {
    const value = stop.tokens[stop.index + 1];
    const text = `${field.text} ${found.text} ${value === undefined ? 'value' : asWritten(value)}`;
    const fix = value === undefined ? `write ${text}` : write(between(field, value), text);
    return atFound(stop, 'TOC101', 'a comparison has no colon before it', fix);
  }
  if (found.text === '*')
    return atFound(stop, 'TOC114', '`*` alone finds everything', 'write field:* for "the field has a value"');
  return undefined;
}

function minus(stop: Stop): Diagnostic | undefined {
  const { found, before, index, tokens } = stop;
  if (found === undefined) return undefined;
  const rest = restOf(stop, index + 1);
  const joined = before?.type === 'and' || before?.type === 'or' || before?.type === 'not' ? '' : 'AND ';
  const first = before?.text === '(' || before?.text === '=' || before?.text === 'when' ? '' : joined;
  const sign = { start: found.start, end: tokens[index + 1]?.start ?? after(found).end };
  if (found.text === '-' || found.text === '!')
    return atFound(
      stop,
      'TOC115',
      `\`${found.text}\` does not exclude here`,
      write(sign, `${first}NOT `, `write ${first}NOT ${rest}`),
    );
  if (found.text === '+')
    return atFound(stop, 'TOC115', '`+` does not require here', write(sign, first, `write ${first}${rest}`));
  return undefined;
}
