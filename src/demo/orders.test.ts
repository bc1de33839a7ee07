import { describe, expect, it } from 'vitest';
import { createOrderService, type Fault } from './orders.ts';
import { faultAt, faultRate, planFaults } from './plan.ts';

interface Logged {
  readonly '@timestamp': string;
  readonly log: { readonly level: string };
  readonly service: { readonly name: string };
  readonly message: string;
  readonly order_id: string;
  readonly user_id: string;
  readonly error?: { readonly message: string };
}

const START_MS = Date.parse('2026-11-23T08:00:00Z');

function play(seconds: number, fault?: Fault, seed = 7): readonly Logged[] {
  const service = createOrderService({ seed, startMs: START_MS, ordersPerSecond: 40 });
  const trouble = fault && { fault, linesPerSecond: 5 };
  const lines: string[] = [];
  for (let tick = 1; tick <= seconds * 10; tick += 1)
    lines.push(...service.lines(START_MS + tick * 100, trouble));
  return lines.map((line) => JSON.parse(line) as Logged);
}

describe('the simulated order service', () => {
  it('writes a few hundred lines a second, in time order, without errors', () => {
    const lines = play(20);
    expect(lines.length / 20).toBeGreaterThan(200);
    expect(lines.length / 20).toBeLessThan(400);
    const times = lines.map((line) => line['@timestamp']);
    expect(times).toEqual([...times].sort());
    expect(new Set(lines.map(({ log }) => log.level))).toEqual(new Set(['INFO']));
  });

  it('tells one story an order: the threads agree on its id and its user', () => {
    const lines = play(20);
    const first = lines[0]!.order_id;
    const story = lines.filter(({ order_id: id }) => id === first);
    expect(new Set(story.map(({ user_id: user }) => user)).size).toBe(1);
    expect(story.map(({ service }) => service.name)).toEqual([
      'order',
      'inventory',
      'payment',
      'payment',
      'order',
      'inventory',
      'order',
      'order',
    ]);
  });

  it('says the same for the same seed only', () => {
    expect(play(2)).toEqual(play(2));
    expect(play(2)).not.toEqual(play(2, undefined, 8));
  });

  it.each([
    ['inventory_slow', /order_timeout|inventory_rollback/u],
    ['payment_gateway', /payment gateway error/u],
    ['redis_full', /OOM command not allowed when used memory > 'maxmemory'/u],
  ] as const)('says what is wrong in %s, about orders that exist', (fault, words) => {
    const lines = play(5, fault);
    const errors = lines.filter(({ log }) => log.level === 'ERROR');
    expect(errors.length).toBeGreaterThanOrEqual(15);
    const known = new Set(lines.filter(({ log }) => log.level === 'INFO').map(({ order_id: id }) => id));
    for (const { message, error, order_id: id } of errors) {
      expect(`${message} ${error?.message ?? ''}`).toMatch(words);
      expect(known).toContain(id);
    }
  });
});

describe('the plan of the faults', () => {
  it('has each once, none at the same time, all well before the end', () => {
    const plan = planFaults(START_MS, 45_000);
    expect(plan.map(({ fault }) => fault)).toEqual(['inventory_slow', 'payment_gateway', 'redis_full']);
    plan.forEach(({ startMs: from, endMs }, i) => {
      expect(from).toBeGreaterThanOrEqual(i === 0 ? START_MS : plan[i - 1]!.endMs);
      expect(endMs).toBeLessThanOrEqual(START_MS + 40_000);
    });
    expect(faultAt(plan, START_MS)).toBeUndefined();
    expect(faultAt(plan, plan[1]!.startMs)?.fault).toBe('payment_gateway');
    expect(faultAt(plan, plan[1]!.endMs)).toBeUndefined();
  });

  it('makes a short fault as noticeable as a long one', () => {
    for (const durationMs of [10_000, 45_000, 600_000]) {
      for (const fault of planFaults(START_MS, durationMs)) {
        const lines = (faultRate(fault) * (fault.endMs - fault.startMs)) / 1_000;
        expect(lines).toBeGreaterThanOrEqual(29);
      }
    }
  });
});
