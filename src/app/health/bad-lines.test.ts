import { expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { parseConfig } from '../../config/load.ts';
import type { Batch } from '../../event/batch.ts';
import { createDecoder } from '../../ingest/decode/decoder.ts';
import { createBadLines } from './bad-lines.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 14, 0);
const configWith = (decode: string) =>
  parseConfig(
    `sources: { orders: { file: { path: '/x.log' }, decode: ${decode} } }\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n`,
    '/tocsin.yaml',
    {},
  ).config!;
const GOOD = JSON.stringify({ '@timestamp': new Date(NOW_MS).toISOString() });

function world(decode = 'json') {
  const config = configWith(decode);
  const badLines = createBadLines(config);
  const decoder = createDecoder(config.sources[0]!, config.schema);
  let timing: string | undefined;
  return {
    take: (lines: readonly (string | Uint8Array)[], more: Partial<Batch> = {}): void => {
      const decoded = decoder.decode(makeBatch(lines, { readAtMs: NOW_MS, ...more }), timing);
      ({ timing } = decoded);
      badLines.take(decoded, 0);
    },
    fault: (reason: string, nowMs = NOW_MS) => badLines.fault('orders', reason, nowMs),
    badLines,
  };
}

test('batches of which most lines are bad say why; others, and other reasons, say nothing', () => {
  const { take, fault, badLines } = world();
  take([GOOD, GOOD, 'garbled', 'cut']);
  expect(fault('lines_undecodable')).toBeUndefined();
  take([GOOD, 'garbled', 'cut']);
  expect(fault('lines_undecodable')).toMatchObject({ cause: 'not valid JSON', example: 'garbled' });
  expect(fault('lines_untimed')).toBeUndefined();
  expect(fault('lines_lost')).toBeUndefined();
  expect(badLines.fault('others', 'lines_undecodable', NOW_MS)).toBeUndefined();
});

test('one line in many that is not of the encoding is found', () => {
  const { take, fault } = world();
  const chinese = Buffer.concat([
    Buffer.from(GOOD.slice(0, -1)),
    Buffer.from(',"m":"'),
    Buffer.from('b6a9b5a5', 'hex'),
    Buffer.from('"}'),
  ]);
  take([...Array<string>(500).fill(GOOD), chinese, ...Array<string>(500).fill(GOOD)]);
  expect(fault('lines_not_utf8')).toMatchObject({ cause: 'the bytes look like gb18030' });
});

test('times by which lines were late are held against their arrival', () => {
  const causeOf = (behindMs: number) => {
    const { take, fault } = world();
    take([
      GOOD,
      ...Array<string>(400).fill(JSON.stringify({ '@timestamp': new Date(NOW_MS - behindMs).toISOString() })),
    ]);
    return fault('lines_too_late')?.cause;
  };
  expect(causeOf(7 * 60_000)).toContain('by more than `lateness`');
  expect(causeOf(8 * 3_600_000)).toContain('8h behind the arrival');
});

test('little is kept, however much is bad, and a cause is looked for once a minute', () => {
  const { take, fault } = world();
  for (let i = 0; i < 20; i += 1)
    take(Array<string>(2_000).fill(`old ${'x'.repeat(i)}`), { readAtMs: NOW_MS + i * 1_000 });
  expect(fault('lines_undecodable')?.example).toMatch(/^old x{15}$/u);
  for (let i = 20; i < 30; i += 1) take(['new'], { readAtMs: NOW_MS + i * 1_000 });
  expect(fault('lines_undecodable', NOW_MS + 59_999)?.example).toMatch(/^old/u);
  expect(fault('lines_undecodable', NOW_MS + 60_000)?.example).toBe('new');
  const long = world();
  long.take(['x'.repeat(10_000)]);
  expect(long.fault('lines_undecodable')).toBeUndefined();
});

test('lines that are kept know where they came from, and which header named their columns', () => {
  const ofFile = world(`[json, { regex: '/(?<service>[a-z]+)\\.log$', field: '@file' }]`);
  ofFile.take(['{}', '{}'], { origins: { '@file': '/logs/shop.log' } });
  expect(ofFile.fault('lines_untimed')?.cause).toBe('there is no `@timestamp` in these lines');
  const headed = world('[w3c]');
  headed.take(['GET'], { headers: [{ line: 0, fields: 'cs-method' }] });
  headed.take(Array<string>(100).fill('GET 200'), { readAtMs: NOW_MS + 1_000 });
  expect(headed.fault('lines_undecodable')?.cause).toBe('it has 2 columns, and its `#Fields:` line 1');
});
