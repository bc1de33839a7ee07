import { deepStrictEqual } from 'node:assert/strict';
import { expect, test } from 'vitest';
import { makeBatch } from '../../test/support/byte-batch.ts';
import { READ_AT_MS, source } from '../../test/support/compare-ways.ts';
import { countAlert, exists, ruleOf } from '../../test/support/conditions.ts';
import { atEverySize } from '../../test/support/growth.ts';
import { oddLine, textAndKeywords } from '../../test/support/odd-lines.ts';
import type { Schema } from '../event/event.ts';
import { keepSecret } from '../event/redact.ts';
import { makeSchema } from '../event/schema.ts';
import { fieldsOf, fieldsText, shownEventOf, ShownOfLine } from '../event/shown-line.ts';
import { createDecoder, type DecodedBatch } from '../ingest/decode/decoder.ts';
import { compileMatcher } from './matcher.ts';
import { ShownLater } from './shown-event.ts';

/** Every type of field, some by several paths, and the time of the event. */
const schema = makeSchema([
  ...textAndKeywords.fields,
  { name: 'upper', type: 'keyword', paths: ['level', 'message'], normalise: 'upper' },
  { name: 'unnamed', type: 'keyword', paths: [] },
]);

function decodedOf(lines: readonly string[], by: Schema): DecodedBatch {
  const rules = [ruleOf('r', { when: exists('message'), alert: countAlert([]) })];
  const { kernel } = compileMatcher({ rules, schema: by });
  return createDecoder(source(), by).decode(makeBatch(lines, { readAtMs: READ_AT_MS }), undefined, kernel);
}

/** What is shown of an event, made of its line as the journal keeps it; undefined where it keeps no line. */
function madeAgain(decoded: DecodedBatch, i: number): object | undefined {
  const event = decoded.event(i);
  const line = new ShownLater(event, schema).line();
  if (line === undefined) return undefined;
  const kept = { json: line.json, fields: fieldsOf(fieldsText(line.fields)) };
  return new ShownOfLine(kept, event.timeMs).toJSON();
}

test('what is shown of an event is the same when it is made of its line again', () => {
  let [made, all] = [0, 0];
  atEverySize((size, random) => {
    const lines = Array.from({ length: Math.min(size, 200) }, () => oddLine(random).slice(0, 4_000));
    const decoded = decodedOf(lines, schema);
    for (let i = 0; i < lines.length; i++) {
      const again = madeAgain(decoded, i);
      all += 1;
      if (again === undefined) continue;
      made += 1;
      deepStrictEqual(again, shownEventOf(decoded.event(i), schema.fields), lines[i]);
    }
  });
  expect(made).toBeGreaterThan(all / 4);
});

test('no line is kept that is long, that is not JSON, or in which a secret of the configuration stands', () => {
  keepSecret('hush-7041-hush');
  const ofLength = (length: number): string => `{"message":"${'x'.repeat(length - 14)}"}`;
  const lines = [
    ofLength(1_024),
    ofLength(1_025),
    '{"message":"a" "b"}',
    'plain text',
    '{"message":"it said hush-7041-hush"}',
    '{"message":"it said hush\\u002d7041\\u002dhush"}',
  ];
  const decoded = decodedOf(lines, schema);
  expect(lines.map((_, i) => madeAgain(decoded, i) !== undefined)).toEqual([
    true,
    ...lines.slice(1).map(() => false),
  ]);
});

test('a line is kept as long as its batch, and what is shown of it afterwards is the same', () => {
  const decoded = decodedOf(['{"message":"it failed","sku":7}'], schema);
  const later = new ShownLater(decoded.event(0), schema);
  expect(later.line()).toBeDefined();
  later.leaveBatch();
  expect(later.line()).toBeUndefined();
  expect(later.toJSON()).toEqual(shownEventOf(decoded.event(0), schema.fields));
});
