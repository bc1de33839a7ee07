/** Slips in the list of values of one field: `f:(a, b)`, `f:(a AND b)`, `f:(NOT a)`. */
import type { Diagnostic } from '../diagnostics.ts';
import { write, writeOneOf, type Hint } from '../mending.ts';
import { closing, lowerOperator, VALUE_TYPES } from './operand.ts';
import type { Stop } from './stop.ts';
import { asWritten, atFound, before as rightBefore, between } from './stop.ts';

/** Finds something between two values of the list that opens at index `open`. */
export function inList(stop: Stop, open: number): Diagnostic | undefined {
  const found = stop.found!;
  const before = stop.before!;
  const word = lowerOperator(found);
  if (word === 'OR')
    return atFound(stop, 'TOC112', `\`${found.text}\` is not an operator here`, write(found, 'OR'));
  if (found.type === 'and' || word === 'AND')
    return atFound(stop, 'TOC118', 'the values of one field are joined by OR alone', allOfThem(stop, open));
  if (found.text === ',')
    return atFound(
      stop,
      'TOC118',
      'the values of a field are joined by OR',
      write(found, ' OR ', 'write OR for the comma'),
    );
  if (!VALUE_TYPES.has(found.type)) return undefined;
  const both = [`OR ${asWritten(found)}`, `"${before.text} ${found.text}"`] as const;
  return atFound(
    stop,
    'TOC113',
    `\`${before.text}\` and \`${found.text}\` stand beside each other without an operator`,
    {
      words: `write ${before.text} ${both[0]}, or ${both[1]} for the phrase`,
      fixes: [
        ...write(rightBefore(found), 'OR ').fixes,
        ...(before.type === 'string' || found.type === 'string'
          ? []
          : writeOneOf(between(before, found), [both[1]], '').fixes),
      ],
    },
  );
}

/** Offers `f:a AND f:b` for `f:(a AND b)`. The fix has only words if the list holds more than values and AND. */
function allOfThem(stop: Stop, open: number): Hint {
  const { tokens, index } = stop;
  const field = tokens[open - 2];
  const name = field?.text ?? 'f';
  const first = stop.before === undefined ? 'a' : asWritten(stop.before);
  const second = tokens[index + 1] === undefined ? 'b' : asWritten(tokens[index + 1]!);
  const end = closing(tokens, open);
  const inside = tokens.slice(open + 1, end);
  const values = inside.filter((token) => VALUE_TYPES.has(token.type) && lowerOperator(token) === undefined);
  const others = inside.filter((token) => !values.includes(token));
  const plain = others.every((token) => token.type === 'and' || lowerOperator(token) === 'AND');
  const words = `write ${name}:${first} AND ${name}:${second}`;
  if (field === undefined || end === undefined || !plain) return words;
  const all = values.map((value) => `${name}:${asWritten(value)}`).join(' AND ');
  const mixes = [tokens[open - 3], tokens[end + 1]].some((token) => token?.type === 'or');
  return write(
    between(field, tokens[end]!),
    mixes ? `(${all})` : all,
    values.length > 2 ? `write ${all}` : words,
  );
}

/** Offers `NOT f:a` for `f:(NOT a)`. */
export function notInList(stop: Stop, open: number): Diagnostic {
  const { tokens } = stop;
  const field = tokens[open - 2];
  const end = closing(tokens, open);
  const values = tokens.slice(open + 2, end);
  const listed = values.map((token) => (VALUE_TYPES.has(token.type) ? asWritten(token) : token.text));
  const isWhole =
    stop.index === open + 1 &&
    values.every(({ type }, i) => (i % 2 === 0 ? VALUE_TYPES.has(type) : type === 'or'));
  const hint: Hint =
    field === undefined || end === undefined || !isWhole
      ? `write NOT ${field?.text ?? 'f'}:(…)`
      : write(
          between(field, tokens[end]!),
          `NOT ${field.text}:${listed.length === 1 ? listed[0]! : `(${listed.join(' ')})`}`,
        );
  return atFound(stop, 'TOC118', 'NOT cannot stand among the values of a field', hint);
}
