import { expect, test } from 'vitest';
import { ANSWERING, fuzzAnswers } from './answers.ts';

test.each(ANSWERING)(
  'whatever %s answers, nothing escapes, hangs or grows, and nothing is lost or doubled unmarked',
  async (name) => {
    const { steps } = await fuzzAnswers(name, 60_000);
    expect(steps).toBeGreaterThan(20);
  },
  7_200_000,
);
