import fc from 'fast-check';
import { expect, test } from 'vitest';
import { causeOf, excerptOf } from './excerpt.ts';

const frames = (at: string): string =>
  Array.from({ length: 40 }, (_, i) => `${at}.m${i}(File.java:${i})`).join('\n');
const JAVA = `2026-11-23 ERROR order: order failed
java.lang.IllegalStateException: no order
${frames('\tat shop.Order')}
Caused by: shop.DbException: pool is empty
${frames('\tat shop.Db')}
\t... 12 more
Caused by: java.net.ConnectException: refused db-3:5432
${frames('\tat java.net.Socket')}`;

test.each([
  [
    'Java',
    JAVA,
    [
      'order failed',
      'Caused by: shop.DbException: pool is empty',
      'Caused by: java.net.ConnectException: refused db-3:5432',
    ],
  ],
  [
    'Python',
    `ERROR task failed\nTraceback (most recent call last):\n${frames('  File "x.py", line 1, in')}\npsycopg.OperationalError: no route to db-3`,
    ['task failed', 'psycopg.OperationalError: no route to db-3'],
  ],
  [
    'Node',
    `Error: no order\n${frames('    at Order')} {\n  [cause]: Error: connect ECONNREFUSED db-3`,
    ['Error: no order', '[cause]: Error: connect ECONNREFUSED db-3'],
  ],
  [
    'JSON',
    JSON.stringify({ level: 'ERROR', message: 'no "order"', stack_trace: JAVA, host: 'h1' }),
    ['no \\"order\\"', 'Caused by: java.net.ConnectException: refused db-3:5432'],
  ],
])('a long trace of %s keeps its first line and its causes', (_name, text, kept) => {
  const excerpt = excerptOf(text, 500);
  expect(excerpt.length).toBeLessThanOrEqual(500);
  for (const part of kept) expect(excerpt).toContain(part);
  expect(excerpt).not.toContain('m39');
  expect(causeOf(excerpt)).toBe(kept.at(-1));
});

test('where not all causes fit, the one that began it all is kept', () => {
  const causes = Array.from({ length: 50 }, (_, i) => `Caused by: shop.Error${i}: ${'x'.repeat(60)}`);
  expect(excerptOf(`ERROR failed\n${causes.join('\n')}`, 256)).toContain('shop.Error49');
});

test('what fits stays as it is, and nothing is ever longer or cut within a character', () => {
  const piece = fc.constantFrom('a', '🔥', '\n', '\\n', '"', 'Caused by: x', '\n[cause]: ', '{', '日志');
  const text = fc.array(piece, { maxLength: 300, size: 'max' }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, fc.integer({ min: 20, max: 600 }), (whole, max) => {
      const excerpt = excerptOf(whole, max);
      expect(excerpt.length).toBeLessThanOrEqual(max);
      expect(excerpt.isWellFormed()).toBe(true);
      if (whole.length <= max) expect(excerpt).toBe(whole);
    }),
  );
});
