import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../event/event.ts';
import { dissectDecoder } from './dissect.ts';
import { decodeJson } from './json.ts';
import { addKeyValues } from './key-value.ts';
import { decodeLogfmt } from './logfmt.ts';
import type { DecodedLine } from './line-decoder.ts';

const result = (decoded: DecodedLine | string): JsonObject | string =>
  typeof decoded === 'string' ? decoded : decoded.document;

describe('json', () => {
  test.each([
    ['{"a":1}', { a: 1 }],
    ['{"a":1} ', { a: 1 }],
    ['{"a":1', 'not valid JSON'],
    ['[1]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['7', 'not a JSON object'],
    ['  ', 'the line is empty'],
  ])('%j', (line, expected) => {
    expect(result(decodeJson(line))).toEqual(expected);
  });
});

describe('logfmt', () => {
  test.each([
    [
      'level=error  msg="order \\"A17\\" timed\\nout" id=A17 retried',
      { level: 'error', msg: 'order "A17" timed\nout', id: 'A17', retried: true },
    ],
    ['a= b="" c=x=y a=2', { a: '', b: '', c: 'x=y' }],
    ['u="\\u652f\\\\" 订单=支付', { u: '支\\', 订单: '支付' }],
    ['__proto__=x toString=y', JSON.parse('{"__proto__":"x","toString":"y"}') as JsonObject],
    ['at java.lang.Thread.run', 'no key=value pair'],
    ['a="open', 'no closing quote for the one at character 3'],
    ['=x', 'no key at character 1'],
    ['', 'no key=value pair'],
  ])('%j', (line, expected) => {
    expect(result(decodeLogfmt(line))).toEqual(expected);
  });

  test('what is written as logfmt is read back', () => {
    const pair = fc.tuple(fc.stringMatching(/^[a-z.]{1,5}$/), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.uniqueArray(pair, { selector: ([key]) => key, minLength: 1 }), (pairs) => {
        const line = pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' ');
        expect(result(decodeLogfmt(line))).toEqual(Object.fromEntries(pairs));
      }),
    );
  });
});

describe('dissect', () => {
  test.each<[string, string, JsonObject | string]>([
    [
      '%{@timestamp} %{level} [%{service}] %{message}',
      '2026-11-23T08:00:00Z ERROR [pay] order: [A17] failed',
      {
        '@timestamp': '2026-11-23T08:00:00Z',
        level: 'ERROR',
        service: 'pay',
        message: 'order: [A17] failed',
      },
    ],
    [
      '%{ts->} %{+ts} %{+ts} %{host} sshd[%{?pid}]: %{message}',
      'Mar  7 06:55:46 web sshd[24200]: Failed password for root',
      { ts: 'Mar 7 06:55:46', host: 'web', message: 'Failed password for root' },
    ],
    ['[%{ts}]%{->} %{}|%{b}', '[1]    x|y|z', { ts: '1', b: 'y|z' }],
    ['%{+a/2},%{+a/1}', 'x,y', { a: 'y,x' }],
    ['%{a} %{+a/2} %{+a/1}', '1 2 3', { a: '1 3 2' }],
    ['%{*k}=%{&k} %{?j}:%{&j}', 'x=1 y:2', { x: '1', y: '2' }],
    ['%{[log][level]} %{m}', 'E x', { 'log.level': 'E', m: 'x' }],
    ['%{a},%{b},%{c}', 'x,,z', { a: 'x', b: '', c: 'z' }],
    ['<%{a}>', '<x>y', { a: 'x' }],
    ['%{a} - %{b}', 'x y', 'no " - " after %{a}'],
    ['<%{a}>', 'x>', 'the line does not begin with "<"'],
    ['%{m} end %{rest}', 'first\nsecond end third\nfourth', { m: 'first\nsecond', rest: 'third\nfourth' }],
    ['%{__proto__}', 'x', JSON.parse('{"__proto__":"x"}') as JsonObject],
  ])('%s on %j', (pattern, line, expected) => {
    expect(result(dissectDecoder(pattern)(line))).toEqual(expected);
  });

  test.each([
    ['', 'has no %{key}'],
    ['%{a}%{b}', 'need a delimiter between'],
    ['%{a} %{b', 'is not closed'],
    ['%{&a} x', 'needs a %{*a}'],
    ['%{*a} x', 'needs a %{&a}'],
  ])('the pattern %j is refused', (pattern, message) => {
    expect(() => dissectDecoder(pattern)).toThrow(message);
  });
});

describe('key=value pairs in text', () => {
  test.each([
    [
      'order failed, order_id=A17, user=7; took=12.5ms (code=E1)',
      { order_id: 'A17', user: '7', took: '12.5ms', code: 'E1' },
    ],
    ['msg="a b=c" why=\'it is\' x=', { msg: 'a b=c', why: 'it is' }],
    ['GET /pay?order=1&b=2 if (a==b) {c=3}', { c: '3' }],
    ['a=1 a=2 kept=new', { a: '1', kept: 'old' }],
    ['open="never closed b=2', { b: '2' }],
    ['state=已支付，订单 x', { state: '已支付，订单' }],
  ])('%j', (text, expected) => {
    const document: Record<string, string> = 'kept' in expected ? { kept: 'old' } : {};
    addKeyValues(text, document);
    expect(document).toEqual(expected);
  });
});

test('no line of any length or content makes a decoder throw or stall', () => {
  const dissect = dissectDecoder('%{a->} %{+a} [%{b}] %{c}');
  const lines = [
    'x'.repeat(10_000_000),
    'a="'.repeat(300_000),
    'a='.repeat(300_000),
    '\\"'.repeat(300_000),
    `a="${'\\'.repeat(300_000)}`,
    ' '.repeat(300_000),
    '['.repeat(300_000),
    '{"a":'.repeat(300_000),
    'a\0=\ud800',
  ];
  for (const line of lines) {
    for (const decode of [decodeJson, decodeLogfmt, dissect]) expect(decode(line)).toBeDefined();
    addKeyValues(line, {});
  }
});
