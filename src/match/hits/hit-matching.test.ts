/**
 * Decoding and matching by the line kernel against the plain way, and both against each condition evaluated alone: the same times, the same
 * counts and the same matches, for lines and conditions as odd as they come. Every line is compared with every rule.
 */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { READ_AT_MS, batchesOf, compareWays, selected, source } from '../../../test/support/compare-ways.ts';
import { and, countAlert, field, not, or, ruleOf, value } from '../../../test/support/conditions.ts';
import { conditionsFor, disturbed, plainLine, rulesOf } from '../../../test/support/odd-worlds.ts';
import { oddLine, onlyKeywords, textAndKeywords } from '../../../test/support/odd-lines.ts';
import { seeded } from '../../../test/support/timelines.ts';
import type { Match } from '../../event/match.ts';
import { makeSchema } from '../../event/schema.ts';
import { createDecoder } from '../../ingest/decode/decoder.ts';
import type { Condition, Rule } from '../../rule/ast.ts';
import { handOver } from '../hand-over.ts';
import { compileMatcher } from '../matcher.ts';

describe('matching by the tape gives what matching event by event gives', () => {
  const worlds = [
    [1, 300],
    [10, 1_000],
    [100, 1_000],
    [1_000, 700],
    [5_000, 60],
  ] as const;
  for (const [i, [count, size]] of worlds.entries()) {
    const seed = 12_000 + i;
    for (const [name, schema] of Object.entries({ textAndKeywords, onlyKeywords })) {
      test(`${count} rules, ${size} lines, ${name}, seed ${seed}`, { timeout: 120_000 }, () => {
        const random = seeded(seed);
        const plain = Array.from({ length: size }, () =>
          random.chance(60) ? plainLine(random) : oddLine(random),
        );
        const rules = rulesOf(conditionsFor(count, random, { schema, lines: plain, from: source() }), random);
        const lines = plain.map((line) => (random.chance(40) ? disturbed(line, random) : line));
        const seen = compareWays(batchesOf(lines, random), rules, schema);
        expect(seen.sound).toBeGreaterThan(size / 5);
        if (count > 1) expect(seen.matches).toBeGreaterThan(0);
      });
    }
  }
});

test('bytes that are not UTF-8 harm nothing', () => {
  const random = seeded(12_050);
  const line = (): Uint8Array =>
    Buffer.concat([
      Buffer.from('{"service":"caf'),
      Buffer.from(Array.from({ length: random.below(6) }, () => 0x80 + random.below(128))),
      Buffer.from('","message":"支 an error '),
      Buffer.from(Array.from({ length: 1 + random.below(6) }, () => 0x80 + random.below(128))),
      Buffer.from(' x"}'),
    ]);
  const rules = [value('error'), field('service', 'caf'), value('支')].map((when, i) =>
    ruleOf(`r${i}`, { when, alert: countAlert([]) }),
  );
  const lines = Array.from({ length: 3_000 }, line);
  expect(compareWays(batchesOf(lines, random), rules, textAndKeywords).matches).toBeGreaterThan(3_000);
});

test('rules for which a kernel has no room are matched all the same, also while they are handed over', () => {
  const deep = Array.from({ length: 182 }, (_, i) => `k${i}`).join('.');
  const paths = Array.from({ length: 33 }, (_, i) => `p${i}`);
  const schema = makeSchema([
    { name: 'message', type: 'text', paths: ['message'] },
    { name: 'deep', type: 'keyword', paths: [deep] },
    { name: 'many', type: 'keyword', paths },
    { name: 'long', type: 'keyword', paths: ['k'.repeat(40_000)] },
  ]);
  const lines = [
    '{"message":"zeta"}',
    '{"message":"an error here"}',
    '{"message":"alpha"}',
    `{"${deep}":"x"}`,
  ];
  const batch = makeBatch(lines, { readAtMs: READ_AT_MS });
  const rule = (name: string, when: Condition): Rule => ruleOf(name, { when, alert: countAlert([]) });
  for (const none of ['deep', 'many', 'long']) {
    const old = [rule('old', and(value('error'), not(field(none, 'y')))), rule('other', value('alpha'))];
    const before = compileMatcher({ rules: old, schema });
    expect(before.kernel).toBeUndefined();
    const after = compileMatcher({ rules: [rule('new', or(value('zeta'), value('error')))], schema });
    const both = handOver(before, after, (name) => name !== 'new');
    const decoded = createDecoder(source(), schema).decode(batch, undefined, both.kernel);
    expect(selected(both.matchLines(decoded))).toEqual([
      '0 new when',
      '1 old when',
      '1 new when',
      '2 other when',
    ]);
  }
  const matcher = compileMatcher({ rules: [rule('r', field('deep', 'x'))], schema });
  const decoded = createDecoder(source(), schema).decode(batch, undefined, matcher.kernel);
  expect(selected(matcher.matchLines(decoded))).toEqual(['3 r when']);
});

test('a match keeps no batch in memory, whether its text was looked at or not', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const rules = [ruleOf('r', { when: value('error'), alert: countAlert(['service']) })];
  const matcher = compileMatcher({ rules, schema: textAndKeywords });
  const decoder = createDecoder(source(), textAndKeywords);
  const kept: Match[] = [];
  const batches: WeakRef<Uint8Array>[] = [];
  for (let i = 0; i < 40; i += 1) {
    const lines = Array.from({ length: 100 }, () => '{"service":{"name":"a"},"message":"an error"}');
    const batch = makeBatch(lines, { readAtMs: READ_AT_MS });
    batches.push(new WeakRef(batch.bytes));
    const kernel = i % 2 === 0 ? matcher.kernel : undefined;
    const { matches } = matcher.matchLines(decoder.decode(batch, undefined, kernel));
    if (i % 4 < 2) expect(matches[7]!.shown.excerpt).toBe(lines[7]);
    kept.push(matches[7]!);
  }
  await setImmediate();
  collect();
  // The engine itself may still hold what the last turns of the loop had in hand.
  expect(batches.filter((batch) => batch.deref() !== undefined).length).toBeLessThan(4);
  expect(kept[1]!.shown.fields['message']).toEqual(['an error']);
});
