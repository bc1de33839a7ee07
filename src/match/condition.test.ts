import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  and,
  compare,
  eventOf,
  exists,
  field,
  literal,
  not,
  or,
  prefix,
  value,
} from '../../test/support/conditions.ts';
import { analyze } from '../event/analysis/analyze.ts';
import type { JsonObject, JsonValue, LogEvent, Schema } from '../event/event.ts';
import { makeSchema } from '../event/schema.ts';
import type { Condition, Literal } from '../rule/ast.ts';
import { compileCondition } from './condition.ts';

const schema = makeSchema(
  [
    { name: 'level', type: 'keyword', paths: ['log.level', 'level'], normalise: 'upper' },
    { name: 'path', type: 'keyword', paths: ['path'] },
    { name: 'message', type: 'text', paths: ['message'] },
    { name: 'status', type: 'long', paths: ['status'] },
    { name: 'took', type: 'double', paths: ['took'] },
    { name: 'paid', type: 'boolean', paths: ['paid'] },
    { name: 'at', type: 'date', paths: ['at'] },
  ],
  ['level', 'message'],
);

const holds = (condition: Condition, document: JsonObject): boolean =>
  compileCondition(condition, schema)(eventOf(document));

describe('conditions', () => {
  test.each<[string, Condition, JsonObject, boolean]>([
    [
      'an unfielded value is looked up as a phrase in text',
      value('ERROR'),
      { message: 'an error happened' },
      true,
    ],
    ['and as the whole value in keywords', value('error'), { level: 'Error' }, true],
    ['but not in fields that are not searched', value('/api'), { path: '/api' }, false],
    ['a word is not found within another', value('timeout'), { message: 'order_timeout' }, false],
    [
      'a phrase is of consecutive tokens',
      value('payment gateway'),
      { message: 'Payment-Gateway down' },
      true,
    ],
    ['and in order', value('gateway payment'), { message: 'payment gateway' }, false],
    ['and not across other tokens', value('payment down'), { message: 'payment gateway down' }, false],
    ['and found after a false start', value('a a b'), { message: 'a a a b' }, true],
    ['and not across elements of an array', value('payment down'), { message: ['payment', 'down'] }, false],
    ['each Han character is a token', field('message', '支付成功'), { message: '订单支付成功了' }, true],
    ['a phrase without a token never holds', value('---'), { message: '---' }, false],
    ['a keyword is its whole value', field('path', '/api'), { path: '/api/order' }, false],
    ['case counts in a keyword', field('path', '/API'), { path: '/api' }, false],
    ['any of several values', field('path', '/a', '/b'), { path: ['/c', '/b'] }, true],
    [
      'any element of an array',
      field('level', 'error'),
      { log: [{ level: 'info' }, { level: 'error' }] },
      true,
    ],
    ['numbers are equal by value', field('status', literal('500.0', 'number')), { status: '500' }, true],
    ['doubles too', field('took', literal('1e1', 'number')), { took: 10 }, true],
    ['a fraction equals no long', field('status', literal('0.5', 'number')), { status: 0 }, false],
    ['booleans', field('paid', literal('false', 'word')), { paid: '' }, true],
    [
      'dates are equal as instants',
      field('at', '2026-11-23T08:00:00.000+08:00'),
      { at: '2026-11-23T00:00Z' },
      true,
    ],
    ['a value that cannot be one of the type', field('status', literal('abc', 'word')), { status: 1 }, false],
    ['a keyword prefix is case-sensitive', field('path', prefix('/Api')), { path: '/api' }, false],
    ['a keyword prefix', field('path', prefix('/api/o')), { path: '/api/order' }, true],
    ['a prefix is normalised as its field', field('level', prefix('err')), { level: 'ERROR' }, true],
    [
      'a text prefix is lower-cased and of one token',
      value(prefix('Order_t')),
      { message: 'ORDER_TIMEOUT' },
      true,
    ],
    [
      'a text prefix spans no two tokens',
      field('message', prefix('order t')),
      { message: 'order timeout' },
      false,
    ],
    ['a prefix of a number never holds', field('status', prefix('5')), { status: 500 }, false],
    ['an empty string exists', exists('path'), { path: '' }, true],
    ['null does not', exists('path'), { path: null }, false],
    ['nor does an object', exists('path'), { path: { a: 1 } }, false],
    ['a comparison of numbers', compare('status', '>=', '500'), { status: 500 }, true],
    ['of a long with a fraction', compare('status', '>', '499.5'), { status: 500 }, true],
    ['of any element', compare('took', '<', '1'), { took: [5, 0.5] }, true],
    ['of dates', compare('at', '<=', '2026-11-23T08:00:00.000Z'), { at: '2026-11-23T08:00:00.001Z' }, false],
    ['a missing field compares with nothing', compare('took', '<=', '1'), {}, false],
    ['NOT holds for an event without the field', not(field('level', 'info')), {}, true],
    ['AND', and(value('a'), value('b')), { message: 'b a' }, true],
    ['OR', or(value('x'), value('b')), { message: 'b a' }, true],
  ])('%s', (_name, condition, document, expected) => {
    expect(holds(condition, document)).toBe(expected);
  });

  test('an undeclared field is refused', () => {
    expect(() => compileCondition(exists('stauts'), schema)).toThrow('stauts is not declared');
  });
});

/** The same meaning, written down as slowly as it is said. */
function brute(condition: Condition, event: LogEvent, of: Schema): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.operands.every((operand) => brute(operand, event, of));
    case 'or':
      return condition.operands.some((operand) => brute(operand, event, of));
    case 'not':
      return !brute(condition.operand, event, of);
    case 'value':
      return of.searchFields.some((f) => bruteLeaf(f.name, condition.value, event, of));
    case 'field':
      return condition.values.some((literalValue) =>
        bruteLeaf(condition.field.name, literalValue, event, of),
      );
    case 'compare':
      throw new Error('not among the generated conditions');
    case 'exists':
      return event.values(of.byName.get(condition.field.name)!).length > 0;
  }
}

function bruteLeaf(name: string, { kind, text }: Literal, event: LogEvent, of: Schema): boolean {
  const declared = of.byName.get(name)!;
  const values = event.values(declared).map(String);
  if (declared.type === 'keyword') {
    const wanted = declared.normalise === 'upper' ? text.toUpperCase() : text;
    return values.some((v) => (kind === 'prefix' ? v.startsWith(wanted) : v === wanted));
  }
  const spaced = (t: string) =>
    ` ${analyze(t)
      .map((token) => token.text)
      .join(' ')} `;
  if (kind === 'prefix') return values.some((v) => spaced(v).includes(` ${text.toLowerCase()}`));
  return spaced(text).trim() !== '' && values.some((v) => spaced(v).includes(spaced(text)));
}

const words = fc
  .array(fc.constantFrom('a', 'b', 'B', 'a-b', '支付', 'error', ''), { maxLength: 4 })
  .map((w) => w.join(' '));
const leafValue: fc.Arbitrary<JsonValue> = fc.oneof(
  words,
  fc.constant(null),
  fc.array(words, { maxLength: 3 }),
);
const documents = fc.record({ level: leafValue, path: leafValue, message: leafValue }, { requiredKeys: [] });
const literals = fc.oneof(
  words.map((w) => literal(w)),
  fc.constantFrom('a', 'b', 'er', '支').map(prefix),
);
const names = fc.constantFrom('level', 'path', 'message');
const { condition: conditions } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    literals.map(value),
    fc
      .tuple(names, fc.array(literals, { minLength: 1, maxLength: 2 }))
      .map(([name, values]) => field(name, ...values)),
    names.map(exists),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((operands) => and(...operands)),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((operands) => or(...operands)),
    tie('condition').map(not),
  ),
}));

test('a compiled condition selects what its meaning spelled out selects', () => {
  fc.assert(
    fc.property(conditions, fc.array(documents, { maxLength: 8 }), (condition, docs) => {
      const compiled = compileCondition(condition, schema);
      const events = docs.map((document) => eventOf(document));
      expect(events.map(compiled)).toEqual(events.map((event) => brute(condition, event, schema)));
    }),
    { numRuns: 2000 },
  );
});
