import { expect, test } from 'vitest';
import { ArchiveError, type LogArchive } from '../archive/archive.ts';
import { silent } from '../event/telemetry.ts';
import type { LogReader, LogSource } from '../ingest/source.ts';
import { until } from '../../test/support/tocsin-process.ts';
import { archiveState, openArchiveSide } from './archive-side.ts';
import type { OpenSource } from './sources.ts';

const archive: LogArchive = {
  open: () => Promise.resolve(),
  position: () => undefined,
  write: () => Promise.resolve(),
  onDurable: () => undefined,
  flush: () => Promise.resolve(true),
  async *search() {
    // Holds nothing.
  },
  status: () => ({ lagMs: 0, pendingEvents: 0, stored: 0, deadLetters: 0 }),
  close: () => Promise.resolve(),
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
    decode: { kind: 'json' },
    timestamp: { path: ['t'], format: 'iso8601', timezone: 'UTC' },
    latenessMs: 0,
  };
  return { asked, open: () => opening.resolve(undefined), sources: [{ config, source }] };
}

test('a stop that comes while the sources are being opened ends their reading too', async () => {
  const { asked, open, sources } = slowSource();
  const side = openArchiveSide({
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
  const slow: LogArchive = { ...archive, open: () => opening.promise };
  const side = openArchiveSide({
    archive: slow,
    schema: { fields: [], byName: new Map(), searchFields: [] },
    sources: slowSource().sources,
    telemetry: silent,
  });
  expect(side.problem()?.detail).toBe('the archive is being opened');
  expect(archiveState(slow, side)).toEqual({ lagMs: 0 });
  opening.reject(new ArchiveError('no answer', 'mend it'));
  await side.tried;
  expect(archiveState(slow, side)).toMatchObject({ problem: 'no answer' });
  await side.stop(1_000);
});
