/**
 * A deadline three days away, in local time over the beginning of summer time, while the process is killed and started again: the alert
 * comes on time, or, after an outage that covers the deadline, as soon as the backlog has been read, with the right time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seeded } from '../support/timelines.ts';
import { configOf } from './process-lines.ts';
import { alertsOnDisk, startProcess, type MachineOptions, type Process } from './process-machine.ts';
import { createReceivers, type Arrived } from './process-receivers.ts';
import { rulesetOfText } from './process-rules.ts';
import { createSimulatedSource } from './process-source.ts';
import { virtualTime, type VirtualTime } from '../support/virtual-time.ts';

const MINUTE_MS = 60_000;
const LATENESS_MS = 8_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Saturday noon in Berlin; that night its clocks go from 2 to 3. */
const PAID_MS = Date.parse('2026-03-28T12:00:00+01:00');
/** Noon of Tuesday would be an hour too early. */
const DEADLINE_MS = Date.parse('2026-03-31T13:00:00+02:00');
/** No partition has to be waited for longer than this once it is silent. */
const IDLE_MS = 60_000 + LATENESS_MS + 1_000;

const RULE = `rule zombie_order {
  severity medium
  when order_state:*
  alert order_state stays PAID for 72h by order_id
}
`;
const local = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Berlin',
  dateStyle: 'short',
  timeStyle: 'medium',
});

let dir: string;
let time: VirtualTime;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-deadline-'));
  time = virtualTime(PAID_MS);
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Stage {
  readonly arrived: readonly Arrived[];
  start(): Promise<void>;
  kill(): void;
  stop(): Promise<void>;
  /** Moves the time on to this, and lets a running process work. */
  at(timeMs: number): Promise<void>;
  report(order: string, state: string, timeMs: number): void;
}

function stage(): Stage {
  const random = seeded(72);
  const nowMs = (): number => time.nowMs();
  const source = createSimulatedSource({ name: 'orders', partitions: 1, random, time });
  const config = configOf('orders', LATENESS_MS);
  const receivers = createReceivers(random, time);
  const timestamp = { path: ['time'], format: 'yyyy-MM-dd HH:mm:ss', timezone: 'Europe/Berlin' };
  const machine: MachineOptions = {
    dir,
    random,
    time,
    sources: [{ source, config: { ...config, timestamp } }],
    receivers,
    targets: ['oncall'],
    ruleset: () => rulesetOfText(RULE, [config]),
    clocks: { wallMs: nowMs, steadyMs: nowMs, upMs: () => HOUR_MS },
    disk: { committed: [], hasRoom: () => true },
  };
  let running: Process | undefined;
  return {
    arrived: receivers.arrived,
    async start() {
      running = startProcess(machine, Infinity);
      await time.finalise();
    },
    kill() {
      running?.bury();
      running = undefined;
    },
    async stop() {
      let hasStopped = running === undefined;
      void running?.stop().then(() => (hasStopped = true));
      while (!hasStopped) {
        source.look();
        await time.advance(500);
      }
      running?.bury();
      running = undefined;
    },
    async at(timeMs) {
      // Awake for long enough to see that nothing comes.
      time.jump(Math.max(0, timeMs - IDLE_MS - time.nowMs()));
      while (time.nowMs() < timeMs) {
        await time.advance(Math.min(4_000, timeMs - time.nowMs()));
        source.look();
        for (const work of time.due()) work();
      }
      await time.advance(100);
    },
    report(order, state, timeMs) {
      const line = {
        time: local.format(timeMs),
        order_id: order,
        order_state: state,
        service: 's',
        level: 'INFO',
      };
      source.append(0, JSON.stringify(line));
    },
  };
}

/** An order a minute-hand's turn, with a crash or a restart now and then. */
async function hourly(on: Stage, fromHour: number, toHour: number): Promise<void> {
  for (let hour = fromHour; hour <= toHour; hour++) {
    const nowMs = PAID_MS + hour * HOUR_MS;
    on.report(`order-${hour}`, 'SENT', nowMs);
    await on.at(nowMs);
    await on.at(nowMs + 2 * MINUTE_MS);
    if (hour % 9 === 4) on.kill();
    else if (hour % 9 === 8) await on.stop();
    else continue;
    await on.start();
  }
}

const told = ({ arrived }: Stage): unknown[] =>
  arrived.map(({ notice: { kind, episode } }) => [kind, episode.group['order_id'], episode.firedAtMs]);

test('through restarts and the change to summer time it fires 72 hours later, not 71 or 73', async () => {
  const on = stage();
  await on.start();
  on.report('zombie', 'PAID', PAID_MS);
  on.report('well', 'PAID', PAID_MS + 1_000);
  await hourly(on, 1, 71);
  on.report('well', 'SENT', PAID_MS + 71 * HOUR_MS + 10 * MINUTE_MS);
  await on.at(DEADLINE_MS - 5 * MINUTE_MS);
  await on.at(DEADLINE_MS);
  expect(told(on)).toEqual([]);
  await on.at(DEADLINE_MS + IDLE_MS);
  expect(told(on)).toEqual([['fired', 'zombie', DEADLINE_MS]]);
  on.kill();
});

test('an outage of an hour that covers the deadline delays it to its end, and what was mended meanwhile stays quiet', async () => {
  const on = stage();
  await on.start();
  on.report('zombie', 'PAID', PAID_MS);
  on.report('well', 'PAID', PAID_MS);
  await hourly(on, 1, 71);
  await on.at(DEADLINE_MS - 30 * MINUTE_MS);
  on.kill();
  on.report('well', 'SENT', DEADLINE_MS);
  on.report('other', 'SENT', DEADLINE_MS + 20 * MINUTE_MS);
  await on.at(DEADLINE_MS + 30 * MINUTE_MS);
  expect(told(on)).toEqual([]);
  await on.start();
  await on.at(DEADLINE_MS + 30 * MINUTE_MS + 1_000);
  expect(told(on)).toEqual([['fired', 'zombie', DEADLINE_MS]]);
  on.kill();
  await on.start();
  on.report('zombie', 'SENT', DEADLINE_MS + HOUR_MS);
  await on.at(DEADLINE_MS + HOUR_MS);
  await on.at(DEADLINE_MS + HOUR_MS + 61_000);
  await on.at(DEADLINE_MS + HOUR_MS + 61_000 + IDLE_MS);
  expect(told(on)).toEqual([
    ['fired', 'zombie', DEADLINE_MS],
    ['resolved', 'zombie', DEADLINE_MS],
  ]);
  on.kill();
  expect(alertsOnDisk(dir)).toMatchObject([
    { episode: { resolvedAtMs: DEADLINE_MS + HOUR_MS, reason: 'healed', firedAtMs: DEADLINE_MS } },
  ]);
});
