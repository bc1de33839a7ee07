/** The documents that Elasticsearch's archive makes from bytes are those that it makes of events. */
import { expect, test } from 'vitest';
import { orderLines } from '../../../test/bench/lines/order-lines.ts';
import { orderSchema } from '../../../test/bench/peers/order-schema.ts';
import { atEverySize } from '../../../test/support/growth.ts';
import { oddLine, textAndKeywords } from '../../../test/support/odd-lines.ts';
import {
  decodedPlainly,
  expectSameDocuments,
  expectSameOfOddLines,
} from '../../../test/support/same-documents.ts';
import { seeded } from '../../../test/support/timelines.ts';
import { Documents } from '../../archive/elasticsearch/documents.ts';
import { makeSchema } from '../../event/schema.ts';

const LINES = 5_000;

test('odd lines', () => {
  expect(expectSameOfOddLines(LINES, seeded(1))).toBeGreaterThan(LINES / 10);
});

test('batches of any size', () => {
  atEverySize((size, random) => {
    if (size > 500) return;
    expectSameDocuments(
      Array.from({ length: size }, () => oddLine(random)),
      textAndKeywords,
    );
  });
});

test('every line of an order service is copied, with blanks or without', () => {
  const { lines } = orderLines(2_000);
  const schema = orderSchema();
  expect(expectSameDocuments(lines, schema)).toBe(lines.length);
  const spaced = lines.map((line) => line.replaceAll('":', '": ').replaceAll(',"', ', "'));
  expect(expectSameDocuments(spaced, schema)).toBe(lines.length);
});

const fields = makeSchema([
  { name: 'a', type: 'text', paths: ['a', 'b'] },
  { name: 'upper', type: 'keyword', paths: ['a'], normalise: 'upper' },
  { name: 'lower', type: 'keyword', paths: ['b', 'a'], normalise: 'lower' },
  { name: 'number', type: 'double', paths: ['n', 'a'] },
  { name: 'whole', type: 'long', paths: ['n'] },
  { name: 'is "so"', type: 'boolean', paths: ['n', 'c'] },
  { name: 'when', type: 'date', paths: ['n'] },
]);

test('lines that need more than a copy, and those beside them', () => {
  const values = [
    ...[
      '1',
      '-0',
      '1.0',
      '1.5',
      '1e400',
      '1e21',
      '9007199254740992',
      '123456789012345',
      '0.000001',
      '"1"',
      'true',
    ],
    ...[
      '"Ab"',
      '"Äb"',
      '"a\\nB"',
      '"\\u0041"',
      '"\\ud800"',
      '"\\/"',
      '""',
      'null',
      '[]',
      '[1]',
      '[1,"x"]',
      '{}',
    ],
    ...[`"${'x'.repeat(8_191)}"`, `"${'x'.repeat(8_192)}"`, '"2026-11-20T08:00:00.000Z"', '{"@timestamp":1}'],
  ];
  const documents = values.flatMap((a) => values.map((n) => `{"a":${a},"n":${n},"c":true}`));
  const times = [
    '"2026-11-23T11:59:59.999Z"',
    '"2026-11-23T12:00:00Z"',
    '0',
    '"0001-01-01T00:00:00.001Z"',
    '"soon"',
  ];
  const timed = times.map((time) => `{"@timestamp":${time},"b":"B"}`);
  const others = [
    ...['', 'no JSON', '[1]', 'null', '{"a":1', '\ufeff{"a":1}', ' {"a":1}', '{"a":1}\r', '{"a":"\t"}'],
    ...['{"a":1,"a":2}', '{"x":1,"x":2}', '{"1":1,"0":2}', '{"__proto__":{"a":1},"raw":2,"tocsin.line":3}'],
    ...[`{"x":${'['.repeat(17)}${']'.repeat(17)}}`, `{"x":${'['.repeat(18)}${']'.repeat(18)}}`],
    ...[`{"a":"${'支'.repeat(3_000)}"}`, `{"a":"${'x'.repeat(70_000)}"}`, `{"${'k'.repeat(7_600)}":1}`],
  ];
  expectSameDocuments([...documents, ...timed, ...others, Buffer.from([0x7b, 0xff, 0x7d])], fields);
  expectSameDocuments([Buffer.from('{"a":"\xff"}', 'latin1'), '{"a":"x"}'], fields);
});

test('a line that is on no tape is made of its event', () => {
  const lines = decodedPlainly(['{"a":"x"}'], fields);
  expect(new Documents(fields).of(lines, 0).source).toBeTypeOf('string');
});
