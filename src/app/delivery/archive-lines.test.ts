import { unreadBatch } from '../../../test/support/archived-events.ts';
import { archiveReading } from '../pipeline/archive-reading.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { batchOf } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import { createArchive } from '../../archive/create.ts';
import type { LogArchive } from '../../archive/archive.ts';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import type { Episode } from '../../event/alert.ts';
import { silent } from '../../event/telemetry.ts';
import type { Notice } from '../../notify/notice.ts';
import type { Rule } from '../../rule/ast.ts';
import { createArchiveLines } from './archive-lines.ts';
import { readRules } from '../rulebook.ts';
import { decoderOf } from '../decoding.ts';

const PAID_MS = Date.parse('2026-11-23T12:00:00Z');
let folder: string;
let config: Config;
let rule: Rule;
let archive: LogArchive;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-evidence-'));
  mkdirSync(join(folder, 'rules'));
  writeFileSync(
    join(folder, 'rules', 'a.rule'),
    'rule ghost { let paid = "payment succeeded" let synced = "inventory synced" alert paid not followed by synced within 10m by order_id }',
  );
  writeFileSync(
    join(folder, 'tocsin.yaml'),
    `sources: { orders: { file: { path: 'logs/*.log' } } }
fields: { order_id: { type: keyword }, sku: { type: keyword }, message: { type: text } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  config = loadConfig(join(folder, 'tocsin.yaml'), {}).config!;
  rule = readRules(config).ruleset!.rules[0]!;
  archive = await createArchive(
    config.archive,
    config.schema,
    config.dataDir,
    silent,
    rightClock(),
    archiveReading(config),
  );
  await archive.open();
  const line = (id: string, sku: string): string =>
    JSON.stringify({ '@timestamp': '2026-11-23T12:00:00Z', message: 'payment succeeded', order_id: id, sku });
  const lines = [line('A17', 'other'), line('A17', 'kettle'), line('B2', 'lamp')];
  const batch = batchOf(lines, 0, { source: 'orders', readAtMs: PAID_MS });
  const decoder = decoderOf(config.sources[0]!, config.schema);
  const { events } = decoder.decode(batch, undefined);
  await archive.write(unreadBatch(batch, decoder));
  expect(await archive.flush(10_000)).toBe(true);
  places = events.map(({ position }) => position);
});

let places: readonly Episode['firstEvent']['position'][];

afterEach(async () => {
  vi.useRealTimers();
  await archive.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A firing of which only the place of its line is known. */
function noticeAt(position: Episode['firstEvent']['position']): Notice {
  const samples = [{ timeMs: PAID_MS, position, excerpt: '', fields: {} }];
  const episode = { rule: 'ghost', meaning: rule.meaning, group: { order_id: 'A17' }, samples };
  const values = { order_id: ['A17'] };
  return { rule: { name: 'ghost' }, episode, samples, values } as unknown as Notice;
}

it('finds the very line, and its values for the steps', async () => {
  const archiveLines = createArchiveLines({ clock: rightClock(), config, archive, rule: () => rule });
  const { samples, values } = await archiveLines(noticeAt(places[1]!));
  expect(samples[0]!.excerpt).toContain('kettle');
  expect(samples[0]!.fields).toMatchObject({ message: ['payment succeeded'] });
  expect(values).toMatchObject({ order_id: ['A17'], sku: ['kettle'] });
});

it.each([
  ['the rule means something else by now', () => ({ ...rule, meaning: 'other' })],
  ['the rule is gone', () => undefined],
])('asks nothing where %s', async (_, ruleNow) => {
  const search = vi.fn<LogArchive['search']>();
  const notice = noticeAt(places[1]!);
  expect(
    await createArchiveLines({ clock: rightClock(), config, archive: { search }, rule: ruleNow })(notice),
  ).toBe(notice);
  expect(search).not.toHaveBeenCalled();
});

it('leaves a message as it is where the line is no longer there, or was never one', async () => {
  const archiveLines = createArchiveLines({ clock: rightClock(), config, archive, rule: () => rule });
  for (const offset of [12_345, -1]) {
    const { samples } = await archiveLines(noticeAt({ ...places[0]!, offset }));
    expect(samples[0]!.excerpt).toBe('');
  }
});

it.each([
  ['fails', () => Promise.reject(new Error('down'))],
  ['hangs', () => new Promise<never>(() => undefined)],
])('an archive that %s delays messages once, then not again for a minute', async (_, answer) => {
  vi.useFakeTimers();
  const search = vi.fn<LogArchive['search']>(() => ({
    [Symbol.asyncIterator]: () => ({ next: answer }),
  }));
  const archiveLines = createArchiveLines({
    clock: rightClock(),
    config,
    archive: { search },
    rule: () => rule,
  });
  const notice = noticeAt(places[1]!);
  const send = async (): Promise<void> => {
    const sent = archiveLines(notice);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await sent).toBe(notice);
  };
  await send();
  await send();
  expect(search).toHaveBeenCalledTimes(1);
  vi.setSystemTime(rightClock().nowMs() + 60_000);
  await send();
  expect(search).toHaveBeenCalledTimes(2);
});
