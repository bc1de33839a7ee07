import { expect, test } from 'vitest';
import { expectSameOfOddLines } from '../support/same-documents.ts';
import { seeded } from '../support/timelines.ts';

const LINES = 400_000;

test(`documents from the bytes of ${LINES} odd lines are those of their events`, () => {
  const seed = Number(process.env['TOCSIN_SEED'] ?? Date.now() % 1_000_000_000);
  process.stderr.write(`documents, TOCSIN_SEED=${seed}\n`);
  expect(expectSameOfOddLines(LINES, seeded(seed))).toBeGreaterThan(LINES / 10);
});
