/** Random values that were never meant: for fuzzers of answers, of texts and of bytes. The same for the same random source. */
import type { Random } from '../support/timelines.ts';

/** Texts that something has once stumbled over. */
export const ODD_TEXTS = [
  ...['', ' ', '\0', '\n', '\r\n', '\u001b[2J', '\u0085', '\u2028', '\u202e', '\ufeff', '\ud800', '😀', 'é'],
  ...[
    'null',
    'true',
    '0',
    '-1',
    'NaN',
    'Infinity',
    '1e999',
    '__proto__',
    'constructor',
    'toString',
    '[object Object]',
  ],
  ...[
    '<html><body>Sign in</body></html>',
    '<!channel>',
    '{{x}}',
    '${jndi:ldap://x}',
    '%s%n',
    '../../etc/passwd',
    '; rm -rf /',
  ],
  ...[
    '2026-03-01T00:00:00Z',
    'Sun, 06 Nov 1994 08:49:37 GMT',
    '99999999999999999999',
    'ok',
    'x'.repeat(70_000),
  ],
];

const ODD_NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 200, 404, 429, 500, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, -1e308, 5e-324, 8.64e15],
];

/** A number that JSON can hold. */
export const oddNumber = (random: Random): number =>
  random.chance(70) ? random.pick(ODD_NUMBERS) : random.below(1_000_000) / random.pick([1, 7, 1_000]);

export function oddText(random: Random): string {
  if (random.chance(60)) return random.pick(ODD_TEXTS);
  const length = random.chance(90) ? random.below(20) : random.below(5_000);
  return Array.from({ length }, () =>
    String.fromCodePoint(random.below(random.pick([128, 0x250, 0x3000]))),
  ).join('');
}

/** Any value of JSON, at most `depth` deep. */
export function oddJson(random: Random, depth = 4): unknown {
  switch (random.below(depth <= 0 ? 5 : 9)) {
    case 0:
      return null;
    case 1:
      return random.chance(50);
    case 2:
      return oddNumber(random);
    case 3:
    case 4:
      return oddText(random);
    case 5:
      return nested(random);
    case 6:
    case 7:
      return Array.from({ length: random.below(5) }, () => oddJson(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(5) }, () => [oddText(random), oddJson(random, depth - 1)]),
      );
  }
}

/** Deeper than anything is meant to be. */
function nested(random: Random): unknown {
  const isList = random.chance(50);
  let value: unknown = 1;
  for (let i = random.below(200); i > 0; i--) value = isList ? [value] : { a: value };
  return value;
}

/** The value with one of its parts left out, replaced, doubled, or given under another name. */
export function spoilt(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.chance(15)) return oddJson(random);
  if (Array.isArray(value)) {
    const at = random.below(value.length + 1);
    switch (random.below(4)) {
      case 0:
        return value.toSpliced(at, 1);
      case 1:
        return value.toSpliced(at, 0, value.length === 0 ? oddJson(random) : random.pick(value as unknown[]));
      case 2:
        return Object.fromEntries(value.entries());
      default:
        return at === value.length ? oddJson(random) : value.with(at, spoilt(random, value[at]));
    }
  }
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length === 0) return oddJson(random);
  const [key, part] = random.pick(entries);
  const others = entries.filter(([name]) => name !== key);
  switch (random.below(4)) {
    case 0:
      return Object.fromEntries(others);
    case 1:
      return Object.fromEntries([...others, [oddText(random), part]]);
    default:
      return { ...value, [key]: spoilt(random, part) };
  }
}

/** The bytes cut, doubled, with some of them changed, or others put between. */
export function spoiltBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  switch (random.below(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes, bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), oddBytes(random), bytes.subarray(at)]);
    case 3:
      return bytes.subarray(at);
    default: {
      const changed = Buffer.from(bytes);
      for (let i = random.below(8) + 1; i > 0 && changed.length > 0; i--)
        changed[random.below(changed.length)] = random.below(256);
      return changed;
    }
  }
}

export function oddBytes(random: Random, max = 64): Buffer {
  if (random.chance(40)) return Buffer.from(oddText(random), random.pick(['utf8', 'utf16le', 'latin1']));
  return Buffer.from(Array.from({ length: random.below(max) }, () => random.below(256)));
}
