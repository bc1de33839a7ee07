import { expect, it, onTestFinished } from 'vitest';
import type { LogReader, LogSource } from '../../ingest/source.ts';
import { readInto } from './reading.ts';

it('says what its loop could not get over to whoever asks, even if nobody has asked when it happens', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const reader = { next: () => Promise.reject(new Error('gone')) } as unknown as LogReader;
  const loop = readInto({ name: 'orders' } as LogSource, reader, () => Promise.resolve());
  // Another source is being opened meanwhile.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
  await expect(loop.ended).rejects.toThrow('gone');
});
