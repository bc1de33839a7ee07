import { describe, expect, it, vi } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { parseConfig } from '../../config/load.ts';
import type { LogEvent } from '../../event/event.ts';
import { createMask } from '../../event/mask/mask.ts';
import { whole } from '../../event/slices.ts';
import { createDecoder } from '../../ingest/decode/decoder.ts';
import { maskedEvents } from './masked-event.ts';

const mask = createMask({ kinds: ['cards', 'tokens', 'emails'], patterns: {} });

/** The lines as they are decoded, and as they are archived. */
function archived(
  decode: string,
  ...lines: readonly string[]
): { before: LogEvent[]; after: readonly LogEvent[] } {
  const text = `sources: { orders: { file: { path: "x.log" }, decode: ${decode} } }
fields: { card: { type: keyword }, n: { type: long }, service: { type: keyword }, message: { type: text } }
`;
  const { config, problems } = parseConfig(text, '/srv/tocsin.yaml', {});
  expect(problems).toEqual([]);
  const decoder = createDecoder(config!.sources[0]!, config!.schema);
  const before = [...decoder.decode(makeBatch(lines, { readAtMs: 0 }), undefined).events];
  return { before, after: whole(maskedEvents(before, mask)) };
}

const valuesOf = ({ after }: ReturnType<typeof archived>, name: string): readonly unknown[] => {
  const field = { name, type: 'keyword', paths: [name] } as const;
  return after[0]!.values(field);
};

describe('an event that is archived masked', () => {
  it('has nothing of it in line, document or values, and its numbers as they were written', () => {
    const line =
      '{"card":4111111111111111,"long":6222021234567890128,"n":1.0,"id":12345678901234567890,"password":"x","message":"to a@b.example"}';
    const found = archived('json', line);
    const [event] = found.after;
    expect(event!.line).toBe(
      '{"card":"[card]","long":"[card]","n":1.0,"id":12345678901234567890,"password":"[token]","message":"to [email]"}',
    );
    expect(event!.document).toEqual(JSON.parse(event!.line));
    expect(valuesOf(found, 'card')).toEqual(['[card]']);
    expect(event!.position).toEqual(found.before[0]!.position);
  });

  it('has no key of it, in JSON and in other lines', () => {
    const json = '{"a@b.example":1.0,"c@b.example":{"4111111111111111":"x"},"n":2}';
    const masked = archived('json', json).after[0]!;
    expect(masked.line).toBe('{"[email]":1.0,"[email]~2":{"[card]":"x"},"n":2}');
    expect(masked.document).toEqual(JSON.parse(masked.line));
    const [event] = archived('logfmt', 'a@b.example=1 n=2').after;
    expect([event!.line, event!.document]).toEqual(['[email]=1 n=2', { '[email]': '1', n: '2' }]);
  });

  it('holds up nothing for long, however many values it has', () => {
    const one = (value: string, count: number): string => `[${Array(count).fill(value).join(',')}]`;
    const line = `{"card":4111111111111111,"n":${one('1', 20_000)},"m":${one('1.50', 20_000)},"t":${one('"x"', 20_000)}}`;
    const parse = vi.spyOn(JSON, 'parse');
    const write = vi.spyOn(JSON, 'stringify');
    const { after } = archived('json', '{}', line);
    // A function that is called for each value makes either of them some ten times as long, and nothing can interrupt it.
    for (const { calls } of [parse.mock, write.mock])
      for (const [, perValue] of calls) expect(perValue).toBeUndefined();
    expect(parse.mock.calls.length).toBeGreaterThan(2);
    vi.restoreAllMocks();
    expect(after[1]!.line).toBe(line.replace('4111111111111111', '"[card]"'));
  });

  it('is the same where nothing of it is masked', () => {
    const { before, after } = archived('json', '{"message":"all well","n":1.0}');
    expect(after[0]).toBe(before[0]);
  });

  it('may be no JSON', () => {
    const { after } = archived(
      'logfmt',
      'service=pay message="to a@b.example" pwd=x',
      'not { json a@b.example',
    );
    expect(after.map(({ line }) => line)).toEqual([
      'service=pay message="to [email]" pwd=[token]',
      'not { json [email]',
    ]);
    expect(after[0]!.document).toMatchObject({ service: 'pay', message: 'to [email]', pwd: '[token]' });
    expect(JSON.stringify(after.map(({ document }) => document))).not.toContain('b.example');
  });

  it.each([300, 5_000])('may be deeper than anything can be looked through: %i', (depth) => {
    const { after } = archived('json', `{"a":${'['.repeat(depth)}"a@b.example"${']'.repeat(depth)}}`);
    expect(after[0]!.line).not.toContain('b.example');
    expect(JSON.stringify(after[0]!.document)).toContain('[too deep]');
  });
});
