import { expect, test } from 'vitest';
import { seeded } from '../../../test/support/timelines.ts';
import { plainNumber } from './byte-texts.ts';

const read = (text: string): number | undefined => plainNumber(Buffer.from(`x${text}x`), 1, text.length + 1);

test('a number that is read from bytes is the number of its text', () => {
  const random = seeded(1);
  const digits = (): string => String(random.below(10 ** random.below(10)));
  for (let round = 0; round < 20_000; round += 1) {
    const text = random.chance(50) ? `${digits()}.${'0'.repeat(random.below(3))}${digits()}` : digits();
    const number = read(text);
    if (number !== undefined || text.length <= 15) expect(number).toBe(Number(text));
  }
});

test('every other text is left to others', () => {
  for (const text of ['', '.', '1.', '.5', '-1', '1e3', '1.2.3', '1234567890123456', 'a', ' 1'])
    expect(read(text)).toBeUndefined();
});
