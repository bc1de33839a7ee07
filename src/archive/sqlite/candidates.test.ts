import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  archiveBatch,
  condition,
  literal,
  logEvent,
  orderSchema,
} from '../../../test/support/archived-events.ts';
import { openReading } from '../../../test/support/event-reading.ts';
import type { JsonObject, JsonValue } from '../../event/event.ts';
import { compileCondition } from '../../match/condition.ts';
import type { Condition, Literal } from '../../rule/ast.ts';
import { blockQuery } from './block-query.ts';
import { BlockHits } from './blocks/block-hits.ts';
import { candidates } from './candidates.ts';
import { EventStore } from './store.ts';
import { openForReading } from './tables.ts';

const WORDS = [
  'order_timeout',
  'Order',
  'pay-service',
  'pay',
  'ERROR',
  'error',
  'İstanbul',
  'ΣΑΣ',
  '支付成功',
  'a.b',
  '1.0',
  '1',
  '500',
  '___',
  "can't",
  '👩‍👩‍👦 x',
  'ß',
];
const text = fc
  .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(' '));
const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
  text,
  fc.constantFrom(...WORDS),
  fc.constantFrom(1, 500, -0, 1.5, true, null),
);
const value: fc.Arbitrary<JsonValue> = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }));
const FIELDS = orderSchema.fields.map((field) => field.name);
const document: fc.Arbitrary<JsonObject> = fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 5 });

const anyLiteral: fc.Arbitrary<Literal> = fc.oneof(
  text.map((each) => literal(each)),
  fc.constantFrom(...WORDS).map((word) => literal(word, 'word')),
  fc.constantFrom('1', '500', '1.0').map((number) => literal(number, 'number')),
  fc
    .constantFrom('ord', 'Ord', 'pay', 'ERR', 'e', '支', 'a.', '5')
    .map((prefix) => literal(prefix, 'prefix')),
);
const OPS = ['>', '>=', '<', '<='] as const;
const leafCondition: fc.Arbitrary<Condition> = fc.oneof(
  anyLiteral.map(({ text: each, kind }) => condition.value(each, kind)),
  fc
    .tuple(fc.constantFrom(...FIELDS), fc.array(anyLiteral, { minLength: 1, maxLength: 2 }))
    .map(([name, values]) => condition.field(name, ...values)),
  fc.constantFrom(...FIELDS).map((name) => condition.exists(name)),
  fc
    .tuple(
      fc.constantFrom('status', 'duration_ms', 'due'),
      fc.constantFrom(...OPS),
      fc.constantFrom('0', '1.5', '500'),
    )
    .map(([name, op, limit]) => condition.compare(name, op, limit)),
);
const { tree } = fc.letrec<{ tree: Condition }>((again) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leafCondition,
    fc.array(again('tree'), { minLength: 2, maxLength: 3 }).map((operands) => condition.and(...operands)),
    fc.array(again('tree'), { minLength: 2, maxLength: 3 }).map((operands) => condition.or(...operands)),
    again('tree').map((operand) => condition.not(operand)),
  ),
}));

test('the index never misses an event that the matcher selects', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-candidates-'));
  try {
    const events = fc
      .sample(document, { numRuns: 300, seed: 7 })
      .map((each, offset) => logEvent(each, { offset }));
    const path = join(folder, 'archive.db');
    const store = new EventStore({ path, fingerprint: 'f', schema: orderSchema, reading: openReading() });
    store.write([archiveBatch(events)], 1);
    store.close();
    const db = openForReading(path);
    const hits = new BlockHits(db);
    const [block] = hits.within(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    let narrowed = 0;
    fc.assert(
      fc.property(tree, (where) => {
        const query = blockQuery(candidates(where, orderSchema), orderSchema);
        if (query === undefined) return;
        const found = new Set<number>();
        hits.lines(block!, query).each((line) => found.add(line));
        const selected = events.filter(compileCondition(where, orderSchema));
        if (found.size < events.length && selected.length > 0) narrowed += 1;
        expect(selected.filter((event) => !found.has(event.position.offset))).toEqual([]);
      }),
      { numRuns: 800 },
    );
    expect(narrowed).toBeGreaterThan(50);
    db.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
