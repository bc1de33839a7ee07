/** The first start of a source of files: where the reading of each file begins, and that it begins there whatever happens. */
import { appendFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { open } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { textsOf } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import {
  firstStartAt,
  makeLogFolder,
  sourceConfig,
  type FileRunOptions,
  type LogFolder,
} from '../../../test/support/file-run.ts';
import type { DecodeConfig, SourceConfig } from '../../config/config.ts';
import type { Position } from '../../event/batch.ts';
import { makeSchema } from '../../event/schema.ts';
import { createDecoder } from '../decode/decoder.ts';
import { withoutHeaders } from '../header-lines.ts';
import { eventTimesOf } from './event-times.ts';
import { firstSight } from './first-sight.ts';
import { placeSince } from './place-since.ts';
import { Registry } from './registry.ts';

type Decoding = Pick<SourceConfig, 'decode' | 'timestamp'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = rightClock().wallMs();

let logs: LogFolder;
let positions: Map<number, Position>;

beforeEach(() => {
  logs = makeLogFolder();
  positions = new Map();
});

afterEach(async () => {
  await logs.remove();
});

const line = (agoMs: number, name: string): string =>
  `${JSON.stringify({ t: new Date(NOW_MS - agoMs).toISOString(), name })}\n`;

const namesOf = (texts: readonly string[]): string[] =>
  texts.map((text) => /"name":"([^"]*)"/u.exec(text)?.[1] ?? text);

/** Writes a file that was last written to so long ago. */
function put(name: string, text: string, agoMs: number): void {
  writeFileSync(logs.path(name), name.endsWith('.gz') ? gzipSync(text) : text);
  const atS = (NOW_MS - agoMs) / 1_000;
  utimesSync(logs.path(name), atS, atS);
}

async function read(options: FileRunOptions): Promise<string[]> {
  const run = await logs.run({ firstStartMs: NOW_MS, positions, ...options });
  try {
    return namesOf(textsOf(await run.drain()));
  } finally {
    await run.stop();
  }
}

describe('start: end', () => {
  const start = 'end';

  test('begins at the end, and there again after each restart before anything was read', async () => {
    put('app.log', line(DAY_MS, 'old') + line(HOUR_MS, 'young'), 0);
    expect(await read({ start })).toEqual([]);
    appendFileSync(logs.path('app.log'), line(0, 'a'));
    expect(await read({ start })).toEqual(['a']);
    appendFileSync(logs.path('app.log'), line(0, 'b'));
    expect(await read({ start })).toEqual(['b']);
  });

  test('what is written while nobody reads is read, with no position and after a rotation too', async () => {
    put('app.log', line(DAY_MS, 'old'), DAY_MS);
    expect(await read({ start })).toEqual([]);
    appendFileSync(logs.path('app.log'), line(0, 'a'));
    renameSync(logs.path('app.log'), logs.path('app.log.1'));
    writeFileSync(logs.path('app.log'), line(0, 'b'));
    expect(await read({ start })).toEqual(['a', 'b']);
  });

  test('the rest of a line that was half written is passed over, however it comes', async () => {
    put('app.log', `${line(0, 'old')}half of a `, 0);
    const run = await logs.run({ firstStartMs: NOW_MS, start, lastLineMs: 50 });
    expect(await run.drain()).toEqual([]);
    appendFileSync(logs.path('app.log'), 'line');
    expect(await run.drain()).toEqual([]);
    appendFileSync(logs.path('app.log'), `, at last\n${line(0, 'whole')}`);
    expect(namesOf(textsOf(await run.lines(1)))).toEqual(['whole']);
    await run.stop();
  });

  test('a file that comes later is read from its beginning, and so is one under an older name', async () => {
    put('app.log', line(0, 'old'), 0);
    expect(await read({ start })).toEqual([]);
    put('other.log', line(400 * DAY_MS, 'copied in'), 400 * DAY_MS);
    expect(await read({ start })).toEqual(['copied in']);
  });

  test('a file that was truncated before it was read is read from its beginning', async () => {
    put('app.log', line(0, 'a long line that was there') + line(0, 'another'), 0);
    const run = await logs.run({ firstStartMs: NOW_MS, start });
    expect(await run.drain()).toEqual([]);
    writeFileSync(logs.path('app.log'), line(0, 'anew'));
    expect(namesOf(textsOf(await run.lines(1)))).toEqual(['anew']);
    await run.stop();
  });

  test('of rotated and compressed files nothing is read', async () => {
    put('app.log', line(0, 'now'), 0);
    put('app.log.1', line(HOUR_MS, 'one'), HOUR_MS);
    put('app.log.2.gz', line(2 * HOUR_MS, 'two'), 2 * HOUR_MS);
    put('gone.log.1.gz', line(2 * HOUR_MS, 'three'), 2 * HOUR_MS);
    expect(await read({ start, globs: ['*.log*'] })).toEqual([]);
    put('gone.log.2.gz', line(HOUR_MS, 'four'), HOUR_MS);
    expect(await read({ start, globs: ['*.log*'] })).toEqual(['four']);
  });

  test('both readers begin at the same place', async () => {
    put('app.log', line(0, 'old'), 0);
    expect(await read({ start, purpose: 'alert' })).toEqual([]);
    appendFileSync(logs.path('app.log'), line(0, 'a'));
    expect(await read({ start, purpose: 'archive', positions: new Map() })).toEqual(['a']);
    expect(await read({ start, purpose: 'alert', positions: new Map() })).toEqual(['a']);
  });
});

describe('start: 24h', () => {
  const start = DAY_MS;

  test('begins with the first line that is not older, in each file', async () => {
    put('a.log', line(3 * DAY_MS, 'a1') + line(25 * HOUR_MS, 'a2') + line(HOUR_MS, 'a3') + line(0, 'a4'), 0);
    put('b.log', line(HOUR_MS, 'b1'), 0);
    put('c.log', line(2 * DAY_MS, 'c1'), 0);
    put('d.log', line(HOUR_MS, 'not looked at: the file is older'), 2 * DAY_MS);
    expect((await read({ start })).sort()).toEqual(['a3', 'a4', 'b1']);
    for (const name of ['c.log', 'd.log']) appendFileSync(logs.path(name), line(0, `new in ${name}`));
    expect((await read({ start })).sort()).toEqual(['new in c.log', 'new in d.log']);
  });

  test('lines behind that one are read whatever their time, and lines without a time do not decide', async () => {
    put(
      'app.log',
      `no time\n${line(2 * DAY_MS, 'old')}no time\n${line(-DAY_MS, 'future')}${line(0, 'young')}${line(3 * DAY_MS, 'late')}`,
      0,
    );
    expect(await read({ start })).toEqual(['young', 'late']);
  });

  test('a file without times is as old as its time of modification says', async () => {
    put('app.log', 'one\ntwo\n', HOUR_MS);
    expect(await read({ start })).toEqual(['one', 'two']);
  });

  test('rotated generations: the older ones are not opened, the others begin where they are young enough', async () => {
    put('app.log', line(HOUR_MS, 'now'), 0);
    put('app.log.1', line(26 * HOUR_MS, 'one old') + line(20 * HOUR_MS, 'one'), 19 * HOUR_MS);
    put('app.log.2.gz', line(30 * HOUR_MS, 'two old') + line(23 * HOUR_MS, 'two'), 22 * HOUR_MS);
    // It is no gzip: a look into it would be told.
    put('app.log.3', 'x', 25 * HOUR_MS);
    renameSync(logs.path('app.log.3'), logs.path('app.log.3.gz'));
    const run = await logs.run({ firstStartMs: NOW_MS, start, globs: ['*.log*'], positions });
    expect(namesOf(textsOf(await run.lines(3)))).toEqual(['two', 'one', 'now']);
    expect(run.report.messages.filter((message) => message.includes('app.log.3'))).toEqual([]);
    await run.stop();
    expect(await read({ start, globs: ['*.log*'] })).toEqual([]);
  });

  test('a file of millions of lines is looked at in some places only', async () => {
    const parts: string[] = [];
    for (let i = 0; i < 400_000; i += 1) parts.push(line((400_000 - i) * 60_000, `n${i}`));
    put('app.log', parts.join(''), 0);
    const whole = statSync(logs.path('app.log')).size;
    const file = await open(logs.path('app.log'));
    let bytes = 0;
    const counting = {
      read: async (buffer: Buffer, offset: number, length: number, position: number) => {
        const { bytesRead } = await file.read(buffer, offset, length, position);
        bytes += bytesRead;
        return { bytesRead };
      },
    };
    const at = await placeSince(counting, whole, NOW_MS - DAY_MS, JSON_LINES);
    await file.close();
    expect(at).toBe(parts.slice(0, 400_000 - 1_440).reduce((sum, text) => sum + text.length, 0));
    expect(bytes).toBeLessThan(12 * 1_048_576);
  });
});

const t = (agoMs: number): string => new Date(NOW_MS - agoMs).toISOString();
const decodingOf = (steps: DecodeConfig['steps'], multiline?: DecodeConfig['multiline']): Decoding => ({
  decode: { steps, ...(multiline !== undefined && { multiline }) },
  timestamp: { path: ['t', 'time'], format: 'iso8601', timezone: 'UTC' },
});
const startOf = (pattern: string, by: 'start' | 'end' = 'start'): DecodeConfig['multiline'] => ({
  by,
  pattern,
  waitMs: 50,
  linesMax: 100,
});
const regex = (pattern: string, field?: string): DecodeConfig['steps'][number] => ({
  kind: 'regex',
  patterns: [pattern],
  ...(field !== undefined && { field }),
});

describe('start: 24h goes by the times of events', () => {
  test.each<[string, Decoding, (agoMs: number) => string]>([
    [
      'records of a line',
      decodingOf([{ kind: 'json' }, { kind: 'each', field: 'all' }]),
      (agoMs) => `${JSON.stringify({ all: [{ t: t(agoMs + 1_000) }, { t: t(agoMs) }] })}\n`,
    ],
    [
      'of several lines, of which all are needed',
      decodingOf([regex('^# (?<t>\\S+)\\n# by (?<user>\\S+)\\n')], startOf('^# \\d')),
      (agoMs) => `# ${t(agoMs)}\n# by root\n\nselect 1\n`,
    ],
    [
      'of several lines, the last of which has the time',
      decodingOf([regex('at (?<t>\\S+);$')], startOf(';$', 'end')),
      (agoMs) => `one\ntwo\nat ${t(agoMs)};\n`,
    ],
    [
      'that need the path of their file',
      decodingOf([regex('^(?<t>\\S+)'), regex('/(?<app>\\w+)\\.log$', '@file')]),
      (agoMs) => `${t(agoMs)}\n`,
    ],
  ])('%s', async (_what, decoding, event) => {
    for (const name of ['app.log', 'app.log.1', 'one.log.1.gz']) {
      const past = Array.from({ length: 3 }, (_, i) => event((30 - i) * HOUR_MS));
      const young = Array.from({ length: 3 }, (_, i) => event((5 - i) * HOUR_MS));
      put(name, [...past, ...young].join(''), 0);
    }
    const lines = await read({ start: DAY_MS, decoding, globs: ['*.log*'], lastLineMs: 50 });
    const expected = Array.from({ length: 3 }, (_, i) => event((5 - i) * HOUR_MS)).join('');
    expect(lines.join('')).toBe(namesOf(expected.split('\n').slice(0, -1)).join('').repeat(3));
  });

  test('in a long file', async () => {
    const each = decodingOf([{ kind: 'json' }, { kind: 'each', field: 'all' }]);
    const pad = 'x'.repeat(40_000);
    const event = (i: number): string =>
      `${JSON.stringify({ all: [{ t: t((300 - i) * HOUR_MS), name: `n${i}`, pad }] })}\n`;
    put('app.log', Array.from({ length: 301 }, (_, i) => event(i)).join(''), 0);
    const names = await read({ start: DAY_MS, decoding: each });
    expect(names).toEqual(Array.from({ length: 25 }, (_, i) => `n${276 + i}`));
  });
});

describe('a log with a header whose reading begins in the middle', () => {
  const decoding = decodingOf([{ kind: 'w3c' }]);
  const config = { ...sourceConfig(), ...decoding };
  const HEAD = '#Version: 1.0\n#Fields: date time name\n';
  const w3c = (agoMs: number, name: string): string =>
    `${t(agoMs).slice(0, 10)} ${t(agoMs).slice(11, 19)} ${name}\n`;

  /** The names, or why there are none, as the pipeline reads them. */
  async function documents(options: FileRunOptions, timing?: string): Promise<readonly unknown[]> {
    const run = await logs.run({ firstStartMs: NOW_MS, positions, decoding, ...options });
    const reader = withoutHeaders(run.reader);
    const decoder = createDecoder(config, makeSchema([]));
    const read: unknown[] = [];
    let state = timing;
    for (let batch = await reader.next(500); batch !== undefined; batch = await reader.next(500)) {
      const decoded = decoder.decode(structuredClone(batch), state);
      state = decoded.timing;
      read.push(...decoded.events.map(({ undecodable, document }) => undecodable ?? document['name']));
    }
    await run.stop();
    return read;
  }

  test('has the columns of its beginning, and those that follow', async () => {
    put('app.log', `${HEAD}${w3c(DAY_MS, 'old')}`, 0);
    expect(await documents({ start: 'end' })).toEqual([]);
    appendFileSync(logs.path('app.log'), `${w3c(0, 'a')}#Fields: name\nb\n`);
    expect(await documents({ start: 'end' })).toEqual(['a', 'b']);
    renameSync(logs.path('app.log'), logs.path('app.log.1'));
    writeFileSync(logs.path('app.log'), 'c\n');
    expect(await documents({ start: 'end' })).toEqual(['a', 'b', 'c']);
  });

  test('start: 24h, with UTF-16 and compression', async () => {
    const text = `${HEAD}${w3c(30 * HOUR_MS, 'old')}${w3c(HOUR_MS, 'young')}`;
    put('app.log', text, 0);
    put('b.log.1.gz', text, 0);
    writeFileSync(logs.path('c.log'), Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect(await documents({ start: DAY_MS, globs: ['*.log*'] })).toEqual(['young', 'young', 'young']);
  });

  test('what is known of its columns goes before its beginning', async () => {
    put('app.log', `${HEAD}${w3c(DAY_MS, 'old')}`, 0);
    expect(await documents({ start: 'end' })).toEqual([]);
    appendFileSync(logs.path('app.log'), 'a\n');
    expect(await documents({ start: 'end' }, JSON.stringify({ header: 'name' }))).toEqual(['a']);
  });
});

test('a source that is known begins at the beginning, whatever the configuration says now', async () => {
  put('app.log', line(DAY_MS, 'old'), 0);
  expect(await read({})).toEqual(['old']);
  put('other.log', line(DAY_MS, 'other'), 0);
  expect(await read({ start: 'end', positions: new Map() })).toEqual(['old', 'other']);
});

test('without a first start, nothing is passed over', async () => {
  put('app.log', line(DAY_MS, 'old'), 0);
  const run = await logs.run({ start: 'end' });
  expect(namesOf(textsOf(await run.lines(1)))).toEqual(['old']);
  await run.stop();
});

test('a process that is killed when it has listed the files changes nothing about where the next one begins', async () => {
  put('app.log', line(0, 'old'), 0);
  put('b.log', line(0, 'old'), 0);
  const registry = new Registry(logs.dataDir, 'orders');
  await firstSight(sourceConfig('end'), [logs.path('*.log')], registry, firstStartAt(NOW_MS));
  registry.close();
  appendFileSync(logs.path('app.log'), line(0, 'a'));
  renameSync(logs.path('b.log'), logs.path('b.log.1'));
  put('b.log', line(0, 'b'), 0);
  put('c.log', line(0, 'c'), 0);
  expect((await read({ start: 'end' })).sort()).toEqual(['a', 'b', 'c']);
});

const JSON_LINES = {
  reading: { keepBlank: false },
  events: eventTimesOf(sourceConfig(), NOW_MS, { path: '/app.log', header: undefined }),
};

test('the place found is that of the first line that is young enough, for any file in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ stepMs: fc.nat(3 * HOUR_MS), backMs: fc.nat(50 * 60_000), pad: fc.nat(4_000) }), {
        maxLength: 5_000,
        size: 'max',
      }),
      fc.nat(100),
      async (steps, share) => {
        let timeMs = Date.UTC(2026, 0, 1);
        const all = steps.map(({ stepMs, backMs, pad }) => {
          timeMs += stepMs;
          const t = new Date(timeMs - backMs).toISOString();
          return { timeMs: timeMs - backMs, text: `{"t":"${t}","pad":"${'x'.repeat(pad)}"}\n` };
        });
        const bytes = Buffer.from(all.map(({ text }) => text).join(''));
        const sinceMs = Date.UTC(2026, 0, 1) + ((timeMs - Date.UTC(2026, 0, 1)) * share) / 100;
        const file = {
          read: (buffer: Buffer, offset: number, length: number, position: number) =>
            Promise.resolve({ bytesRead: bytes.copy(buffer, offset, position, position + length) }),
        };
        let at = 0;
        let expected: number | undefined = all.length === 0 ? 0 : undefined;
        for (const each of all) {
          if (each.timeMs >= sinceMs) {
            expected = at;
            break;
          }
          at += each.text.length;
        }
        expect(await placeSince(file, bytes.length, sinceMs, JSON_LINES)).toBe(expected);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
