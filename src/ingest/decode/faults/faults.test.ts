import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeBatch } from '../../../../test/support/byte-batch.ts';
import { parseConfig } from '../../../config/load.ts';
import type { Batch } from '../../../event/batch.ts';
import { Pattern } from '../../../event/pattern.ts';
import { likelyEncoding } from '../../encoding/likely.ts';
import { regexPlace } from '../regex-place.ts';
import { judgeSample, type FoundFault } from './verdict.ts';
import { zoneShift } from './zone.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 14, 0);
const HOUR_MS = 3_600_000;

/** Settings of a source, as in tocsin.yaml. */
function sourceOf(settings: string) {
  const { config, problems } = parseConfig(
    `sources: { orders: { stdin: {}, ${settings} } }
fields: { amount: { type: long }, level: { type: keyword } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
    '/tocsin.yaml',
    {},
  );
  expect(problems).toEqual([]);
  return { source: config!.sources[0]!, schema: config!.schema };
}

/** Lines as the file source would read them when they have just been written. */
function batchOf(lines: readonly (string | Uint8Array)[], more: Partial<Batch> = {}): Batch {
  return makeBatch(lines, { readAtMs: NOW_MS, writtenByMs: NOW_MS, atEnd: true, ...more });
}

async function judged(settings: string, ...batches: readonly Batch[]) {
  const { source, schema } = sourceOf(settings);
  return await judgeSample(source, schema, [batches]);
}

async function faults(settings: string, lines: readonly (string | Uint8Array)[], more: Partial<Batch> = {}) {
  return (await judged(settings, batchOf(lines, more))).faults;
}

const many = (line: (timeMs: number, i: number) => string, count = 60): readonly string[] =>
  Array.from({ length: count }, (_, i) => line(NOW_MS - (count - 1 - i) * 1_000, i));
const iso = (ms: number): string => new Date(ms).toISOString();
const wall = (ms: number): string => iso(ms).slice(0, 19).replace('T', ' ');
const PATTERN = "decode: [{ regex: '^(?<time>\\S+ \\S+) (?<level>[A-Z]+) (?<message>.*)$' }]";
const only = (found: readonly FoundFault[]): FoundFault => {
  expect(found).toHaveLength(1);
  return found[0]!;
};

test('a wrong pattern is told with the place where it ceases to fit', async () => {
  const found = only(
    await faults(
      PATTERN,
      many((ms) => `${wall(ms)} error boom`),
    ),
  );
  expect(found).toEqual({
    reason: 'lines_undecodable',
    count: 60,
    cause: 'the pattern does not fit beyond >>> in the line',
    example: `${wall(NOW_MS - 59_000)} >>>error boom`,
    fix: 'mend `decode` of the source (docs/reading.md)',
  });
});

test('the step that fails is named, and a preset that reads the lines', async () => {
  const twoSteps = "decode: [json, { regex: '^(?<a>x)', field: message }]";
  const lines = many((ms) => JSON.stringify({ time: iso(ms), message: 'y' }));
  expect(only(await faults(twoSteps, lines)).cause).toBe('step 2 (regex): the pattern does not fit');
  const spring = many((ms) => `${wall(ms)}.123  INFO 1 --- [main] c.e.Shop : started`);
  expect(only(await faults('decode: json', spring))).toMatchObject({
    cause: 'not valid JSON',
    fix: 'write `decode: spring_boot`, which reads these lines',
  });
});

test('lines of stack traces call for multiline', async () => {
  const trace = many((ms, i) => (i % 10 === 0 ? `${wall(ms)} ERROR boom` : `\tat shop.Order.pay(${i})`));
  expect(only(await faults(`${PATTERN}, timestamp: { field: time }`, trace)).fix).toContain(
    'multiline: { start: PATTERN }',
  );
});

test.each([
  [
    'decode: json',
    (ms: number) => JSON.stringify({ time: iso(ms), n: 1 }),
    'there is no `@timestamp` in these lines',
    'field: time }',
  ],
  [
    'decode: json',
    (ms: number) => JSON.stringify({ log: { at: { stamp: ms } }, n: 1_700_000_000 }),
    'there is no',
    'field: log.at.stamp, format: epoch_ms }',
  ],
  [
    'decode: json, timestamp: { field: time }',
    (ms: number) => JSON.stringify({ time: wall(ms).replaceAll('-', '/') }),
    '`time` holds no time of the format iso8601',
    'format: "yyyy/MM/dd HH:mm:ss" }',
  ],
  [
    'decode: json',
    () => JSON.stringify({ n: 1_700_000_000, message: 'x' }),
    'there is no `@timestamp`',
    '`field: arrival` where lines have none',
  ],
])('a wrong time field is told with the one that looks like it: %s', async (settings, line, cause, fix) => {
  const found = only(await faults(settings, many(line)));
  expect(found.reason).toBe('lines_untimed');
  expect(found.cause).toContain(cause);
  expect(found.fix).toContain(fix);
});

test('hours that cannot be meant are a fault however seldom they are', async () => {
  const half = `decode: [{ regex: '^(?<time>\\S+ \\S+ \\S+) (?<message>.*)$' }], timestamp: { field: time, format: 'yyyy-MM-dd hh:mm:ss a' }`;
  const morning = many(() => '2026-11-28 11:41:01 AM fine');
  expect(await faults(half, morning)).toEqual([]);
  const found = only(await faults(half, [...morning, '2026-11-28 13:00:00 PM late']));
  expect(found).toMatchObject({ reason: 'lines_untimed', count: 1 });
  expect(found.cause).toContain('an hour above 12');
  const whole = half.replace('hh:mm:ss a', 'HH:mm:ss');
  expect(only(await faults(whole, morning)).fix).toContain('write hh and a');
});

const zones = (zone: string): string => `${PATTERN}, timestamp: { field: time, timezone: ${zone} }`;
const logged = (offsetMs: number): readonly string[] => many((ms) => `${wall(ms + offsetMs)} ERROR boom`);

test.each([
  [8, 'UTC', 'lines_future', 'write `timestamp: { timezone: Asia/Shanghai }`'],
  [5.5, 'UTC', 'lines_future', 'write `timestamp: { timezone: Asia/Kolkata }`'],
  [0, 'Asia/Shanghai', 'lines_off_zone', 'write `timestamp: { timezone: UTC }`'],
  [-5, 'UTC', 'lines_off_zone', 'write `timestamp: { timezone: America/New_York }`'],
] as const)('times of a zone %s h off, read as %s, name the zone', async (hours, zone, reason, fix) => {
  const lines = logged(hours * HOUR_MS);
  const arrivals: readonly Partial<Batch>[] = [
    {},
    { recordTimesMs: Float64Array.from(lines, (_, i) => NOW_MS - (lines.length - 1 - i) * 1_000 + 300) },
  ];
  for (const arrival of arrivals) {
    const found = only(await faults(zones(zone), lines, arrival));
    expect(found).toMatchObject({ reason, fix, count: 60 });
    expect(found.cause).toMatch(/^the times are \d+h(?:30m)? (?:ahead of|behind) the arrival/u);
  }
});

test('times that say their zone are the fault of their program', async () => {
  const lines = many((ms) => JSON.stringify({ '@timestamp': iso(ms + 8 * HOUR_MS) }));
  expect(only(await faults('decode: json', lines)).fix).toContain('the times say their zone themselves');
});

test('a clock that is ahead, and lines that are late, are no zone', async () => {
  const ahead = many((ms) => JSON.stringify({ '@timestamp': iso(ms + 400_000) }));
  expect(only(await faults('decode: json', ahead))).toMatchObject({ reason: 'lines_future' });
  const late = many((ms, i) =>
    JSON.stringify({ '@timestamp': iso(i < 20 ? ms : ms - 7 * 60_000 - i * 900) }),
  );
  const found = only(await faults('decode: json', late));
  expect(found).toMatchObject({ reason: 'lines_too_late', count: 40 });
  expect(found.fix).toContain('raise `lateness`');
});

test('values that do not fit their type are told by field', async () => {
  const lines = many((ms) => JSON.stringify({ '@timestamp': iso(ms), amount: 'viel' }));
  expect(only(await faults('decode: json', lines))).toMatchObject({
    reason: 'values_unfit',
    field: 'amount',
    count: 60,
  });
  const half = many((ms, i) => JSON.stringify({ '@timestamp': iso(ms), amount: i % 2 === 0 ? 'viel' : 7 }));
  expect(await faults('decode: json', half)).toEqual([]);
});

/** Encodes by turning the decoder round; of characters that the encoding has. */
function encoder(label: string): (text: string) => Uint8Array {
  const decoder = new TextDecoder(label);
  const bytesOf = new Map<string, readonly number[]>();
  const isWide = label !== 'latin1';
  for (let lead = 0x80; lead < 0xff; lead += 1) {
    if (!isWide) bytesOf.set(decoder.decode(Uint8Array.of(lead)), [lead]);
    for (let trail = 0x40; isWide && trail < 0xff; trail += 1) {
      const [first, ...more] = decoder.decode(Uint8Array.of(lead, trail));
      if (first !== undefined && more.length === 0 && !bytesOf.has(first)) bytesOf.set(first, [lead, trail]);
    }
  }
  return (text) =>
    Uint8Array.from(Array.from(text).flatMap((char) => bytesOf.get(char) ?? [char.charCodeAt(0)]));
}

const TEXTS = {
  gb18030: ['支付失败：订单超时', '库存不足，无法回滚', '用户登录成功', '服务器内部错误'],
  big5: ['付款失敗：訂單逾時', '庫存不足，無法回復', '使用者登入成功'],
  shift_jis: ['支払いに失敗しました', 'タイムアウトしました', '在庫が足りません'],
  'windows-1252': ['Größe für Café geändert', 'paiement refusé', 'não há saldo'],
};

test.each(Object.entries(TEXTS))('the encoding %s is guessed from the bytes', async (label, texts) => {
  const encode = encoder(label);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...texts), { minLength: 3, maxLength: 60 }), (lines) => {
      expect(likelyEncoding(Buffer.concat(lines.map((line) => encode(`2026-11-28 INFO ${line}`))))).toBe(
        label,
      );
    }),
    { numRuns: 50 },
  );
  const lines = many((ms, i) => JSON.stringify({ '@timestamp': iso(ms), message: texts[i % texts.length] }));
  const found = only(await faults('decode: json', lines.map(encode)));
  expect(found).toMatchObject({ reason: 'lines_not_utf8', count: 60, cause: `the bytes look like ${label}` });
  expect(found.example).toContain(texts[0]);
  // A few of many lines, too, where the others are ASCII.
  const ascii = many((ms) => JSON.stringify({ '@timestamp': iso(ms), message: 'ok' }));
  expect(only(await faults('decode: json', [...ascii, ...lines.slice(0, 6).map(encode)])).count).toBe(6);
});

test('UTF-16 is seen in lines that were joined as bytes', async () => {
  const half = Buffer.from('2026-11-28 ERROR a\r', 'utf16le');
  const lines = Array.from({ length: 60 }, () => Buffer.concat([half, Buffer.from('\n'), half]));
  expect(only(await faults('decode: log4j', lines)).cause).toBe('the bytes look like utf-16le');
});

test.each(['utf-16le', 'utf-16be'])('%s is seen although its bytes may be UTF-8', async (label) => {
  const ascii = many((ms) => JSON.stringify({ '@timestamp': iso(ms) }));
  const encode = (line: string): Uint8Array => {
    const bytes = Buffer.from(`${line}\n`, 'utf16le');
    return label === 'utf-16le' ? bytes.subarray(0, -2) : bytes.swap16().subarray(0, -2);
  };
  expect(only(await faults('decode: json', ascii.map(encode))).cause).toBe(`the bytes look like ${label}`);
});

test('a source that is well has no fault, however its lines are cut into batches', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(text, fc.integer({ min: 0, max: 20_000 })), { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 0, max: 30 * 86_400_000 }),
      fc.boolean(),
      async (lines, size, ageMs, isKafka) => {
        const writtenByMs = NOW_MS - ageMs;
        const all = lines.map(([message, delayMs], i) => {
          const arrivedMs = writtenByMs - (lines.length - 1 - i) * 50;
          return {
            arrivedMs,
            line: JSON.stringify({ '@timestamp': iso(arrivedMs - delayMs), message, amount: i }),
          };
        });
        const batches: Batch[] = [];
        for (let from = 0; from < all.length; from += size) {
          const some = all.slice(from, from + size);
          const arrived = Float64Array.from(some, ({ arrivedMs }) => arrivedMs);
          const more = {
            readAtMs: NOW_MS,
            atEnd: from + size >= all.length,
            ...(isKafka ? { recordTimesMs: arrived } : { writtenByMs }),
          };
          batches.push(
            makeBatch(
              some.map(({ line }) => line),
              more,
              from,
            ),
          );
        }
        const verdict = await judged('decode: json', ...batches);
        expect(verdict.faults).toEqual([]);
        expect(verdict.lines).toBe(all.length);
      },
    ),
    { numRuns: 60 },
  );
});

test('no delay below a quarter of an hour is a zone, and every zone is found', () => {
  const delays = fc.array(fc.integer({ min: 0, max: 55_000 }), { minLength: 5, maxLength: 100 });
  fc.assert(
    fc.property(delays, fc.integer({ min: -56, max: 56 }), (all, quarters) => {
      const shiftMs = quarters * 900_000;
      expect(zoneShift(all.map((delay) => shiftMs - delay))).toBe(quarters === 0 ? undefined : shiftMs);
    }),
  );
  expect([-10_000, 2_000, -11_000, 3_000].map((ms) => zoneShift([HOUR_MS + ms]))).toEqual([
    HOUR_MS,
    HOUR_MS,
    undefined,
    undefined,
  ]);
  const spread = Array.from({ length: 100 }, (_, i) => -3_600_000 - i * 30_000);
  expect(zoneShift(spread)).toBeUndefined();
});

test('how far a pattern fits agrees with trying every beginning of a line', () => {
  const parts = [
    '\\d{4}',
    '-',
    ' ',
    '(?<a>\\S+)',
    '(?:\\[(?<b>[^\\]]*)\\] )?',
    '[A-Z]+',
    '\\.',
    'x*',
    '(?:INFO|WARN)',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 8 }),
      fc.array(fc.constantFrom('2026', '-', ' ', 'INFO', 'WARN', 'x', '[a] ', '.'), { maxLength: 8 }),
      (pieces, words) => {
        const unique = pieces.filter((piece, i) => !piece.includes('(?<') || pieces.indexOf(piece) === i);
        const text = words.join('');
        let expected = 0;
        for (let n = unique.length; n > 0 && expected === 0; n -= 1) {
          const groups = new Pattern(`(?<whole>^${unique.slice(0, n).join('')})`).groups(text);
          expected = typeof groups === 'object' ? (groups['whole']?.length ?? 0) : 0;
        }
        expect(regexPlace(`^${unique.join('')}`, text)).toBe(expected);
      },
    ),
  );
});
