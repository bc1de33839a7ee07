import { expect, test } from 'vitest';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { JsonValue } from '../../event/event.ts';
import { flattened } from './flattened.ts';

const PATH_MAX_BYTES = 7_500;
const DEPTH_MAX = 18;

/** The paths of all objects and values, and how deep they lie, without any thought of speed. */
function* paths(value: JsonValue, path: readonly string[] = [], depth = 1): Generator<[string[], number]> {
  if (typeof value !== 'object' || value === null) return;
  yield [[...path], depth];
  if (Array.isArray(value)) {
    const elements: readonly JsonValue[] = value;
    for (const element of elements) yield* paths(element, path, depth + 1);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    yield [[...path, key], depth];
    yield* paths(inner, [...path, key], depth + 1);
  }
}

function mustChange(document: JsonValue): boolean {
  return [...paths(document)].some(
    ([keys, depth]) =>
      depth > DEPTH_MAX ||
      keys.some((key) => key.includes('\0')) ||
      keys.reduce((sum, key) => sum + 1 + Buffer.from(key).length, 0) > PATH_MAX_BYTES,
  );
}

function anyKey(random: Random): string {
  const letter = random.pick(['a', 'é', '单', '🙂']);
  const bytes = Buffer.byteLength(letter);
  const near = Math.floor(PATH_MAX_BYTES / bytes / random.pick([1, 2, 3])) + random.below(5) - 3;
  const length = random.chance(70) ? 1 + random.below(8) : near;
  return `${letter.repeat(length)}${random.chance(3) ? '\0' : ''}${random.below(1_000)}`;
}

function anyValue(random: Random, depth: number): JsonValue {
  if (depth > 20 || random.chance(30)) return random.pick(['text', 1, true, null]);
  if (random.chance(20)) return [anyValue(random, depth + 1), anyValue(random, depth + 1)];
  const count = depth > 4 ? 1 : 1 + random.below(3);
  return Object.fromEntries(
    Array.from({ length: count }, () => [anyKey(random), anyValue(random, depth + 1)]),
  );
}

test('a document is changed exactly where a path is too long, lies too deep or has a NUL, and is itself otherwise', () => {
  const random = seeded(Number(process.env['TOCSIN_SEED'] ?? 20_261_128));
  const seen = [0, 0];
  for (let i = 0; i < 3_000; i++) {
    const document = { [anyKey(random)]: anyValue(random, 1), plain: 'x' };
    const { json, altered } = flattened(document);
    expect(altered).toBe(mustChange(document));
    seen[altered ? 1 : 0]! += 1;
    if (!altered) expect(json).toBe(JSON.stringify(document));
  }
  expect(Math.min(...seen)).toBeGreaterThan(300);
});
