/** Random texts made of pieces that mean something to whoever reads them, once, in mutations, and over and over. */
import type { Random } from '../support/timelines.ts';

// prettier-ignore
const ANYWHERE = ['', ' ', '\t', '\n', '\r\n', '\0', '\u001b[2J', '\u202e', '\u200b', '\ufeff', '\ud800', '😀', '订单', '"', "'", '\\', '`', '<!channel>', '__proto__', 'constructor', '1e999', '-', '0', 'null', ':', ',', '{', '}', '[', ']', '(', ')'];

/** A text of some of the pieces; now and then one of them so often that it is up to `max` characters long. */
export function oddText(random: Random, pieces: readonly string[], max: number): string {
  const piece = (): string => (random.chance(75) ? random.pick(pieces) : random.pick(ANYWHERE));
  if (random.chance(15)) {
    const repeated = Array.from({ length: 1 + random.below(3) }, piece).join('');
    const times = Math.floor(2 ** random.below(Math.log2(max) + 1) / Math.max(1, repeated.length));
    return piece() + repeated.repeat(times) + piece();
  }
  return Array.from({ length: random.below(random.pick([4, 20, 100])) }, piece).join('');
}

/** A text in which some places are cut, doubled, or written over by pieces. */
export function mutated(random: Random, text: string, pieces: readonly string[]): string {
  let now = text;
  for (let i = random.below(5); i >= 0; i -= 1) {
    const from = random.below(now.length + 1);
    const to = Math.min(now.length, from + random.below(random.pick([2, 12, 200])));
    const put = random.chance(15)
      ? now.slice(from, to).repeat(2)
      : random.pick(random.chance(50) ? pieces : ANYWHERE);
    now = now.slice(0, from) + put + now.slice(to);
  }
  return now;
}

/** Mostly the text's UTF-8; now and then with bytes that are none. */
export function oddBytes(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text, random.chance(95) ? 'utf8' : random.pick(['utf16le', 'latin1'] as const));
  for (let i = random.chance(10) ? 1 + random.below(4) : 0; i > 0 && bytes.length > 0; i -= 1)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}
