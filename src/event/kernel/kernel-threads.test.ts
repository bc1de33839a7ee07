import { afterEach, expect, test, vi } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { candidatesOf } from '../../../test/support/candidates.ts';
import { batchesOf } from '../../../test/support/compare-ways.ts';
import { sizesOfGrowth } from '../../../test/support/growth.ts';
import { anyText, oddLine } from '../../../test/support/odd-lines.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { Batch } from '../batch.ts';
import { createKernelThreads, type KernelThreads } from './kernel-threads.ts';
import { LineKernel } from './line-kernel.ts';
import type { Tape } from './tape.ts';

let threads: KernelThreads | undefined;
afterEach(() => threads?.close());

/** Adds to a kernel what rules may want of it. */
function grow(kernel: LineKernel, random: Random, more: number): void {
  kernel.addField(random.pick(['text', 'keyword', 'upper']), random.pick([['message'], ['a', 'a.b']]));
  for (let i = 0; i < more; i += 1) {
    const text = anyText(random).toLowerCase();
    kernel.addText(random.pick(['token', 'whole']), text, kernel.building.length);
  }
  kernel.path(random.pick(['@timestamp', 'order_id', 'b', 'a.b']));
  const atoms = kernel.building.flatMap((call) => (call[0] === 'text' ? [call[3]] : []));
  if (atoms.length > 1) {
    const pair = kernel.building.length;
    kernel.addPair(random.pick(atoms), random.pick(atoms), pair);
    atoms.push(pair);
  }
  const tried = atoms.flatMap((anchor) => (random.chance(30) ? [{ anchor }] : []));
  const second = (): number => random.pick(atoms);
  kernel.setCandidates(
    candidatesOf(kernel.building.length, [
      ...tried,
      ...tried.map(({ anchor }) => ({ anchor, second: second(), lanes: 1 + random.below(3) })),
    ]),
  );
  kernel.keepsAll = random.chance(30);
}

const columnsOf = ({ kernel: _, ...columns }: Tape): object => ({ ...columns });

/** Reads batches in threads, with kernels that change between them, and compares each tape with the one of this thread. */
async function compare(count: number, size: number): Promise<number> {
  const random = seeded(size);
  const kernels = Array.from({ length: 3 }, () => new LineKernel());
  for (const kernel of kernels) grow(kernel, random, 1 + random.below(size));
  const lines = Array.from({ length: size }, () => oddLine(random));
  const reading: { readonly tape: Promise<Tape>; readonly own: Tape }[] = [];
  for (const batch of batchesOf(lines, random)) {
    const kernel = random.pick(kernels);
    if (random.chance(20)) grow(kernel, random, random.below(5));
    const timePath = random.chance(50) ? kernel.path('@timestamp') : undefined;
    const tape = threads!.read(kernel, batch, timePath);
    reading.push({ tape, own: kernel.read(batch, timePath) });
    if (reading.length % count === 0) await tape;
  }
  for (const { tape, own } of reading) {
    expect((await tape).kernel).toBe(own.kernel);
    expect(columnsOf(await tape)).toEqual(columnsOf(own));
  }
  return reading.length;
}

test.each([1, 3])(
  'a tape of %d thread(s) is the one of this thread, whatever the kernels do meanwhile',
  { timeout: 120_000 },
  async (count) => {
    const failed = vi.fn();
    threads = createKernelThreads(count, failed);
    let batches = 0;
    for (const size of sizesOfGrowth().filter((each) => each % 2 === 1 || each > 64))
      batches += await compare(count, size);
    expect(batches).toBeGreaterThan(300);
    expect(failed).not.toHaveBeenCalled();
  },
);

const batches = (count: number): Batch[] =>
  batchesOf(
    Array.from({ length: count }, (_, i) => `{"message":"error ${i}"}`),
    seeded(count),
  );

test('batches without lines, and those of which no line fits, are read like others', async () => {
  const failed = vi.fn();
  threads = createKernelThreads(1, failed);
  const kernel = new LineKernel();
  kernel.addField('text', ['message']);
  const long = `{"message":"${'x'.repeat(3_000_000)}"}`;
  for (const lines of [[], [long], [], [long, '{"message":"error"}']]) {
    const batch = makeBatch(lines, { readAtMs: 0 });
    expect(columnsOf(await threads.read(kernel, batch, undefined))).toEqual(columnsOf(kernel.read(batch)));
  }
  expect(failed).not.toHaveBeenCalled();
});

test('where threads fail this thread reads the lines, and after a while it reads all of them', async () => {
  const failed = vi.fn();
  threads = createKernelThreads(2, failed);
  const kernel = new LineKernel();
  kernel.addField('text', ['message']);
  kernel.addText('token', 'error', 0);
  kernel.setCandidates(candidatesOf(1, [{ anchor: 0 }]));
  // No thread can repeat such a call.
  kernel.building.push(['path', undefined as unknown as string]);
  for (const batch of batches(40))
    expect(columnsOf(await threads.read(kernel, batch, undefined))).toEqual(columnsOf(kernel.read(batch)));
  expect(failed).toHaveBeenCalledTimes(3);
});

test('whatever waits when a thread fails is read, and every failure is told once', async () => {
  const failed = vi.fn();
  threads = createKernelThreads(1, failed);
  const kernel = new LineKernel();
  kernel.addField('text', ['message']);
  const good = batches(40);
  const before = good.map((batch) => threads!.read(kernel, batch, undefined));
  kernel.building.push(['path', undefined as unknown as string]);
  const after = good.map((batch) => threads!.read(kernel, batch, undefined));
  for (const tapes of [before, after])
    for (const [i, tape] of tapes.entries())
      expect(columnsOf(await tape)).toEqual(columnsOf(kernel.read(good[i]!)));
  expect(failed).toHaveBeenCalledTimes(3);
});

test('while it waits, this thread reads what no other one has begun', async () => {
  threads = createKernelThreads(1, () => undefined);
  const kernel = new LineKernel();
  kernel.addField('text', ['message']);
  const many = batches(400);
  const reads = vi.spyOn(kernel, 'read');
  const tapes = many.map((batch) => threads!.read(kernel, batch, undefined));
  expect(await threads.helpUntil(Promise.all(tapes))).toHaveLength(many.length);
  expect(reads.mock.calls.length).toBeGreaterThan(0);
  reads.mockRestore();
  for (const [i, tape] of tapes.entries())
    expect(columnsOf(await tape)).toEqual(columnsOf(kernel.read(many[i]!)));
});

test('an error of what it waits for is given on', async () => {
  threads = createKernelThreads(1, () => undefined);
  await expect(threads.helpUntil(Promise.reject(new Error('none')))).rejects.toThrow('none');
});

test('batches that wait when the threads are closed are read by this one', async () => {
  const failed = vi.fn();
  threads = createKernelThreads(1, failed);
  const kernel = new LineKernel();
  kernel.addField('text', ['message']);
  const [batch] = batches(1);
  const waiting = threads.read(kernel, batch!, undefined);
  await threads.close();
  expect(columnsOf(await waiting)).toEqual(columnsOf(kernel.read(batch!)));
  expect(columnsOf(await threads.read(kernel, batch!, undefined))).toEqual(columnsOf(kernel.read(batch!)));
  expect(failed).not.toHaveBeenCalled();
});
