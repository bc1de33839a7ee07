import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  and,
  countAlert,
  eventOf,
  exists,
  field,
  fieldName,
  not,
  or,
  ruleOf,
  span,
  value,
} from '../../test/support/conditions.ts';
import type { JsonObject } from '../event/event.ts';
import { keepSecret } from '../event/redact.ts';
import { makeSchema } from '../event/schema.ts';
import type { AlertSpec, Condition, Rule } from '../rule/ast.ts';
import { compileCondition } from './condition.ts';
import { compileMatcher } from './matcher.ts';

const schema = makeSchema([
  { name: 'service', type: 'keyword', paths: ['service'] },
  { name: 'code', type: 'long', paths: ['code'] },
  { name: 'message', type: 'text', paths: ['message'] },
]);

const lets = (conditions: Readonly<Record<string, Condition>>): Map<string, Condition> =>
  new Map(Object.entries(conditions));
const ref = (name: string) => ({ name, span });

const matching = (rule: Partial<Rule>, ...documents: readonly JsonObject[]) =>
  compileMatcher({ rules: [ruleOf('r', rule)], schema }).match(
    documents.map((document, i) => eventOf(document, 'in_time', i)),
  );
const conditionsOf = (rule: Partial<Rule>, ...documents: readonly JsonObject[]) =>
  matching(rule, ...documents).matches.map((match) => match.conditions.join());

describe('which events match a rule', () => {
  test('with `when`, those that satisfy it; the lets that hold as well are named', () => {
    const rule = {
      when: value('error'),
      lets: lets({ failed: value('failed') }),
      alert: countAlert([], 'failed'),
    };
    const documents = [{ message: 'failed' }, { message: 'error' }, { message: 'error failed' }];
    expect(conditionsOf(rule, ...documents)).toEqual(['when', 'when,failed']);
  });

  test('without it, those that satisfy a let used in the alert', () => {
    const rule = { lets: lets({ a: value('a'), b: value('b') }), alert: countAlert([], 'a') };
    expect(conditionsOf(rule, { message: 'a b' }, { message: 'b' })).toEqual(['a']);
  });

  test('`until` is one of them', () => {
    const alert: AlertSpec = {
      kind: 'then',
      steps: [ref('a'), ref('b')],
      until: ref('u'),
      within: { ms: 1, span },
      by: [],
      span,
    };
    const rule = { lets: lets({ a: value('a'), b: value('b'), u: value('u') }), alert };
    expect(conditionsOf(rule, { message: 'u' }, { message: 'b a' }, { message: 'x' })).toEqual(['u', 'a,b']);
  });

  test('only those of its sources', () => {
    expect(conditionsOf({ when: value('a'), from: ['payments'] }, { message: 'a' })).toEqual([]);
    expect(conditionsOf({ when: value('a'), from: ['payments', 'orders'] }, { message: 'a' })).toEqual([
      'when',
    ]);
  });

  test('matches come in the order of the events, then of the rules', () => {
    const rules = [
      ruleOf('z', { when: not(value('x')) }),
      ruleOf('b', { when: value('a') }),
      ruleOf('a', { when: value('a') }),
    ];
    const events = [eventOf({ message: 'a' }), eventOf({ message: 'b' }), eventOf({ message: 'a a' })];
    const { matches } = compileMatcher({ rules, schema }).match(events);
    expect(matches.map((match) => match.rule)).toEqual(['z', 'b', 'a', 'z', 'z', 'b', 'a']);
  });
});

describe('what a match carries', () => {
  test('group values in the order of the rule, the event, and what people are shown', () => {
    const message = `a ${'😀'.repeat(300)}`;
    const codes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const { matches } = matching(
      { when: value('a'), alert: countAlert(['service']) },
      { message, service: 'pay', code: codes },
    );
    const match = matches[0]!;
    expect(match).toMatchObject({
      rule: 'r',
      group: ['pay'],
      timeMs: 1_000,
      position: { source: 'orders', offset: 0 },
    });
    expect(match.shown.fields.code).toEqual(codes.slice(0, 8));
    expect(match.shown.fields.message).toEqual([message.slice(0, 256)]);
    expect(match.shown.excerpt).toHaveLength(500);
    expect(match.shown.excerpt.isWellFormed()).toBe(true);
    expect(match).not.toHaveProperty('values');
  });

  test('the cause of a stack trace is kept, which stands at its end', () => {
    const message = `a failed\n${'\tat shop.Order\n'.repeat(60)}Caused by: shop.PoolEmpty: db-3`;
    const { matches } = matching({ when: value('a'), alert: countAlert([]) }, { message });
    expect(matches[0]!.shown.fields.message).toEqual(['a failed\n…\nCaused by: shop.PoolEmpty: db-3']);
    expect(matches[0]!.shown.excerpt).toContain('shop.PoolEmpty: db-3');
  });

  test('the values that the alert form reads, whole', () => {
    const alert: AlertSpec = {
      kind: 'new',
      field: fieldName('service'),
      within: { ms: 1, span },
      by: [],
      span,
    };
    const service = Array.from({ length: 9 }, (_, i) => 'x'.repeat(300 + i));
    expect(matching({ when: exists('service'), alert }, { service }).matches[0]!.values).toEqual({ service });
  });
});

test('what people are shown of an event holds no secret of the configuration; groups and values are as they are', () => {
  const secret = 'hush-7041-hush';
  keepSecret(secret);
  keepSecret('70417041');
  const message = `${'x'.repeat(495)} ${secret} end`;
  const rule = { when: value('end'), alert: countAlert(['service']) };
  const [match] = matching(rule, { message, service: secret, code: 70_417_041 }).matches;
  expect(match!.shown.excerpt + JSON.stringify(match!.shown.fields)).not.toMatch(/hush|7041/u);
  expect(match!.shown.fields['service']).toEqual(['[redacted]']);
  expect(match!.shown.fields['code']).toEqual(['[redacted]']);
  expect(match!.group).toEqual([secret]);
  const [plain] = matching(rule, { message: 'end', service: 'pay', code: 7 }).matches;
  expect(plain!.shown.fields).toEqual({ service: ['pay'], code: [7], message: ['end'] });
});

describe('what a rule misses', () => {
  test('events without one value for each `by` field are counted', () => {
    const rule = { when: value('a'), alert: countAlert(['service', 'code']) };
    const documents = [
      { message: 'a', service: 'x', code: 1 },
      { message: 'a', service: 'x' },
      { message: 'a', service: ['x', 'y'], code: 1 },
      { message: 'b' },
    ];
    const { matches, missed } = matching(rule, ...documents);
    expect(matches.map((match) => match.group)).toEqual([['x', 1]]);
    expect(missed).toEqual([{ rule: 'r', reason: 'group_missing', count: 2 }]);
  });

  test('events too late or in the future that it would have matched are counted', () => {
    const matcher = compileMatcher({
      rules: [ruleOf('r', { when: value('a'), alert: countAlert(['service']) })],
      schema,
    });
    const { matches, missed } = matcher.match([
      eventOf({ message: 'a' }, 'too_late'),
      eventOf({ message: 'a' }, 'too_late'),
      eventOf({ message: 'a' }, 'future'),
      eventOf({ message: 'b' }, 'future'),
    ]);
    expect(matches).toEqual([]);
    expect(missed).toEqual([
      { rule: 'r', reason: 'too_late', count: 2 },
      { rule: 'r', reason: 'future', count: 1 },
    ]);
  });

  test('those that came too late are given as well, the first hundred, where they have a group', () => {
    const matcher = compileMatcher({
      rules: [ruleOf('r', { when: value('a'), alert: countAlert(['service']) })],
      schema,
    });
    const late = eventOf({ message: 'a', service: 'pay' }, 'too_late');
    const { late: given } = matcher.match([
      eventOf({ message: 'a' }, 'too_late'),
      eventOf({ message: 'a', service: 'pay' }, 'future'),
      late,
    ]);
    expect(given).toMatchObject([{ rule: 'r', group: ['pay'], conditions: ['when'], timeMs: late.timeMs }]);
    expect(matcher.match(Array.from({ length: 300 }, () => late)).late).toHaveLength(100);
  });
});

const word = fc.constantFrom('a', 'b', 'c', 'd', 'e f');
const { condition: conditions } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    word.map(value),
    word.map((w) => field('service', w)),
    fc.constantFrom('1', '2').map((code) => field('code', code)),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((operands) => and(...operands)),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((operands) => or(...operands)),
    tie('condition').map(not),
    fc.constant(exists('code')),
  ),
}));
const documents = fc.record(
  {
    service: fc.oneof(word, fc.array(word)),
    code: fc.constantFrom('1', 1, 2, 'x'),
    message: fc.array(word, { maxLength: 4 }).map((w) => w.join(' ')),
  },
  { requiredKeys: [] },
);

test('a set of rules matches what each of its rules alone selects, whatever the index leaves out', () => {
  fc.assert(
    fc.property(
      fc.array(conditions, { maxLength: 12 }),
      fc.array(documents, { maxLength: 6 }),
      (whens, docs) => {
        const rules = whens.map((when, i) => ruleOf(`r${i}`, { when }));
        const events = docs.map((document, i) => eventOf(document, 'in_time', i));
        const found = compileMatcher({ rules, schema })
          .match(events)
          .matches.map((match) => `${match.position.offset} ${match.rule}`);
        const expected = events.flatMap((event) =>
          whens.flatMap((when, i) =>
            compileCondition(when, schema)(event) ? [`${event.position.offset} r${i}`] : [],
          ),
        );
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 1000 },
  );
});

test('what is learned of the stream changes no match', () => {
  const whens = [
    and(field('service', 'a'), value('c d')),
    and(value('a'), or(value('b'), field('code', '7'))),
    or(field('code', '1', '2'), value('nowhere')),
    and(not(value('a')), exists('code')),
  ];
  const rules = whens.map((when, i) => ruleOf(`r${i}`, { when }));
  const matcher = compileMatcher({ rules, schema });
  const holds = whens.map((when) => compileCondition(when, schema));
  const letters = ['a', 'b', 'c', 'd'];
  for (let i = 0; i < 3_000; i += 1) {
    // From half of the way on other words are common.
    const message = [i, i >> 2, i >> 4].map((n) => letters[i < 1_500 ? n % 2 : n % 4]).join(' ');
    const event = eventOf({ message, service: letters[i % 3]!, code: i % 9 }, 'in_time', i);
    const expected = rules.filter((_, r) => holds[r]!(event)).map(({ name }) => name);
    expect(matcher.match([event]).matches.map(({ rule }) => rule)).toEqual(expected);
  }
});
