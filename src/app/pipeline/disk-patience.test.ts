import { expect, test } from 'vitest';
import { remembering } from '../../../test/support/batches.ts';
import { virtualTime } from '../../../test/support/virtual-time.ts';
import { FixableError } from '../../event/fixable-error.ts';
import { createDiskPatience } from './disk-patience.ts';

const START_MS = Date.parse('2026-11-27T12:00:00Z');
const full = (): never => {
  throw new FixableError('state', 'state.db cannot be written.', 'Make room.');
};

function patience() {
  const time = virtualTime(START_MS);
  const telemetry = remembering();
  const disk = createDiskPatience(telemetry, { ...time.timers, nowMs: () => time.nowMs() });
  return { time, telemetry, disk };
}

test('a write that finds no room is tried every second, and told once when it begins and once when it is over', async () => {
  const { time, telemetry, disk } = patience();
  let isFull = true;
  let tries = 0;
  const written = disk.persistently(() => (tries++, isFull ? full() : 'written'));
  await time.advance(4_500);
  expect(tries).toBe(5);
  expect(disk.problem()).toBe('state.db cannot be written. Make room. Until then reading waits.');
  expect(disk.unwritable()).toBeUndefined();
  isFull = false;
  await time.advance(1_000);
  expect(await written).toBe('written');
  expect(disk.problem()).toBeUndefined();
  expect(disk.unwritable()).toMatchObject({ sinceMs: START_MS, untilMs: START_MS + 5_000 });
  expect(telemetry.messages).toHaveLength(2);
});

test('once it ends, what waits is tried once more, and nothing waits again', async () => {
  const { time, disk } = patience();
  let tries = 0;
  const outcome = disk.persistently(() => (tries++, full())).catch((error: unknown) => String(error));
  await time.advance(0);
  disk.end();
  expect(await outcome).toContain('cannot be written');
  await expect(disk.persistently(() => (tries++, full()))).rejects.toThrow('cannot be written');
  expect(tries).toBe(3);
});

test('what no disk can mend is not tried again', async () => {
  const { disk } = patience();
  const broken = disk.persistently(() => {
    throw new TypeError('of null');
  });
  await expect(broken).rejects.toThrow('of null');
  expect(disk.problem()).toBeUndefined();
});
