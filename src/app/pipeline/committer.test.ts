import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { remembering } from '../../../test/support/batches.ts';
import { until } from '../../../test/support/tocsin-process.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import { openNotes } from '../../detect/store/notes.ts';
import { openStateStore, type StateStore } from '../../detect/store/store.ts';
import { openOutbox } from '../../notify/outbox/outbox.ts';
import { createEngine, type EngineOptions } from './committer.ts';
import type { Engine } from '../types.ts';
import { restored } from './restore.ts';
import { FixableError } from '../../event/fixable-error.ts';

let dir: string;
let files: StateStore;
let isFull: boolean;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-engine-'));
  files = openStateStore(join(dir, 'state.db'));
  isFull = false;
});
afterEach(() => {
  files.close();
  rmSync(dir, { recursive: true });
});

function open(detector = restored(files), planner: EngineOptions['planner'] = () => () => []): Engine {
  const store: StateStore = {
    ...files,
    transaction(run) {
      if (isFull)
        throw new FixableError('state', 'state.db cannot be written: the disk is full.', 'Make room on it.');
      return files.transaction(run);
    },
  };
  return createEngine({
    detector,
    store,
    outbox: openOutbox(files.tables, () => rightClock().nowMs()),
    telemetry: remembering(),
    clock: rightClock(),
    logBytesMin: 0,
    planner,
    onTransitions: () => undefined,
  });
}

const tick = (clockMs: number) => ({ kind: 'tick', clockMs, idle: [] }) as const;
const ticksOnDisk = (): unknown[] => [...files.load().inputs].map(({ input }) => input);

test.each(['an input', 'a note', 'a snapshot'])(
  '%s that meets a full disk waits for it, in its turn',
  async (what) => {
    const notes = openNotes(files.tables);
    const engine = open();
    if (what === 'a snapshot') await engine.take(tick(1));
    isFull = true;
    const first =
      what === 'a note' ? engine.tell([], (tx) => notes.write(tx, 'workedAtMs', 1)) : engine.take(tick(2));
    const second = engine.take(tick(3));
    await until(() => engine.problem(), 60_000);
    expect(engine.problem()).toBe(
      'state.db cannot be written: the disk is full. Make room on it. Until then reading waits.',
    );
    isFull = false;
    await Promise.all([first, second]);
    expect(engine.problem()).toBeUndefined();
    expect(engine.unwritable()).toMatchObject({
      problem: expect.stringContaining('the disk is full') as string,
    });
    if (what === 'a note') expect(notes.read('workedAtMs')).toBe(1);
    await engine.close();
    expect(restored(files).report()).toEqual([]);
  },
);

test('an end does not wait for a full disk: what waits is tried once more, and what is behind it given up', async () => {
  const engine = open();
  isFull = true;
  const waits = engine.take(tick(1));
  const behind = engine.take(tick(2));
  await until(() => engine.problem(), 60_000);
  const outcomes = Promise.allSettled([waits, behind]);
  await engine.close();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(engine.problem()).toContain('the disk is full');
  expect(ticksOnDisk()).toEqual([]);
});

test('an end after which the disk has room again owes nothing of what waited', async () => {
  const engine = open();
  isFull = true;
  const waits = engine.take(tick(1));
  await until(() => engine.problem(), 60_000);
  isFull = false;
  await engine.close();
  await waits;
  expect(engine.problem()).toBeUndefined();
  await expect(engine.take(tick(2))).rejects.toThrow('stopped');
});

test('what comes into force with an input waits until what was handed in before is durable with its messages', async () => {
  const engine = open();
  isFull = true;
  let isInForce = false;
  const waits = engine.take(tick(1));
  const behind = engine.take(tick(2), undefined, () => (isInForce = true));
  await until(() => engine.problem(), 60_000);
  expect(isInForce).toBe(false);
  isFull = false;
  await waits;
  await behind;
  expect(isInForce).toBe(true);
});

test('messages that cannot be made end it too: the detector is ahead of what anybody was told', async () => {
  const detector = restored(files);
  const fired = { threadId: 't', kind: 'fired', isFinal: true, announce: true } as Transition;
  const episode = { alertId: 'a', rule: 'r', state: 'firing', firedAtMs: 1 } as Episode;
  detector.step = ({ kind }) => (kind === 'tick' ? [{ ...fired, episode }] : []);
  let isBroken = true;
  const engine = open(detector, () => () => {
    if (isBroken) throw new TypeError('of null');
    return [];
  });
  await expect(engine.take(tick(1))).rejects.toThrow('of null');
  isBroken = false;
  await expect(engine.take(tick(2))).rejects.toThrow('of null');
  await expect(Promise.race([engine.failed, engine.close()])).rejects.toThrow('of null');
  expect([ticksOnDisk(), files.episodes(), files.load().checkpoint]).toEqual([[], [], undefined]);
});

test('the messages of one input are planned together, those of the next anew', async () => {
  const detector = restored(files);
  const fired = { threadId: 't', kind: 'fired', isFinal: true, announce: true } as Transition;
  const episode = (alertId: string) => ({ alertId, rule: 'r', state: 'firing', firedAtMs: 1 }) as Episode;
  detector.step = () => ['a', 'b', 'c'].map((id) => ({ ...fired, episode: episode(id) }));
  const planned: string[][] = [];
  const engine = open(detector, () => {
    const batch: string[] = [];
    planned.push(batch);
    return (transition) => (batch.push(transition.episode.alertId), []);
  });
  await engine.take(tick(1));
  await engine.tell(detector.step(tick(2)), () => undefined);
  await engine.tell([], () => undefined);
  expect(planned).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ]);
  await engine.close();
});

test('what escapes from the detector is told, and nothing of its state is believed any more', async () => {
  const detector = restored(files);
  const step = detector.step.bind(detector);
  let isBroken = false;
  detector.step = (input) => {
    if (isBroken) throw new TypeError('of null');
    return step(input);
  };
  const engine = open(detector);
  await engine.take(tick(1));
  await until(() => files.load().checkpoint !== undefined, 60_000);
  isBroken = true;
  const checkpoint = JSON.stringify([...files.load().checkpoint!]);
  await expect(engine.take(tick(2))).rejects.toThrow('of null');
  await expect(engine.failed).rejects.toThrow('of null');
  isBroken = false;
  await expect(engine.take(tick(3))).rejects.toThrow('of null');
  await engine.close();
  expect(JSON.stringify([...files.load().checkpoint!])).toBe(checkpoint);
  expect(ticksOnDisk()).toEqual([]);
});
