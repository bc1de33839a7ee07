import { expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { atEverySize } from '../../../test/support/growth.ts';
import type { Batch } from '../../event/batch.ts';
import { SharedLines } from './shared-lines.ts';

test('copies are what the batches were, whatever came after them, at every size', () => {
  atEverySize((size, random) => {
    const shared = new SharedLines();
    for (let round = 0; round < 2; round += 1) {
      const batches = Array.from({ length: 1 + random.below(4) }, (_, i): Batch => {
        const length = 1 + random.below(size);
        const lines = Array.from(
          { length },
          () => 'x'.repeat(random.below(1_000)) + String(random.below(100)),
        );
        const recordTimesMs = Float64Array.from(lines, () => random.below(1_000));
        const origins = { '@kafka.key': lines.map((line) => line.slice(-1)) };
        return { ...makeBatch(lines, { readAtMs: i }), origins, ...(random.chance(50) && { recordTimesMs }) };
      });
      const copies = batches.map((batch) => shared.copy(batch));
      const isShared = copies.every(({ bytes }) => bytes.buffer instanceof SharedArrayBuffer);
      expect(isShared).toBe(true);
      for (const [i, { bytes, starts, ends, offsets, recordTimesMs, ...others }] of copies.entries()) {
        const before = batches[i]!;
        expect(Buffer.compare(bytes, before.bytes)).toBe(0);
        expect([starts, ends, offsets, recordTimesMs]).toEqual([
          before.starts,
          before.ends,
          before.offsets,
          before.recordTimesMs,
        ]);
        const { readAtMs, source, partition, next, origins } = before;
        expect(others).toMatchObject({ readAtMs, source, partition, next, origins });
      }
      shared.clear();
    }
  });
}, 60_000);
