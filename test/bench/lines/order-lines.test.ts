import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { LINE_COUNT, orderLines } from './order-lines.ts';
import { orderRules } from './order-rules.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const corpus = orderLines();

test('the lines are the same in every run, byte for byte', () => {
  expect(corpus.lines).toHaveLength(LINE_COUNT);
  expect(hash(corpus.lines.map((line) => `${line}\n`).join(''))).toBe(
    '9348643a90b5a7f0f823d78715a6e8fd44da3b0f6aa8634672f4ddf359e76745',
  );
});

test('fewer lines are the first lines of all', () => {
  expect(orderLines(1_000).lines).toEqual(corpus.lines.slice(0, 1_000));
});

test('the lines have 535 bytes on average', () => {
  const bytes = corpus.lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  expect(Math.round(bytes / LINE_COUNT)).toBe(535);
});

test('a set of rules begins with the smaller set, and is the same in every run', () => {
  const rules = orderRules(1_000, corpus);
  expect(rules).toHaveLength(1_000);
  expect(orderRules(100, corpus)).toEqual(rules.slice(0, 100));
  expect(hash(JSON.stringify(rules))).toMatchInlineSnapshot(
    `"45c61965ff19368b1dc343ca85b57e7c31bbcfe656d0432b3df0379d39215c9e"`,
  );
});
