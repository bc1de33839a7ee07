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
const longMs = 30 * 86_400_000;
/** How far the machine's clock is behind at most. */
const mostBehindMs = 120_000;

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
  // True time, and how far the machine's clock is behind it.
  let trueMs = startMs;
  let behindMs = 0;
  const clock = (): number => Date.now();
  const setClock = (): void => void vi.setSystemTime(trueMs - behindMs);
  const machine: MachineOptions = {
    dir,
    random,
    source,
    sourceConfig,
    receivers,
    targets,
    ruleset: () => ruleset,
    clock,
  };
  let crashes = 0;
  const fatal = (): number => (crashes < 8 && random.chance(85) ? 1 + random.below(120) : Infinity);
  let running: Process | undefined = await startProcess(machine, fatal());

  const pass = async (ms: number): Promise<void> => {
    trueMs += ms;
    if (ms <= 30_000) await vi.advanceTimersByTimeAsync(ms);
    setClock();
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
      story.push(`crash at ${trueMs - startMs}`);
      if (random.chance(60)) running = await startProcess(machine, fatal());
    }
  };
  const revive = async (): Promise<void> => {
    running ??= await startProcess(machine, fatal());
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
      : trueMs - random.below(latenessMs);
    greatest.set(partition, Math.max(greatestMs ?? -Infinity, Math.min(timeMs, trueMs - mostBehindMs)));
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
      story.push(`${ms} ms pass at ${trueMs - startMs}`);
      await pass(ms);
      await live();
    },
    async () => {
      silent = random.pick([undefined, ...partitions]);
      await live();
    },
    async () => {
      const partition = random.pick(partitions);
      source.setReachable(partition, random.chance(50));
      story.push(`reach of ${partition} at ${trueMs - startMs}`);
      await live();
    },
    async () => {
      ruleset = rulesetOfText(rulesText());
      await running?.reload();
      await live();
    },
    async () => {
      behindMs = random.below(mostBehindMs);
      story.push(`clock ${behindMs} ms behind at ${trueMs - startMs}`);
      setClock();
      await live();
    },
    async () => {
      receivers.setTrouble(random.pick([0, 10, 50, 80, 100]));
      await live();
    },
    async () => {
      await running?.stop();
      story.push(`stop at ${trueMs - startMs}`);
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
  behindMs = 0;
  setClock();
  const alive = async (): Promise<Process> => {
    for (;;) {
      await revive();
      if (running !== undefined) return running;
    }
  };
  await (await alive()).stop();
  for (const ms of [1_000, 100_000, longMs, 70_000]) {
    await pass(ms);
    await alive();
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
