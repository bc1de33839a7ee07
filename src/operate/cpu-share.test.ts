import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

/** Works without a pause, as a thread does that is flooded, and tells its share of a core. */
const BUSY = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData).then(({ keepToShare }) => {
    keepToShare(0.25);
    const begunMs = performance.now();
    const { user, system } = process.threadCpuUsage();
    const work = () => {
      const untilMs = performance.now() + 5;
      while (performance.now() < untilMs);
      const wallMs = performance.now() - begunMs;
      if (wallMs < 2_000) return setImmediate(work);
      const used = process.threadCpuUsage();
      parentPort.postMessage((used.user + used.system - user - system) / 1_000 / wallMs);
    };
    work();
  });
`;

it('a thread that is kept to a quarter of a core takes no more, however much there is to do', async () => {
  const worker = new Worker(BUSY, {
    eval: true,
    workerData: new URL('./cpu-share.ts', import.meta.url).href,
  });
  const [share] = (await once(worker, 'message')) as [number];
  await worker.terminate();
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(0.4);
});
