/** The chaos suite, whole: everything that happens to a process in the field, one after the other, while orders flow. */
import { test } from 'vitest';
import { all } from './happenings.ts';
import { endure } from './judge.ts';

test('through everything that happens in the field, no alert is lost, false or doubled, and people are told of each loss', async () => {
  await endure(all);
}, 3_600_000);
