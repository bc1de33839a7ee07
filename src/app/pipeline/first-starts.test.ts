/** Which alerts are of the past of a first start: by the definition, across restarts, whatever else is there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { remembering } from '../../../test/support/batches.ts';
import { sourceConfig } from '../../../test/support/file-run.ts';
import { openAlertReader, openStateStore, type StateStore } from '../../detect/store/store.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import { createFirstStarts, type FirstStarts } from './first-starts.ts';

const START_MS = Date.UTC(2026, 10, 28);
const AGE_MS = 86_400_000;

let dir: string;
let stores: StateStore[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-starts-'));
  stores = [];
});

afterEach(() => {
  for (const store of stores) store.close();
  rmSync(dir, { recursive: true, force: true });
});

function openStore(name = 'state.db'): StateStore {
  const store = openStateStore(join(dir, name));
  stores.push(store);
  return store;
}

function closeStore(store: StateStore): void {
  stores = stores.filter((each) => each !== store);
  store.close();
}

function starts(store: StateStore, names: readonly string[], nowMs = START_MS): FirstStarts {
  return createFirstStarts({
    config: { sources: names.map((name) => ({ ...sourceConfig(), name })), alertAgeMs: AGE_MS },
    store,
    telemetry: remembering(),
    clock: { nowMs: () => nowMs },
  });
}

interface Event {
  readonly source: string;
  readonly timeMs: number;
}

function fired(id: string, firedAtMs: number, [first, ...rest]: readonly Event[]): Transition {
  const sample = ({ source, timeMs }: Event) => ({
    timeMs,
    position: { source, partition: 0, offset: 0 },
    excerpt: '',
    fields: {},
  });
  const episode: Episode = {
    alertId: id,
    rule: 'r',
    meaning: 'm',
    severity: 'high',
    group: {},
    state: 'firing',
    pendingAtMs: firedAtMs,
    firedAtMs,
    count: 1,
    suppressed: 0,
    firstEvent: sample(first!),
    samples: [first!, ...rest].map(sample),
  };
  return { kind: 'fired', isFinal: true, announce: true, threadId: id, episode };
}

function told(store: StateStore, first: FirstStarts, transition: Transition): Transition {
  return store.transaction((tx) => {
    store.recordEpisode(tx, transition);
    return first.telling(tx, transition);
  });
}

const idOf = (i: number): string => i.toString(16).padStart(16, '0');

test('an alert is of the past when it fired, and all it shows happened, before the first starts of their sources', () => {
  const events = fc.array(fc.record({ source: fc.nat(4), agoMs: fc.integer({ min: -1, max: 3 * AGE_MS }) }), {
    minLength: 1,
    maxLength: 3,
  });
  const alerts = fc.array(fc.record({ events, laterMs: fc.nat(2 * AGE_MS) }), { maxLength: 30 });
  let round = 0;
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      alerts,
      fc.nat(30),
      fc.nat(10 * AGE_MS),
      (isNew, given, restartAt, downMs) => {
        const file = `state-${round++}.db`;
        let store = openStore(file);
        store.age.note();
        const names = isNew.map((_, i) => `s${i}`);
        const first = store;
        isNew.forEach((each, i) => {
          const position = { offset: 1, proof: '', timing: '' };
          if (!each) first.transaction((tx) => first.setPosition(tx, names[i]!, 0, position));
        });
        let it = starts(store, names);
        expect(names.map((name) => it.isUnderWay(name))).toEqual(isNew);
        given.forEach(({ events: shown, laterMs }, i) => {
          if (i === restartAt) {
            closeStore(store);
            store = openStore(file);
            it = starts(store, names, START_MS + downMs);
          }
          const at = shown.map(({ source, agoMs }) => ({
            of: source % names.length,
            timeMs: START_MS - agoMs,
          }));
          const firedAtMs = Math.max(...at.map(({ timeMs }) => timeMs)) + laterMs;
          const isPast = at.every(
            ({ of, timeMs }) => isNew[of] === true && Math.max(timeMs, firedAtMs) < START_MS - AGE_MS,
          );
          const alert = fired(
            idOf(i),
            firedAtMs,
            at.map(({ of, timeMs }) => ({ source: names[of]!, timeMs })),
          );
          expect(told(store, it, alert).announce).toBe(!isPast);
          expect(store.episode(idOf(i))?.isUntold).toBe(isPast ? true : undefined);
        });
        closeStore(store);
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

test('an alert of the past that is amended to a young one is told as a firing; one that is withdrawn is none', () => {
  const store = openStore();
  const it = starts(store, ['s']);
  const oldMs = START_MS - 2 * AGE_MS;
  for (const id of [idOf(1), idOf(2)])
    expect(told(store, it, fired(id, oldMs, [{ source: 's', timeMs: oldMs }])).announce).toBe(false);
  const young = fired(idOf(3), START_MS, [{ source: 's', timeMs: START_MS }]);
  const amended = {
    ...young,
    kind: 'amended',
    threadId: idOf(1),
    correction: { kind: 'not_fired' },
  } as const;
  const { episode } = young;
  const expected = { kind: 'fired', isFinal: true, announce: true, threadId: idOf(1), episode };
  expect(told(store, it, amended)).toEqual(expected);
  const withdrawn = {
    ...fired(idOf(2), oldMs, [{ source: 's', timeMs: oldMs }]),
    kind: 'withdrawn',
  } as const;
  told(store, it, { ...withdrawn, correction: { kind: 'not_fired' } });
  expect(store.episodes().filter(({ isUntold }) => isUntold)).toEqual([]);
});

test('a source that comes later has a first start of its own; a lost state is none', () => {
  const store = openStore();
  expect(starts(store, ['a']).isUnderWay('a')).toBe(true);
  const later = starts(store, ['a', 'b'], START_MS + 5);
  expect([later.of('a')?.atMs, later.of('b')?.atMs]).toEqual([START_MS, START_MS + 5]);
  expect(later.pastReadUntilMs()).toBe(START_MS + 5 + 5_000);
  writeFileSync(join(dir, 'files.db'), 'x');
  mkStateGone();
  const again = starts(openStore(), ['a']);
  expect([again.isUnderWay('a'), again.of('a')]).toEqual([false, undefined]);
});

function mkStateGone(): void {
  closeStore(stores[0]!);
  for (const end of ['', '-wal', '-shm']) rmSync(join(dir, `state.db${end}`), { force: true });
}

test('what rules lose is lost of the past only while lines of the past are read', async () => {
  const store = openStore();
  const it = starts(store, ['a'], START_MS);
  const batch = (lastTimeMs: number): Parameters<FirstStarts['read']>[0] => ({
    source: 'a',
    partition: 0,
    events: 1,
    clockMs: START_MS,
    lastTimeMs,
  });
  it.read(batch(START_MS));
  it.read(batch(START_MS - AGE_MS));
  expect(it.pastReadUntilMs()).toBe(-Infinity);
  it.read(batch(START_MS - AGE_MS - 1));
  expect(it.pastReadUntilMs()).toBe(START_MS + 5_000);
  await it.wasRead({ tell: () => Promise.resolve() }, 'a');
  it.read(batch(0));
  expect(it.pastReadUntilMs()).toBe(-Infinity);
});

test('a source catches up as long as something is read of it', () => {
  const store = openStore();
  let nowMs = START_MS;
  const it = createFirstStarts({
    config: { sources: [{ ...sourceConfig(), name: 'a' }], alertAgeMs: AGE_MS },
    store,
    telemetry: remembering(),
    clock: { nowMs: () => nowMs },
  });
  const after = (ms: number): boolean => {
    nowMs += ms;
    return it.isCatchingUp('a');
  };
  expect([after(0), after(19_999), after(1)]).toEqual([true, true, false]);
  it.read({ source: 'a', partition: 0, events: 1, clockMs: nowMs });
  expect([after(19_999), after(1)]).toEqual([true, false]);
});

test('where Kafka began is kept, and a group that had read before ends the first start', async () => {
  const store = openStore();
  starts(store, ['a']).of('a')!.keepOffsets({ 0: 5, 1: 7 });
  const it = starts(store, ['a']);
  expect(it.of('a')!.offsets()).toEqual({ 0: 5, 1: 7 });
  const tell = (_: unknown, write: Parameters<StateStore['transaction']>[0]): Promise<void> => {
    store.transaction(write);
    return Promise.resolve();
  };
  await it.wasRead({ tell }, 'a');
  for (const each of [it, starts(store, ['a'])])
    expect([each.of('a'), each.pastReadUntilMs()]).toEqual([undefined, -Infinity]);
});

test('a state file that no run of this version has opened shows its alerts', () => {
  const store = openStore();
  const alert = fired(idOf(1), START_MS, [{ source: 's', timeMs: START_MS }]);
  store.transaction((tx) => {
    store.recordEpisode(tx, alert);
    tx.sql('DROP TABLE untold').run();
  });
  const reader = openAlertReader(join(dir, 'state.db'))!;
  expect(reader.episodes()).toHaveLength(1);
  reader.close();
});
