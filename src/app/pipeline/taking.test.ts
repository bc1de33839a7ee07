import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mortal, mortalStore } from '../../../test/simulation/process-disk.ts';
import { remembering } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import { openStateStore, type StateStore } from '../../detect/store/store.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import { openOutbox } from '../../notify/outbox/outbox.ts';
import type { Engine } from '../types.ts';
import { createEngine, type EngineOptions } from './committer.ts';
import { restored } from './restore.ts';

let dir: string;
let files: StateStore;
let told: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-taking-'));
  files = openStateStore(join(dir, 'state.db'));
  told = [];
});
afterEach(() => {
  files.close();
  rmSync(dir, { recursive: true });
});

const tick = (clockMs: number): DetectInput => ({ kind: 'tick', clockMs, idle: [] });
const onDisk = (): readonly number[] =>
  [...files.load().inputs].flatMap(({ input }) => (input.kind === 'tick' ? [input.clockMs] : []));
const moved = (offset: number) => ({
  source: 'orders',
  partition: 0,
  position: { offset, proof: '', timing: null },
});

/** Every tick fires an alert of its own, and its time is the id. `fails`: the detector throws at this tick. */
function open(
  store: StateStore,
  { fails, planner, logBytesMin }: { fails?: number } & Partial<EngineOptions> = {},
): Engine {
  const detector = restored(files);
  detector.step = (input) => {
    if (input.kind !== 'tick') return [];
    if (input.clockMs === fails) throw new TypeError('of null');
    const alertId = String(input.clockMs);
    const episode = { alertId, rule: 'r', state: 'firing', firedAtMs: 1 } as Episode;
    return [{ threadId: alertId, kind: 'fired', isFinal: true, announce: true, episode }];
  };
  return createEngine({
    detector,
    store,
    outbox: openOutbox(files.tables, () => rightClock().nowMs()),
    telemetry: remembering(),
    clock: rightClock(),
    logBytesMin: logBytesMin ?? 0,
    planner: planner ?? (() => () => []),
    onTransitions: (transitions) => told.push(...transitions.map(({ episode }) => episode.alertId)),
  });
}

/** Hands in all ticks at once; returns the times of those that were taken. */
async function taken(engine: Engine, times: readonly number[]): Promise<readonly number[]> {
  const outcomes = await Promise.allSettled(times.map((ms) => engine.take(tick(ms), moved(ms))));
  return times.filter((_, i) => outcomes[i]!.status === 'fulfilled');
}

/** A store that notes what was on the disk, and who had been told, after each transaction with inputs. */
function noting(store: StateStore, notes: unknown[]): StateStore {
  return {
    ...store,
    transaction(run) {
      const before = onDisk().length;
      const result = store.transaction(run);
      if (onDisk().length > before) notes.push({ onDisk: onDisk(), told: [...told] });
      return result;
    },
  };
}

test('inputs that wait side by side become durable together, in their order, before anybody is told', async () => {
  const notes: unknown[] = [];
  const engine = open(noting(files, notes), {});
  expect(await taken(engine, [1, 2, 3])).toEqual([1, 2, 3]);
  expect(notes[0]).toEqual({ onDisk: [1, 2, 3], told: [] });
  expect(told).toEqual(['1', '2', '3']);
  expect(files.position('orders', 0)?.offset).toBe(3);
  await engine.close();
});

test('an input that comes into force in its turn shares no transaction with those before it', async () => {
  const seen: unknown[] = [];
  const engine = open(files);
  await Promise.all([
    engine.take(tick(1)),
    engine.take(tick(2)),
    engine.take(tick(3), undefined, () => seen.push(onDisk(), [...told])),
    engine.take(tick(4)),
  ]);
  expect(seen).toEqual([
    [1, 2],
    ['1', '2'],
  ]);
  expect(told).toEqual(['1', '2', '3', '4']);
  await engine.close();
});

test('a batch with many matches waits for no other, and no other for it', async () => {
  const notes: unknown[] = [];
  const engine = open(noting(files, notes), {});
  const position = { source: 'orders', partition: 0, offset: 1 };
  const match = { rule: 'r', conditions: ['when'], group: [], timeMs: 1, position };
  const shown = { excerpt: '', fields: {} };
  const large: DetectInput = {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: 1,
    matches: Array.from({ length: 5_001 }, () => ({ ...match, shown })),
  };
  await Promise.all([engine.take(tick(1)), engine.take(large), engine.take(tick(2))]);
  expect(notes).toHaveLength(2);
  await engine.close();
});

test.each(['the detector cannot take', 'no messages can be made for'])(
  'an input that %s is lost alone: those before it are durable and told, those behind it refused',
  async (what) => {
    const planner = () => (transition: Transition) => {
      if (transition.episode.alertId === '3') throw new TypeError('of null');
      return [];
    };
    const engine = open(files, what.startsWith('the detector') ? { fails: 3 } : { planner });
    expect(await taken(engine, [1, 2, 3, 4])).toEqual([1, 2]);
    await expect(engine.take(tick(5))).rejects.toThrow('of null');
    await expect(engine.failed).rejects.toThrow('of null');
    // Time for a checkpoint, which is due.
    await setTimeout(50);
    await engine.close();
    expect([onDisk(), told, files.position('orders', 0)?.offset]).toEqual([[1, 2], ['1', '2'], 2]);
    // The state in memory is ahead of the journal.
    expect(files.load().checkpoint).toBeUndefined();
  },
);

test('a process that dies at any moment has all of a transaction or nothing, and has told nobody of more', async () => {
  const outcomes = new Set<string>();
  for (let fatal = 1, isOver = true; isOver; fatal++) {
    const life = mortal(fatal);
    const [before] = [onDisk(), (told = [])];
    const first = fatal * 10;
    const store = mortalStore(files, life, { committed: [], hasRoom: () => true });
    // No checkpoint cuts the journal, and no end makes one.
    const engine = open(store, { logBytesMin: Infinity });
    const answered = await taken(engine, [first, first + 1, first + 2]);
    await setTimeout(5);
    isOver = life.isOver();
    const after = onDisk().slice(before.length);
    if (isOver) {
      expect([[], [first, first + 1, first + 2]]).toContainEqual(after);
      expect(files.position('orders', 0)?.offset).toBe(onDisk().at(-1));
      for (const ms of [...answered, ...told.map(Number)]) expect(after).toContain(ms);
      outcomes.add(`${after.length} durable, ${answered.length} answered`);
    }
  }
  expect([...outcomes]).toEqual(['0 durable, 0 answered', '3 durable, 0 answered', '3 durable, 3 answered']);
});
