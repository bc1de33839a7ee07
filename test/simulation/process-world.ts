/** What happens around the simulated process: orders, silence, outages, crashes and restarts, drawn at random from a seed. */
import { vi } from 'vitest';
import type { SourceConfig } from '../../src/config/config.ts';
import type { OracleEvent } from '../support/oracle.ts';
import type { Random } from '../support/timelines.ts';
import type { Ruleset } from '../../src/rule/ast.ts';
import { startProcess, type MachineOptions, type Process } from './process-machine.ts';
import { createReceivers, type Arrived } from './process-receivers.ts';
import { latenessMs, randomRule, rulesetOfText, sourceName, type OrderEvent } from './process-rules.ts';
import { createSimulatedSource } from './process-source.ts';

export const targets = ['first', 'second'] as const;
const partitions = [0, 1] as const;
const startMs = Date.parse('2026-03-28T12:00:00Z');
const dayMs = 86_400_000;
const longMs = 30 * dayMs;
/** The clock of a machine on which a process starts. */
const mostBehindMs = 120_000;
/** A clock that is wrong for less than ten minutes must do no harm. */
const mostWrongMs = 590_000;
/** As the program does, if seldom. */
const tickMs = 4_000;
/** After this a partition is idle, and what was read before is settled. */
const quietMs = 100_000;

export interface Simulated {
  readonly rules: readonly ReturnType<typeof randomRule>[];
  /** The checked rules, in the order of `rules`. */
  readonly ruleset: Ruleset;
  readonly events: readonly {
    readonly event: OrderEvent;
    readonly place: Pick<OracleEvent, 'timeMs' | 'partition' | 'offset'>;
  }[];
  readonly arrived: readonly Arrived[];
  /** Everything up to this time was settled. */
  readonly settledMs: number;
  /** For people who look for the fault. */
  readonly story: readonly string[];
}

export const sourceConfig: SourceConfig = {
  name: sourceName,
  kind: { kind: 'stdin', spoolBytes: 0 },
  decode: { kind: 'json' },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs,
};

export async function simulate(random: Random, dir: string): Promise<Simulated> {
  vi.useFakeTimers({ now: startMs });
  const story: string[] = [];
  const rules = Array.from({ length: 1 + random.below(3) }, (_, i) => randomRule(random, `rule_${i}`));
  const rulesText = (): string =>
    rules.map(({ text }) => text(random.pick(['low', 'high', 'critical']))).join('') +
    (random.chance(50) ? '' : 'rule bystander { when level:GONE  alert count >= 1 within 1m by service }\n');
  let ruleset = rulesetOfText(rulesText());
  const source = createSimulatedSource(sourceName, partitions.length, random);
  const receivers = createReceivers(random);
  receivers.setTrouble(random.pick([0, 10, 50, 80]));
  // How far the machine's clock is behind the true time, and for how long it will be wrong by more than that of a machine can be
  // when a process starts.
  let behindMs = 0;
  let wrongMs = 0;
  const trueMs = (): number => Date.now() + behindMs;
  const setClock = (toBehindMs: number): void => {
    const nowMs = trueMs();
    behindMs = toBehindMs;
    vi.setSystemTime(nowMs - behindMs);
  };
  const mendClock = (): void => {
    if (behindMs < 0 || behindMs > mostBehindMs) setClock(0);
  };
  const machine: MachineOptions = {
    dir,
    random,
    source,
    sourceConfig,
    receivers,
    targets,
    ruleset: () => ruleset,
    clocks: { wallMs: () => Date.now(), steadyMs: trueMs, upMs: () => longMs },
  };
  const start = (): Promise<Process> => {
    mendClock();
    return startProcess(machine, fatal());
  };
  let crashes = 0;
  const fatal = (): number => (crashes < 8 && random.chance(85) ? 1 + random.below(120) : Infinity);
  let running: Process | undefined = await start();

  /** Time in which the process does nothing by itself; a long one is a standstill. */
  const pass = async (ms: number): Promise<void> => {
    wrongMs -= ms;
    if (wrongMs < 0) mendClock();
    if (ms <= 30_000) await vi.advanceTimersByTimeAsync(ms);
    else vi.setSystemTime(Date.now() + ms);
    await vi.advanceTimersByTimeAsync(0);
  };
  /** Lets it work; if it died, starts it again, at once or after a while. */
  const live = async (): Promise<void> => {
    for (;;) {
      if (running === undefined) return;
      await vi.advanceTimersByTimeAsync(0);
      await running.tick();
      await vi.advanceTimersByTimeAsync(0);
      if (!running.isOver()) return;
      running.bury();
      running = undefined;
      crashes += 1;
      story.push(`crash at ${trueMs() - startMs}`);
      if (random.chance(60)) running = await start();
    }
  };
  /** Time in which it ticks. */
  const ticking = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= tickMs) {
      await pass(Math.min(left, tickMs));
      await live();
    }
  };
  const revive = async (): Promise<void> => {
    running ??= await start();
    await live();
  };

  const events: Simulated['events'][number][] = [];
  /** What the greatest time of each partition is at least: the clock of a batch caps it, and may be as far behind as it ever is. */
  const greatest = new Map<number, number>();
  const produce = async (): Promise<void> => {
    const partition = random.pick(silent === undefined ? partitions : partitions.filter((p) => p !== silent));
    const greatestMs = greatest.get(partition);
    const isTooLate = greatestMs !== undefined && random.chance(5);
    const timeMs = isTooLate
      ? greatestMs - latenessMs - 1 - random.below(5_000)
      : trueMs() - random.below(latenessMs);
    greatest.set(partition, Math.max(greatestMs ?? -Infinity, Math.min(timeMs, trueMs() - mostBehindMs)));
    const event: OrderEvent = {
      ...(random.chance(90) && { service: random.pick(['pay', 'stock']) }),
      level: random.chance(50) ? 'ERROR' : 'INFO',
      ...(random.chance(90) && { order_id: random.pick(['o1', 'o2', 'o3']) }),
      ...(random.chance(70) && { order_state: random.pick(['NEW', 'PAID', 'SENT']) }),
    };
    const line = JSON.stringify({ '@timestamp': new Date(timeMs).toISOString(), ...event });
    const offset = source.append(partition, line);
    if (!isTooLate) events.push({ event, place: { timeMs, partition, offset } });
    await live();
  };
  let silent: number | undefined;

  const happenings: readonly (() => Promise<void>)[] = [
    ...Array.from({ length: 12 }, () => async () => {
      for (let i = random.below(4); i >= 0; i--) {
        await pass(random.below(random.pick([1, 1_000, 20_000])));
        await produce();
      }
    }),
    async () => {
      for (let i = 0; i < 4; i++) {
        await pass(random.below(25_000));
        await live();
      }
    },
    async () => {
      const ms = random.pick([70_000, 200_000, 3_600_000]);
      story.push(`${ms} ms pass at ${trueMs() - startMs}`);
      await pass(ms);
      await live();
      if (random.chance(50)) await ticking(quietMs);
    },
    async () => {
      silent = random.pick([undefined, ...partitions]);
      await live();
    },
    async () => {
      const partition = random.pick(partitions);
      source.setReachable(partition, random.chance(50));
      story.push(`reach of ${partition} at ${trueMs() - startMs}`);
      await live();
    },
    async () => {
      ruleset = rulesetOfText(rulesText());
      await running?.reload();
      await live();
    },
    async () => {
      setClock(random.pick([random.below(mostBehindMs), random.below(2 * dayMs) - dayMs]));
      wrongMs = random.below(mostWrongMs);
      story.push(`clock ${behindMs} ms behind at ${trueMs() - startMs}`);
      await live();
    },
    async () => {
      receivers.setTrouble(random.pick([0, 10, 50, 80, 100]));
      await live();
    },
    async () => {
      await running?.stop();
      story.push(`stop at ${trueMs() - startMs}`);
      await live();
    },
    revive,
    revive,
  ];
  for (let i = 10 + random.below(30); i >= 0; i--) await random.pick(happenings)();

  // The end: all is well again, nothing more comes, and time goes on until every deadline has run out.
  crashes = Infinity;
  for (const partition of partitions) source.setReachable(partition, true);
  receivers.setTrouble(0);
  setClock(0);
  const alive = async (): Promise<Process> => {
    for (;;) {
      await revive();
      if (running !== undefined) return running;
    }
  };
  await (await alive()).stop();
  for (const ms of [1_000, longMs]) {
    await pass(ms);
    await alive();
    // What is held back for a quiet partition is read when that is idle, and idle later.
    await ticking(2 * quietMs);
  }
  let last = await alive();
  for (let i = 0; i < 2_000 && last.pending() > 0; i++) {
    await vi.advanceTimersByTimeAsync(10_000);
    last = await alive();
  }
  last.bury();
  vi.useRealTimers();
  return {
    rules,
    ruleset: { ...ruleset, rules: ruleset.rules.filter(({ name }) => name !== 'bystander') },
    events,
    arrived: receivers.arrived,
    settledMs: startMs + longMs,
    story,
  };
}
