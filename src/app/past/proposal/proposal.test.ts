/** Logs that no preset reads alone, and the limits of looking at them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { linearPattern } from '../../../event/linear-pattern.ts';
import { Pattern } from '../../../event/pattern.ts';
import { guessEncoding } from './encoding.ts';
import { proposeFor, type LogProposal } from './proposal.ts';
import { takeSample } from './sample.ts';
import { guessText } from './text-guess.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-proposal-'));
const NOW_MS = Date.UTC(2026, 10, 27, 12);

afterAll(() => {
  rmSync(DIR, { recursive: true, force: true });
});

const proposeText = (text: string): Promise<LogProposal> =>
  proposeFor(
    { bytes: Buffer.from(text), raw: Buffer.from(text), isAll: true, writtenByMs: NOW_MS, encoding: 'utf-8' },
    { nowMs: NOW_MS, timezone: 'Asia/Shanghai' },
  );

const SPRING = '2026-11-27T11:10:05.123+00:00 ERROR 1 --- [main] com.shop.Sync : order sync failed';
const PINO = '{"level":50,"time":1795777805123,"msg":"order sync failed"}';

/** The level and the message of the first event. */
const firstOf = ({ events }: LogProposal): readonly unknown[] =>
  ['level', 'message'].map((name) => events[0]!.fields.find((field) => field.name === name)?.values[0]);

describe('what something has wrapped', () => {
  test.each<[string, unknown, string]>([
    [
      'Spring Boot in a pod',
      ['cri', 'spring_boot'],
      `2026-11-27T11:10:05.2Z stdout F ${SPRING}\n2026-11-27T11:10:05.2Z stdout F \tat a.B\n`,
    ],
    ['pino in a pod', ['cri', 'pino'], `2026-11-27T11:10:05.2Z stdout F ${PINO}\n`],
    [
      'pino in docker',
      ['docker', 'pino'],
      `${JSON.stringify({ log: `${PINO}\n`, stream: 'stdout', time: '2026-11-27T11:10:05.2Z' })}\n`,
    ],
  ])('%s', async (_name, decode, text) => {
    const found = await proposeText(text);
    expect([found.keys.decode, found.share]).toEqual([decode, 1]);
    expect(firstOf(found)[0]).toBe('ERROR');
  });

  test('JSON behind the header of syslog', async () => {
    const found = await proposeText(
      '<134>1 2026-11-27T11:10:05Z h1 shop 7 - - {"level":"error","time":"x","msg":"order sync failed"}\n<134>1 2026-11-27T11:10:06Z h1 shop 7 - - plain\n',
    );
    expect([found.share, ...firstOf(found)]).toEqual([1, 'ERROR', 'order sync failed']);
  });
});

describe('lines of their own', () => {
  test.each<[string, string, string | undefined, string]>([
    [
      'time, level, message',
      '[2026-11-27 11:10:05,123] [ERROR] order sync failed',
      'ERROR',
      'order sync failed',
    ],
    ['PHP-FPM', '[27-Nov-2026 11:10:05] WARNING: order sync failed', 'WARN', 'order sync failed'],
    [
      'a thread between',
      '27.11.2026 11:10:05 [worker-1] Warning: order sync failed',
      'WARN',
      'order sync failed',
    ],
    [
      'a word of the message that is no logger',
      '2026-11-27 11:10:05,123 ERROR order sync failed',
      'ERROR',
      'order sync failed',
    ],
    ['no level', '27/Nov/2026:11:10:05 +0800 - order sync failed', undefined, 'order sync failed'],
    ['seconds since 1970', '1795777805.123 order sync failed', undefined, 'order sync failed'],
    ['the level first', '[WARN] 2026-11-27 11:10:05 order sync failed', 'WARN', 'order sync failed'],
    [
      'JSON with names of its own',
      '{"when_ts":1795777805123,"sev":"x","log_level":"warning","text":"order sync failed"}',
      'WARN',
      'order sync failed',
    ],
    [
      'logfmt with names of its own',
      't=2026-11-27T11:10:05Z lvl=eror msg="order sync failed"',
      'ERROR',
      'order sync failed',
    ],
  ])('%s', async (_name, line, level, message) => {
    const found = await proposeText(`${line}\n`.repeat(10));
    expect([found.share, ...firstOf(found)]).toEqual([1, level, message]);
  });

  test.each([
    ['Serilog', '2026-11-27 19:10:05.123 +08:00 [ERR] failed', '2026-11-27T11:10:05.123Z', 'failed'],
    ['the name of a zone', '2026-11-27 11:10:05 UTC failed', '2026-11-27T11:10:05.000Z', 'failed'],
    ['PHP', '[27-Nov-2026 19:10:05 Asia/Shanghai] failed', '2026-11-27T11:10:05.000Z', 'failed'],
  ])('a zone behind a blank belongs to the time: %s', async (_name, line, time, message) => {
    const found = await proposeText(`${line}\n`.repeat(10));
    const { event } = found.events[0]!;
    expect([found.isZoneless, new Date(event.timeMs).toISOString()]).toEqual([false, time]);
    expect(firstOf(found)[1]).toBe(message);
  });

  test('lines that go on belong to the one before', async () => {
    const found = await proposeText('[2026-11-27 11:10:05] ERROR failed\n  at a\n  at b\n'.repeat(5));
    expect([found.share, found.counts.events, found.counts.lines]).toEqual([1, 5, 15]);
    expect(found.isZoneless).toBe(true);
    expect(found.keys.timestamp?.timezone).toBe('Asia/Shanghai');
  });

  test('the reasons of lines that are not read are told, with one of them', async () => {
    const found = await proposeText(
      `${`${PINO}\n`.repeat(8)}not JSON at all\n{"level":30,"msg":"no time"}\n`,
    );
    expect(found.share).toBe(0.8);
    expect(found.notWhole).toEqual([
      { kind: expect.stringContaining('not ') as string, count: 1, example: 'not JSON at all' },
      { kind: 'without a time: no `time`', count: 1, example: '{"level":30,"msg":"no time"}' },
    ]);
  });
});

test('the patterns of guesses run on the fast engine', () => {
  const lines = [
    '2026-11-27 11:10:05 ERROR a',
    '2026-11-27 11:10:05 +0800 ERROR a',
    '2026/11/27 11:10:05 a',
    '27/Nov/2026:11:10:05 +0800 a',
    'Fri Nov 27 11:10:05 2026 a',
    'Nov 27 11:10:05 a',
    '27.11.2026 11:10:05 a',
    '27-Nov-2026 11:10:05 a',
    '27-Nov-2026 11:10:05 UTC a',
    '11-27 11:10:05.123 a',
    '20261127T111005Z a',
    '1795777805123 a',
    '1795777805 a',
  ].flatMap((line) => [line, `ERROR ${line}`]);
  for (const line of lines) {
    const guessed = guessText([line]);
    expect([line, guessed.length]).toEqual([line, line.startsWith('ERROR') ? 1 : 2]);
    for (const { decode, multiline } of guessed) {
      const [step] = decode as readonly { readonly regex: string | readonly string[] }[];
      for (const pattern of [step!.regex, multiline?.start ?? []].flat())
        expect([pattern, linearPattern(pattern) !== undefined, new Pattern(pattern).source]).toEqual([
          pattern,
          true,
          pattern,
        ]);
    }
  }
});

test('fields have types that their values fit, and names that rules can say', async () => {
  const lines = Array.from({ length: 100 }, (_, i) =>
    JSON.stringify({
      ts: 1795777805 + i / 7,
      level: 'info',
      msg: `order ${i} synced`,
      order_id: i,
      duration_ms: i / 3,
      retries: i,
      ok: i % 2 === 0,
      seen: '2026-11-27T11:10:05Z',
      note: `a note of several words about order ${i}`,
      mixed: i % 2 === 0 ? i : 'x',
      http: { 'status code': 500, route: '/a' },
      _hidden: 'h',
    }),
  );
  const { fields, share } = await proposeText(`${lines.join('\n')}\n`);
  expect(share).toBe(1);
  expect(fields.map(({ name, path, type }) => [name, path.join(), type])).toEqual([
    ['level', 'level', 'keyword'],
    ['message', 'msg', 'text'],
    ['order_id', 'order_id', 'keyword'],
    ['duration_ms', 'duration_ms', 'double'],
    ['retries', 'retries', 'long'],
    ['ok', 'ok', 'boolean'],
    ['seen', 'seen', 'date'],
    ['note', 'note', 'text'],
    ['mixed', 'mixed', 'keyword'],
    ['http.status_code', 'http.status code', 'keyword'],
    ['http.route', 'http.route', 'keyword'],
    ['hidden', '_hidden', 'keyword'],
  ]);
});

test('any text gives a proposal, and the same one again', async () => {
  const pieces = fc.constantFrom(
    SPRING,
    PINO,
    '{',
    '"',
    ' ',
    '\n',
    '\n\n',
    '\t',
    '支付',
    '[2026-11-27 11:10:05]',
    '=',
    'a=b',
    '\u001b[31m',
    '<11>',
    '- -',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 40 }), async (parts) => {
      const text = `${parts.join('')}x\n`;
      const [first, second] = [await proposeText(text), await proposeText(text)];
      expect(second.keys).toEqual(first.keys);
      expect(first.share >= 0 && first.share <= 1).toBe(true);
      expect(first.share === 1 || first.notWhole.length > 0).toBe(true);
    }),
    { numRuns: 15 },
  );
}, 120_000);

describe('samples', () => {
  const line = (i: number): string => `2026-11-27T11:10:05Z INFO order ${i} synced with the inventory\n`;

  test('of a long file, beginning, middle and end are taken, and the work is bounded', async () => {
    const file = join(DIR, 'long.log');
    writeFileSync(file, Array.from({ length: 200_000 }, (_, i) => line(i)).join(''));
    const sample = await takeSample(file, NOW_MS);
    const text = sample.bytes.toString();
    expect([sample.isAll, sample.bytes.length <= 2_000_000]).toEqual([false, true]);
    for (const taken of [line(0), line(101_000), line(199_999)]) expect(text).toContain(taken);
    expect(text.split('\n').filter((each) => each !== '' && !each.startsWith('2026'))).toEqual([]);
    const { user } = process.cpuUsage();
    const found = await proposeFor(sample, { nowMs: NOW_MS, timezone: 'UTC' });
    expect(found.share).toBe(1);
    // Microseconds. Half a minute would be far too much on any machine.
    expect(process.cpuUsage().user - user).toBeLessThan(30_000_000);
  }, 60_000);

  test('of a compressed file, the beginning', async () => {
    const file = join(DIR, 'packed.log.gz');
    writeFileSync(file, gzipSync(Array.from({ length: 200_000 }, (_, i) => line(i)).join('')));
    const { bytes, isAll } = await takeSample(file, NOW_MS);
    expect([isAll, bytes.length > 900_000, bytes.length <= 2_000_000]).toEqual([false, true, true]);
    expect(bytes.toString().startsWith(line(0))).toBe(true);
  });

  test('what is no text is refused', async () => {
    const file = join(DIR, 'binary.log');
    writeFileSync(
      file,
      Buffer.from([1, 2, 0, 4, 5, 66, 67, 68, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
    );
    await expect(takeSample(file, NOW_MS)).rejects.toThrow('it is no text');
    for (const text of ['', '\n \r\n']) {
      writeFileSync(file, text);
      await expect(takeSample(file, NOW_MS)).rejects.toThrow('it is empty');
    }
  });

  test.each([
    ['utf-8', Buffer.from('支付失败 order 7\n')],
    ['utf-8', Buffer.from('plain\n')],
    ['utf-16le', Buffer.from('\ufeff{"msg":"支付失败"}\n', 'utf16le')],
    ['utf-16le', Buffer.from('{"msg":"order"}\n', 'utf16le')],
    ['utf-16be', Buffer.from('{"msg":"order"}\n', 'utf16le').swap16()],
    ['gb18030', Buffer.from([0xd6, 0xa7, 0xb8, 0xb6, 0xca, 0xa7, 0xb0, 0xdc, 0x0a])],
    ['windows-1252', Buffer.from('la commande a échoué, à répéter\n', 'latin1')],
  ])('%s is recognised', (label, bytes) => {
    expect(guessEncoding(bytes)).toBe(label);
  });

  test('a log in another encoding is looked at in its own', async () => {
    const file = join(DIR, 'utf16.log');
    writeFileSync(file, Buffer.from(`\ufeff${PINO}\n${PINO}\n`, 'utf16le'));
    const sample = await takeSample(file, NOW_MS);
    expect(sample.encoding).toBe('utf-16le');
    const { keys, share } = await proposeFor(sample, { nowMs: NOW_MS, timezone: 'UTC' });
    expect([keys.decode, keys.encoding, share]).toEqual(['pino', 'utf-16le', 1]);
  });
});
