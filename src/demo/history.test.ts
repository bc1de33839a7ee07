import { expect, it } from 'vitest';
import { createHistory } from './history.ts';

interface Logged {
  readonly '@timestamp': string;
  readonly order_id: string;
  readonly message: string;
  readonly order_state?: string;
}

const START_MS = Date.parse('2026-11-23T08:00:00Z');
const DURATION_MS = 45_000;
const history = createHistory({ seed: 7, startMs: START_MS, durationMs: DURATION_MS });
const LINES = history.lines.map((line) => JSON.parse(line) as Logged);
const ofOrder = (kind: string): readonly Logged[] => {
  const story = history.stories.find((each) => each.kind === kind)!;
  return LINES.filter(({ order_id: id }) => id === story.orderId);
};
const dueMs = (kind: string): number => history.stories.find((each) => each.kind === kind)!.dueMs;

it('begins more than three days ago, ends before now, in the order of time', () => {
  const times = LINES.map((line) => Date.parse(line['@timestamp']));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times[0]!).toBeLessThan(START_MS - 73 * 3_600_000);
  expect(times.at(-1)!).toBeLessThanOrEqual(START_MS);
  expect(LINES.length).toBeGreaterThan(2_000);
});

it('lets the zombie enter its last state 72 hours before it is due, and repeat it', () => {
  const processing = ofOrder('zombie').filter((line) => line.order_state === 'PROCESSING');
  expect(Date.parse(processing[0]!['@timestamp'])).toBe(dueMs('zombie') - 72 * 3_600_000);
  expect(ofOrder('zombie').at(-1)).toBe(processing.at(-1));
  expect(processing).toHaveLength(2);
});

it('lets the ghost be paid ten minutes before it is due, and its stock never be synced', () => {
  const messages = ofOrder('ghost').map(({ message }) => message);
  expect(messages).not.toContain('inventory synced');
  const paid = ofOrder('ghost').find(({ message }) => message === 'payment succeeded');
  expect(Date.parse(paid!['@timestamp'])).toBe(dueMs('ghost') - 600_000);
});

it('cancels the paid order in time of the demo, once', () => {
  const later = history
    .later(START_MS, START_MS + DURATION_MS)
    .map((line) => JSON.parse(line) as Logged)
    .filter((line) => line.order_state === 'CANCELLED');
  expect(later.map((line) => Date.parse(line['@timestamp']))).toEqual([dueMs('split')]);
});
