import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mortal, mortalStore, type Mortal } from '../../../test/simulation/process-disk.ts';
import { batchOf, remembering } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import { READ_AT_MS, source as sourceConfig } from '../../../test/support/compare-ways.ts';
import { countAlert, field, ruleOf } from '../../../test/support/conditions.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import { rulesInput, type BatchInput } from '../../detect/input/input.ts';
import { openStateStore, type StateStore } from '../../detect/store/store.ts';
import type { Batch } from '../../event/batch.ts';
import { makeSchema } from '../../event/schema.ts';
import type { LogReader, LogSource, ReaderOptions } from '../../ingest/source.ts';
import { compileMatcher } from '../../match/matcher.ts';
import { openOutbox } from '../../notify/outbox/outbox.ts';
import { machineTimers } from '../../event/waiting.ts';
import { startAlerting } from './alerting.ts';
import { createEngine } from './committer.ts';
import { takingOn } from './reading-on.ts';
import { restored } from './restore.ts';

let dir: string;
let files: StateStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-reading-on-'));
  files = openStateStore(join(dir, 'first', 'state.db'));
});
afterEach(() => {
  files.close();
  rmSync(dir, { recursive: true });
});

/** Puts an empty state in the place of the one there is. */
function beginAnew(name: string): void {
  files.close();
  files = openStateStore(join(dir, name, 'state.db'));
}

const SCHEMA = makeSchema([
  { name: 'kind', type: 'keyword', paths: ['kind'] },
  { name: 'n', type: 'long', paths: ['n'] },
]);
const CONFIG = sourceConfig();
const RULES = [ruleOf('a', { when: field('kind', 'a'), alert: countAlert(['n']), from: [CONFIG.name] })];
const RULESET = { rules: RULES, schema: SCHEMA };
const MATCHER = compileMatcher(RULESET);

/** The lines of each partition; some have no time of their own, and so the time of the line before. */
function linesBy(random: Random): readonly (readonly string[])[] {
  return Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: 20 + random.below(60) }, (_, n) => {
      const time = new Date(READ_AT_MS - 600_000 + n * 1_000).toISOString();
      return JSON.stringify({
        ...(random.chance(80) && { '@timestamp': time }),
        kind: random.pick(['a', 'b']),
        n,
      });
    }),
  );
}

/** A source that ends. It goes on where the state says; `isBehind` says whether more is there behind a batch. */
function sourceOf(lines: ReturnType<typeof linesBy>, random: Random, isBehind: boolean): LogSource {
  const open = (options: ReaderOptions): Promise<LogReader> => {
    const next = lines.map((_, partition) => options.position(partition)?.offset ?? 0);
    const batch = (partition: number, offset: number): Batch => {
      const texts = lines[partition]!.slice(offset, offset + 1 + random.below(9));
      next[partition] = offset + texts.length;
      return batchOf(texts, offset, {
        source: CONFIG.name,
        partition,
        offsets: Float64Array.from(texts, (_, i) => offset + i),
        readAtMs: READ_AT_MS,
        next: { offset: next[partition], proof: '' },
        atEnd: !isBehind,
      });
    };
    const isRead = (partition: number): boolean => next[partition] === lines[partition]!.length;
    return Promise.resolve({
      next: () => {
        const rest = lines.flatMap((_, partition) => (isRead(partition) ? [] : [partition]));
        const partition = random.pick(rest);
        return Promise.resolve(rest.length === 0 ? undefined : batch(partition, next[partition]!));
      },
      durable(partition, { offset }) {
        // A source frees what it is told is durable.
        expect(files.position(CONFIG.name, partition)!.offset).toBeGreaterThanOrEqual(offset);
      },
      partitions: () =>
        lines.map((_, partition) => ({
          partition,
          label: String(partition),
          atEnd: isRead(partition),
          ended: isRead(partition),
        })),
      hold: () => undefined,
      close: () => Promise.resolve(),
    });
  };
  return { name: CONFIG.name, finite: true, open, close: () => Promise.resolve() };
}

/** One life of a process over the source, to its end or to its death. Returns the number of transactions with batches. */
async function live(source: LogSource, life: Mortal): Promise<number> {
  let transactions = 0;
  const store = mortalStore(files, life, { committed: [], hasRoom: () => true });
  const engine = createEngine({
    detector: restored(files),
    store: {
      ...store,
      transaction: (run) => {
        const before = batchesOnDisk().length;
        const result = store.transaction(run);
        if (batchesOnDisk().length > before) transactions += 1;
        return result;
      },
    },
    outbox: openOutbox(files.tables, () => READ_AT_MS),
    telemetry: remembering(),
    clock: rightClock(() => READ_AT_MS),
    // The journal is looked at: no checkpoint cuts it.
    logBytesMin: Infinity,
    planner: () => () => [],
    onTransitions: () => undefined,
  });
  engine.failed.catch(() => undefined);
  try {
    await engine.take(rulesInput(RULESET, [CONFIG], READ_AT_MS));
    const { ended } = await startAlerting({
      sources: [{ config: CONFIG, source }],
      schema: SCHEMA,
      store,
      engine,
      telemetry: remembering(),
      clock: rightClock(() => READ_AT_MS),
      matcher: () => MATCHER,
    });
    await ended;
  } catch (error) {
    if (!life.isOver()) throw error;
  }
  return transactions;
}

const batchesOnDisk = (): readonly BatchInput[] =>
  [...files.load().inputs].flatMap(({ input }) => (input.kind === 'batch' ? [input as BatchInput] : []));

/** Everything about batches that does not depend on when they were read. */
const plainly = (batches: readonly BatchInput[]): unknown =>
  batches.map((batch) => ({
    ...batch,
    matches: batch.matches.map(({ shown, ...match }) => ({
      ...match,
      excerpt: shown.excerpt,
      fields: shown.fields,
    })),
  }));

test('batches that are read on become the same rows as those of which each waits for the one before, in fewer transactions', async () => {
  let [together, alone] = [0, 0];
  for (let seed = 1; seed <= 12; seed++) {
    const rows: unknown[] = [];
    for (const isBehind of [false, true]) {
      const random = seeded(seed);
      const transactions = await live(sourceOf(linesBy(random), random, isBehind), mortal(Infinity));
      if (isBehind) together += transactions;
      else alone += transactions;
      rows.push(plainly(batchesOnDisk()));
      beginAnew(`${seed} ${isBehind}`);
    }
    expect(rows[1], `seed ${seed}`).toEqual(rows[0]);
  }
  expect(together).toBeLessThan(alone / 3);
});

test('a process that dies at any moment while it reads on loses no line and takes none twice', async () => {
  const random = seeded(7);
  const lines = linesBy(random);
  let isOver = true;
  let deaths = 0;
  for (let fatal = 2; isOver; fatal += 1 + random.below(3)) {
    beginAnew(`fatal ${fatal}`);
    const life = mortal(fatal);
    for (const each of [life, mortal(Infinity)]) {
      await live(sourceOf(lines, random, random.chance(80)), each);
      for (const [partition, all] of lines.entries()) {
        const offsets = batchesOnDisk().flatMap((batch) =>
          batch.partition === partition ? batch.matches.map(({ position }) => position.offset) : [],
        );
        const reached = each === life ? (files.position(CONFIG.name, partition)?.offset ?? 0) : all.length;
        const wanted = all.flatMap((line, n) => (n < reached && line.includes('"kind":"a"') ? [n] : []));
        expect(offsets, `died at ${fatal}`).toEqual(wanted);
      }
    }
    isOver = life.isOver();
    deaths += 1;
  }
  expect(deaths).toBeGreaterThan(10);
});

test('batches wait for a reader that does not answer no longer than for one another, and none is lost', async () => {
  const answer = Promise.withResolvers<Batch | undefined>();
  const waiting: (() => void)[] = [];
  const durable: number[] = [];
  const takeOn = takingOn({
    clock: { steadyMs: () => performance.now(), sleep: (ms, signal) => machineTimers.sleep(ms, signal) },
    mayFollow: () => true,
    handIn({ offsets }, alone) {
      const { promise: done, resolve } = Promise.withResolvers<undefined>();
      waiting.push(() => {
        durable.push(offsets[0]!);
        resolve(undefined);
      });
      // As the turns do: all that wait go together once none follows the last one.
      void alone.then(() => waiting.splice(0).forEach((go) => go()));
      return Promise.resolve({ matches: 1, done });
    },
  });
  const behind = (offset: number, atEnd = false): Batch => batchOf(['x'], offset, { atEnd });
  const reads = [Promise.resolve(behind(1)), answer.promise, Promise.resolve(undefined)];
  const taken = takeOn(behind(0), () => reads.shift()!);
  await expect.poll(() => durable).toEqual([0, 1]);
  answer.resolve(behind(2));
  await taken;
  expect(durable).toEqual([0, 1, 2]);
});
