import { expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { seeded } from '../../../test/support/timelines.ts';
import type { Batch } from '../../event/batch.ts';
import { createKernelThreads, type KernelThreads } from '../../event/kernel/kernel-threads.ts';
import { LineKernel } from '../../event/kernel/line-kernel.ts';
import { makeSchema } from '../../event/schema.ts';
import { decodeAfterTheFact } from './after-the-fact.ts';
import { createDecoder } from './decoder.ts';

const NOW_MS = Date.UTC(2026, 10, 28);
const schema = makeSchema([{ name: 'message', type: 'text', paths: ['message'] }]);
const decoder = createDecoder(
  {
    name: 'orders',
    decode: { steps: [{ kind: 'json' }] },
    timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
    latenessMs: 30_000,
  },
  schema,
);

/** Batches of 15 MB together, of which some are empty and some times leap. */
function* longInput(): Generator<Batch> {
  const random = seeded(13);
  for (let i = 0; i < 120; i += 1) {
    const lines = Array.from({ length: random.pick([0, 1, 500]) }, (_, j) => {
      const leapMs = random.chance(2) ? random.below(1_000_000) : 0;
      const time = new Date(NOW_MS - 10_000_000 + i * 1_000 + j + leapMs).toISOString();
      return JSON.stringify({ '@timestamp': time, message: `error ${'x'.repeat(random.below(1_500))}` });
    });
    yield makeBatch(lines, { readAtMs: NOW_MS, writtenByMs: NOW_MS }, i * 1_000);
  }
}

async function decodedBy(threads: KernelThreads | undefined): Promise<unknown[]> {
  const kernel = new LineKernel();
  const found: unknown[] = [];
  async function* input(): AsyncGenerator<Batch> {
    yield* await Promise.resolve(longInput());
  }
  for await (const {
    batch,
    timesMs,
    timeliness,
    inferred,
    watermarksMs,
    counts,
    timing,
  } of decodeAfterTheFact(input(), decoder, kernel, threads))
    found.push({ offsets: batch.offsets, timesMs, timeliness, inferred, watermarksMs, counts, timing });
  return found;
}

test('lines that other threads have read ahead are decoded as by this one', async () => {
  let ahead = 0;
  const threads = createKernelThreads(2, () => undefined);
  const counting: KernelThreads = {
    batches: threads.batches,
    read(...args) {
      ahead += 1;
      return threads.read(...args);
    },
    helpUntil: (work) => threads.helpUntil(work),
    close: () => threads.close(),
  };
  try {
    expect(await decodedBy(counting)).toEqual(await decodedBy(undefined));
    expect(ahead).toBeGreaterThan(1);
  } finally {
    await threads.close();
  }
});
