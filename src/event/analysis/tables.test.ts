import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { wordTables } from '../../../test/support/word-tables.ts';

test('the committed tables are what the generator makes of Unicode 12.1', async () => {
  const committed = readFileSync(new URL('tables.ts', import.meta.url), 'utf8');
  expect(committed).toBe(await wordTables());
});
