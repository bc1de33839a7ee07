/** A kernel learns from lines in which order their keys come. It reads each line as a kernel does that has read no other. */
import { expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { inSomeOrder, sizesOfGrowth } from '../../../test/support/growth.ts';
import { oddLine } from '../../../test/support/odd-lines.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import { LineKernel, type ReadableLines } from './line-kernel.ts';
import { ODD, type Tape } from './tape.ts';

const PATHS = [
  '@timestamp',
  'message',
  'a',
  'a.b',
  'a.b.c',
  'key-with-15-byte',
  'key-with-14-byt',
  'a key of more than 16 bytes',
];

/** `paths`: how many of them it keeps. */
function kernelOf(paths: number): LineKernel {
  const kernel = new LineKernel();
  kernel.keepsAll = true;
  for (const path of PATHS.slice(0, paths)) kernel.path(path);
  return kernel;
}

/** Lines with some of the keys, known ones and others, in the order of the line before or in another. */
function linesOf(count: number, size: number, random: Random): string[] {
  const keys = [...PATHS, 'b', 'c', 'b.c', 'A', 'a"', ...Array.from({ length: size }, (_, i) => `k${i}`)];
  let order = keys;
  const valueOf = (depth: number): unknown => {
    if (depth < 3 && random.chance(30)) return objectOf(depth + 1);
    return random.pick(['', 'x', 'a":1', '","a":"b', 7, -0.5, 1e30, true, null, ['a', ['b']]]);
  };
  const objectOf = (depth: number): unknown =>
    Object.fromEntries(order.filter(() => random.chance(80)).map((key) => [key, valueOf(depth)]));
  return Array.from({ length: count }, () => {
    if (random.chance(20)) order = inSomeOrder(keys.length, random).map((i) => keys[i]!);
    return JSON.stringify(objectOf(size > 50 ? 3 : 1));
  });
}

/** Lines that stand side by side, without anything between them, and some that end in the next one. */
function withoutEnds(lines: readonly string[], random: Random): ReadableLines {
  const { bytes } = makeBatch([lines.join('')], { readAtMs: 0 });
  const lengths = lines.map((line) => Buffer.byteLength(line));
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, each) => sum + each, 0));
  const ends = starts.map((start, i) =>
    Math.max(start, start + lengths[i]! - (random.chance(20) ? random.below(20) : 0)),
  );
  return { bytes, starts: Uint32Array.from(starts), ends: Uint32Array.from(ends), offsets: starts };
}

const lineOf = (tape: Tape, i: number, shift: number): unknown => {
  const [from, to] = [3 * tape.valuesFrom[i]!, 3 * tape.valuesFrom[i + 1]!];
  const values = tape.values.slice(from, to).map((value, at) => (at % 3 === 2 ? value : value - shift));
  return [tape.states[i], tape.timesMs[i], [...values]];
};

test('a kernel that has read other lines reads a line as one that has not', { timeout: 120_000 }, () => {
  let sound = 0;
  for (const size of sizesOfGrowth().filter((each) => each % 3 === 1 && each < 2_000)) {
    const random = seeded(13_000 + size);
    const kernel = kernelOf(PATHS.length);
    const lines = [...linesOf(20, size, random), ...Array.from({ length: 5 }, () => oddLine(random))];
    for (const batch of [makeBatch(lines, { readAtMs: 0 }), withoutEnds(lines, random)]) {
      const tape = kernel.read(batch, 0);
      for (const i of lines.keys()) {
        const [start, end] = [batch.starts[i]!, batch.ends[i]!];
        const alone = kernelOf(PATHS.length).read(
          makeBatch([batch.bytes.slice(start, end)], { readAtMs: 0 }),
          0,
        );
        expect(lineOf(tape, i, start)).toEqual(lineOf(alone, 0, 0));
        sound += tape.states[i] === ODD ? 0 : 1;
      }
    }
  }
  expect(sound).toBeGreaterThan(300);
});

test('a path that is added later is found from then on', () => {
  const kernel = kernelOf(1);
  const batch = makeBatch(['{"@timestamp":"x","late":"a","message":"b"}'], { readAtMs: 0 });
  expect(kernel.read(batch).values).toHaveLength(3);
  kernel.path('late');
  expect(kernel.read(batch).values).toHaveLength(6);
  kernel.path('message');
  expect(kernel.read(batch).values).toHaveLength(9);
});
