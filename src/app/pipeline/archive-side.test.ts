import { expect, test } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { createDecoder } from '../../ingest/decode/decoder.ts';
import { silent } from '../../event/telemetry.ts';
import type { Batch } from '../../event/batch.ts';
import { type LogReader, type LogSource } from '../../ingest/source.ts';
import { until } from '../../../test/support/tocsin-process.ts';
import { archiveState, openArchiveSide, type ArchiveSideOptions } from './archive-side.ts';
import type { OpenSource } from './sources.ts';
import { FixableError } from '../../event/fixable-error.ts';

const archive: ArchiveSideOptions['archive'] = {
  open: () => Promise.resolve(),
  position: () => undefined,
  write: () => Promise.resolve({ durable: Promise.resolve() }),
  flush: () => Promise.resolve(true),
  async *search() {
    // Holds nothing.
  },
  status: () => ({ lagMs: 0, pendingEvents: 0, stored: 0, deadLetters: 0 }),
  close: () => Promise.resolve(),
  restart: () => Promise.resolve(),
};

/** A source that takes its time to open, and counts what is asked of it. */
function slowSource() {
  const opening = Promise.withResolvers<undefined>();
  const asked = { opened: false, next: 0, closed: false };
  const reader: LogReader = {
    next: async () => {
      asked.next += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return undefined;
    },
    durable: () => undefined,
    partitions: () => [],
    hold: () => undefined,
    close: () => {
      asked.closed = true;
      return Promise.resolve();
    },
  };
  const source: LogSource = {
    name: 'orders',
    finite: false,
    open: async () => {
      asked.opened = true;
      await opening.promise;
      return reader;
    },
    close: () => Promise.resolve(),
  };
  const config: OpenSource['config'] = {
    name: 'orders',
    kind: { kind: 'file', paths: [] },
    decode: { steps: [{ kind: 'json' }] },
    timestamp: { path: ['t'], format: 'iso8601', timezone: 'UTC' },
    latenessMs: 0,
  };
  return { asked, open: () => opening.resolve(undefined), sources: [{ config, source }] };
}

test('a stop that comes while the sources are being opened ends their reading too', async () => {
  const { asked, open, sources } = slowSource();
  const side = openArchiveSide({
    clock: rightClock(),
    sources,
    archive,
    schema: { fields: [], byName: new Map(), searchFields: [] },
    telemetry: silent,
  });
  await until(() => asked.opened, 60_000);
  const stopped = side.stop(2_000);
  open();
  await stopped;
  expect(asked.closed).toBe(true);
  const { next } = asked;
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(asked.next).toBe(next);
});

test('that it is being opened is no trouble yet; that it could not be is', async () => {
  const opening = Promise.withResolvers<undefined>();
  const slow: ArchiveSideOptions['archive'] = { ...archive, open: () => opening.promise };
  const side = openArchiveSide({
    clock: rightClock(),
    archive: slow,
    schema: { fields: [], byName: new Map(), searchFields: [] },
    sources: slowSource().sources,
    telemetry: silent,
  });
  expect(side.problem()?.detail).toBe('the archive is being opened');
  expect(archiveState(slow, side)).toEqual({ lagMs: 0 });
  opening.reject(new FixableError('archive', 'no answer', 'mend it'));
  await side.tried;
  expect(archiveState(slow, side)).toMatchObject({ problem: 'no answer' });
  await side.stop(1_000);
});

/** A source of one line, again and again from the position that is asked for. */
function endlessSource() {
  let opened = 0;
  const source: LogSource = {
    name: 'orders',
    finite: false,
    open: (options) => {
      opened += 1;
      let offset = options.position(0)?.offset ?? 0;
      return Promise.resolve({
        next: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          const bytes = Buffer.from('{"t":"2026-03-01T12:00:00Z"}');
          const batch: Batch = {
            source: 'orders',
            partition: 0,
            readAtMs: 0,
            cutLines: 0,
            atEnd: false,
            bytes,
            starts: Uint32Array.of(0),
            ends: Uint32Array.of(bytes.length),
            offsets: Float64Array.of(offset),
            next: { offset: offset + 1, proof: '' },
          };
          offset += 1;
          return batch;
        },
        durable: () => undefined,
        partitions: () => [],
        hold: () => undefined,
        close: () => Promise.resolve(),
      });
    },
    close: () => Promise.resolve(),
  };
  return { source, opened: () => opened };
}

test.each([
  ['writing', 'write'],
  ['opening', 'open'],
] as const)('a defect in %s is told, and archiving begins anew from what is durable', async (_what, call) => {
  const { source, opened } = endlessSource();
  const [{ config }] = slowSource().sources as [OpenSource];
  const written: number[] = [];
  const defects: unknown[] = [];
  let restarts = 0;
  const breaks = (): boolean =>
    defects.length < 2 && (call === 'open' || written.length >= 3 * (defects.length + 1));
  const fragile: ArchiveSideOptions['archive'] = {
    ...archive,
    open: () => (call === 'open' && breaks() ? Promise.reject(new TypeError('of null')) : Promise.resolve()),
    // Every second line is durable at once.
    position: () => ({ position: { offset: Math.max(0, ...written) & ~1, proof: '' }, timing: '{}' }),
    write: ({ batch: { next } }) => {
      if (call === 'write' && breaks()) return Promise.reject(new TypeError('of null'));
      written.push(next.offset);
      return Promise.resolve({ durable: Promise.resolve() });
    },
    restart: () => Promise.resolve(void (restarts += 1)),
  };
  const side = openArchiveSide({
    clock: rightClock(),
    sources: [{ config, source }],
    archive: fragile,
    schema: { fields: [], byName: new Map(), searchFields: [] },
    telemetry: {
      ...silent,
      count: (name, labels) => {
        if (name === 'defects') defects.push(labels);
      },
    },
  });
  await until(() => defects.length === 1, 60_000);
  expect(side.problem()?.detail).toContain('TypeError: of null');
  await until(() => defects.length === 2 && written.length > 20, 60_000);
  expect(defects).toEqual([{ part: 'archiving' }, { part: 'archiving' }]);
  expect(restarts).toBe(2);
  expect(opened()).toBe(call === 'open' ? 1 : 3);
  expect(side.problem()).toBeUndefined();
  // None is left out.
  const all = new Set(written);
  expect([...all].toSorted((a, b) => a - b)).toEqual(Array.from({ length: all.size }, (_, i) => i + 1));
  await side.stop(1_000);
});

test('what a person must mend in a source is named, and archiving waits for it', async () => {
  const { source } = endlessSource();
  const [{ config }] = slowSource().sources as [OpenSource];
  const counted: string[] = [];
  const refusing: LogSource = {
    ...source,
    open: () => Promise.reject(new FixableError('source', 'the topic is gone', 'make it again')),
  };
  const side = openArchiveSide({
    clock: rightClock(),
    sources: [{ config, source: refusing }],
    archive,
    schema: { fields: [], byName: new Map(), searchFields: [] },
    telemetry: { ...silent, count: (name) => void counted.push(name) },
  });
  await until(() => side.problem()?.detail === 'the topic is gone', 60_000);
  expect(side.problem()?.fix).toBe('make it again');
  expect(counted).not.toContain('defects');
  await side.stop(1_000);
});

test('a source is told what is durable, until it is given back', async () => {
  const { source } = endlessSource();
  const [{ config }] = slowSource().sources as [OpenSource];
  const told: number[] = [];
  const late: (() => void)[] = [];
  const telling: LogSource = {
    ...source,
    open: async (options) => ({
      ...(await source.open(options)),
      durable: (_partition, { offset }) => void told.push(offset),
    }),
  };
  const side = openArchiveSide({
    sources: [{ config, source: telling }],
    archive: {
      ...archive,
      write({ batch: { next } }) {
        if (next.offset <= 2) return Promise.resolve({ durable: Promise.resolve() });
        return Promise.resolve({ durable: new Promise((resolve) => void late.push(resolve)) });
      },
    },
    schema: { fields: [], byName: new Map(), searchFields: [] },
    clock: rightClock(),
    telemetry: silent,
  });
  await until(() => late.length > 1, 60_000);
  expect(told).toEqual([1, 2]);
  late[0]!();
  await until(() => told.length === 3, 60_000);
  await side.stop(1_000);
  late[1]!();
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual([1, 2, 3]);
});

test('batches that are decoded here follow each other, and one that is read again begins at what is durable', async () => {
  const lines = ['12:00', '12:20', '12:10', '12:20', '12:10'].map((time) => `{"t":"2026-03-01T${time}:00Z"}`);
  const offsets = [0, 1, 2, 1, 2];
  const batches = lines.map((line, i) => makeBatch([line], { readAtMs: Date.UTC(2026, 2, 2) }, offsets[i]));
  const [{ config, source }] = slowSource().sources as [OpenSource];
  const schema = { fields: [], byName: new Map(), searchFields: [] };
  const decoder = createDecoder(config, schema);
  const first = decoder.decode(batches[0]!, undefined).timing;
  const second = decoder.decode(batches[1]!, first).timing;
  const seen: (readonly [string, string])[] = [];
  const left = [...batches];
  const reading: LogSource = {
    ...source,
    open: () =>
      Promise.resolve({
        next: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return left.shift();
        },
        durable: () => undefined,
        partitions: () => [],
        hold: () => undefined,
        close: () => Promise.resolve(),
      }),
  };
  const side = openArchiveSide({
    sources: [{ config, source: reading }],
    archive: {
      ...archive,
      position: () => (seen.length === 0 ? undefined : { position: { offset: 1, proof: '' }, timing: first }),
      async write({ decoded }) {
        const lines = await decoded();
        seen.push([lines.event(0).timeliness, lines.timing]);
        return { durable: Promise.resolve() };
      },
    },
    schema,
    clock: rightClock(),
    telemetry: silent,
  });
  await until(() => seen.length === batches.length, 60_000);
  await side.stop(1_000);
  const again = [
    ['in_time', second],
    ['too_late', decoder.decode(batches[2]!, second).timing],
  ];
  expect(seen).toEqual([['in_time', first], ...again, ...again]);
});

test('a source that cannot take what is durable is a defect of archiving, which begins anew', async () => {
  const { source, opened } = endlessSource();
  const [{ config }] = slowSource().sources as [OpenSource];
  const defects: unknown[] = [];
  const broken: LogSource = {
    ...source,
    open: async (options) => ({
      ...(await source.open(options)),
      durable: () => {
        if (opened() === 1) throw new TypeError('of null');
      },
    }),
  };
  const side = openArchiveSide({
    sources: [{ config, source: broken }],
    archive,
    schema: { fields: [], byName: new Map(), searchFields: [] },
    clock: rightClock(),
    telemetry: {
      ...silent,
      count: (name, labels) => {
        if (name === 'defects') defects.push(labels);
      },
    },
  });
  await until(() => opened() === 2, 60_000);
  expect(defects).toEqual([{ part: 'archiving' }]);
  await side.stop(1_000);
});
