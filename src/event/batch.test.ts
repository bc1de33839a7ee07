import { expect, test } from 'vitest';
import { makeBatch } from '../../test/support/byte-batch.ts';
import { onlyLines, withoutFirst } from './batch.ts';

test('lines that are taken out of a batch keep their times, their origins and their headers', () => {
  const batch = makeBatch(['a', 'b', 'c', 'd'], {
    readAtMs: 0,
    recordTimesMs: Float64Array.of(10, 11, 12, 13),
    origins: { '@file': '/x.log', '@kafka.key': ['k0', undefined, 'k2', 'k3'] },
    headers: [
      { line: 1, fields: 'x' },
      { line: 4, fields: 'y' },
    ],
  });
  const some = onlyLines(batch, [0, 2]);
  const texts = Array.from(some.starts, (start, i) =>
    Buffer.from(some.bytes.subarray(start, some.ends[i])).toString(),
  );
  expect(texts).toEqual(['a', 'c']);
  expect([...some.offsets]).toEqual([0, 2]);
  expect([...some.recordTimesMs!]).toEqual([10, 12]);
  expect(some.origins).toEqual({ '@file': '/x.log', '@kafka.key': ['k0', 'k2'] });
  expect(some.headers).toEqual([
    { line: 1, fields: 'x' },
    { line: 2, fields: 'y' },
  ]);
  expect(withoutFirst(batch, 3).origins?.['@kafka.key']).toEqual(['k3']);
});
