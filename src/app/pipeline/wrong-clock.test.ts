/** What alerting does by a clock that is wrong, and after a standstill of the process. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alertingFolder, startAlertingRun, type AlertingRun } from '../../../test/support/alerting-run.ts';
import { scriptedSource } from '../../../test/support/scripted-source.ts';
import { settableMachine, type SettableMachine } from '../../../test/support/clock.ts';

const START_MS = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;
const FAILING = `rule failing {
  severity high
  when level:ERROR
  alert count >= 3 within 30s by service
  for 1s
}
`;
const UNSYNCED = `rule unsynced {
  severity high
  let paid = order_state:PAID
  let synced = order_state:SYNCED
  alert paid not followed by synced within 10s by order_id
}
`;
const HEARTLESS = `rule heartless {
  severity high
  when level:INFO
  alert nothing for 60s
}
`;
const fault = { level: 'ERROR', service: 'pay' };

let folder: ReturnType<typeof alertingFolder>;
let run: AlertingRun;
beforeEach(() => void (folder = alertingFolder()));
afterEach(async () => {
  await run.stop();
  folder.remove();
});

/** Three faults within 2 s, and time for them to be settled. */
async function faults(machine: SettableMachine): Promise<void> {
  for (let i = 0; i < 3; i++) {
    run.write(fault);
    machine.pass(1_000);
    await run.read();
  }
  await run.awake(100_000);
}

test('a clock that is an hour ahead for 100 s of silence takes no alert from anybody afterwards', async () => {
  const machine = settableMachine(START_MS);
  run = await startAlertingRun(folder.dir, machine, FAILING);
  run.write({ level: 'INFO', service: 'pay' });
  await run.awake(100_000);
  machine.set(HOUR_MS);
  await run.awake(100_000);
  machine.set(-HOUR_MS);
  await run.awake(8_000);
  await faults(machine);
  expect(run.told).toContain('failing fired');
});

test('a clock that is wrong for good, an hour ahead while the source is quiet, takes none either', async () => {
  const machine = settableMachine(START_MS);
  run = await startAlertingRun(folder.dir, machine, FAILING);
  run.write({ level: 'INFO', service: 'pay' });
  await run.awake(100_000);
  machine.set(HOUR_MS);
  await run.awake(800_000);
  machine.set(-HOUR_MS);
  await run.awake(8_000);
  await faults(machine);
  expect(run.told).toContain('failing fired');
});

test('a clock that is an hour behind for a while takes no alert from anybody either', async () => {
  const machine = settableMachine(START_MS);
  run = await startAlertingRun(folder.dir, machine, FAILING);
  run.write({ level: 'INFO', service: 'pay' });
  await run.awake(100_000);
  machine.set(-HOUR_MS);
  const time = new Date(machine.clock.wallMs() + HOUR_MS).toISOString();
  run.write(...[1, 2, 3].map(() => ({ ...fault, '@timestamp': time })));
  await run.awake(40_000);
  machine.set(HOUR_MS);
  await run.awake(100_000);
  expect(run.told).toContain('failing fired');
});

describe('started eight hours ahead', () => {
  test('and corrected after 5 s, it tells of what comes then, and of what does not come', async () => {
    const machine = settableMachine(START_MS + 8 * HOUR_MS);
    run = await startAlertingRun(folder.dir, machine, FAILING + HEARTLESS);
    await run.awake(5_000);
    machine.set(-8 * HOUR_MS);
    await run.awake(200_000);
    await faults(machine);
    expect(run.told).toEqual(['heartless fired', 'failing fired']);
  });

  test('soon after the machine itself, and corrected after three minutes, it has settled nothing meanwhile', async () => {
    const machine = settableMachine(START_MS + 8 * HOUR_MS, 20_000);
    run = await startAlertingRun(folder.dir, machine, FAILING);
    run.write({ '@timestamp': new Date(START_MS).toISOString(), level: 'INFO' });
    await run.awake(180_000);
    machine.set(-8 * HOUR_MS);
    await run.awake(8_000);
    await faults(machine);
    expect(run.told).toContain('failing fired');
  });
});

test('a clock that is rightly set ahead, after a machine stood still, takes nothing from its backlog', async () => {
  const machine = settableMachine(START_MS);
  run = await startAlertingRun(folder.dir, machine, FAILING);
  run.write({ level: 'INFO', service: 'pay' });
  await run.awake(100_000);
  // Its lines were written while only it stood still.
  for (const behindMs of [7 * HOUR_MS, 4 * HOUR_MS]) {
    const time = new Date(machine.clock.wallMs() + 8 * HOUR_MS - behindMs).toISOString();
    run.write(
      ...['pay', 'stock'].flatMap((service) =>
        [1, 2, 3].map(() => ({ ...fault, service, '@timestamp': time })),
      ),
    );
  }
  machine.set(8 * HOUR_MS);
  await run.awake(200_000);
  expect(run.told.filter((told) => told === 'failing fired')).toHaveLength(4);
});

describe.each(['file', 'stdin'] as const)('after a standstill of the process, reading %s', (kind) => {
  test('no deadline runs out before what was written meanwhile has been read', async () => {
    const machine = settableMachine(START_MS);
    run = await startAlertingRun(folder.dir, machine, UNSYNCED, kind);
    const orders = Array.from({ length: 10 }, (_, i) => ({ order_id: `o${i}` }));
    run.write(...orders.map((order) => ({ ...order, order_state: 'PAID' })));
    await run.awake(4_000);
    machine.pass(4_000);
    run.write(...orders.map((order) => ({ ...order, order_state: 'SYNCED' })));
    machine.pass(90_000);
    // The first that happens is a tick.
    await run.alerting.tick();
    await run.awake(200_000);
    expect(run.told).toEqual([]);
  });

  test('a deadline runs out all the same, a minute after the end was seen', async () => {
    const machine = settableMachine(START_MS);
    run = await startAlertingRun(folder.dir, machine, UNSYNCED, kind);
    run.write({ order_id: 'o1', order_state: 'PAID' });
    await run.awake(4_000);
    machine.pass(90_000);
    await run.alerting.tick();
    await run.awake(100_000);
    expect(run.told).toEqual(['unsynced fired']);
  });
});

test('what was idle before a standstill is not passed over by the first line of another partition', async () => {
  const machine = settableMachine(START_MS);
  const source = scriptedSource(2);
  const lines = (afterMs: number, ...texts: readonly object[]): string[] =>
    texts.map((text) =>
      JSON.stringify({ '@timestamp': new Date(START_MS + afterMs).toISOString(), ...text }),
    );
  run = await startAlertingRun(folder.dir, machine, FAILING, source);
  source.push(0, lines(0, { level: 'INFO' }));
  source.push(1, lines(0, { level: 'INFO' }));
  await run.awake(52_000);
  source.push(1, lines(52_000, { level: 'INFO' }));
  await run.awake(48_000);
  // Partition 0 is idle. While the process stands still both get lines; those of the other are read first.
  machine.pass(90_000);
  source.push(1, lines(189_000, { level: 'INFO' }));
  await source.drained();
  source.push(0, lines(110_000, fault, fault, fault));
  await run.awake(200_000);
  expect(run.told).toContain('failing fired');
});
