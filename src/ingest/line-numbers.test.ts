/** Lines are numbered as editors number them, however the input is read. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineNumbers } from './line-numbers.ts';
import { replayBytes } from './replay.ts';

test('the number of a line does not depend on the pieces that the input comes in', () => {
  const texts = fc.array(fc.constantFrom('', 'a', 'line', '\r', 'é'), { maxLength: 30_000, size: 'max' });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(2_000), { minLength: 1 }), (lines, sizes) => {
      const bytes = Buffer.from(lines.join('\n'));
      const numbers = new LineNumbers();
      for (let at = 0, i = 0; at < bytes.length; i += 1) {
        const end = at + sizes[i % sizes.length]! + 1;
        numbers.take(bytes.subarray(at, end));
        at = end;
      }
      let offset = 0;
      for (const [i, line] of lines.entries()) {
        if (line !== '' && numbers.of(offset) !== i + 1)
          expect([numbers.of(offset), offset]).toEqual([i + 1, offset]);
        offset += Buffer.byteLength(line) + 1;
      }
    }),
    { numRuns: 50 },
  );
});

test('blank lines that are passed over count', async () => {
  const numbers = new LineNumbers();
  const bytes = Buffer.from('\n\na\r\n\nb\n\n\n\0\0c');
  const onBytes = numbers.take.bind(numbers);
  const partition = replayBytes(bytes, { source: 's', label: 'f', nowMs: 0, writtenByMs: 0, onBytes });
  const found: number[] = [];
  for await (const { offsets } of partition.batches())
    found.push(...Array.from(offsets, (at) => numbers.of(at)));
  expect(found).toEqual([3, 5, 8]);
});
