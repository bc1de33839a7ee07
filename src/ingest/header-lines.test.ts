import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, linesOf, textsOf } from '../../test/support/batches.ts';
import type { SourceConfig } from '../config/config.ts';
import type { Batch, Position } from '../event/batch.ts';
import { createDecoder } from './decode/decoder.ts';
import { createHeaderTaker, withoutHeaders } from './header-lines.ts';
import type { LogReader } from './source.ts';

const SCHEMA = { fields: [], byName: new Map(), searchFields: [] };
const sourceOf = (fields?: string): SourceConfig => ({
  name: 'iis',
  kind: { kind: 'stdin', spoolBytes: 0 },
  decode: { steps: [{ kind: 'w3c', ...(fields !== undefined && { fields }) }] },
  timestamp: { path: ['time'], format: 'iso8601', timezone: 'Asia/Shanghai' },
  latenessMs: 30_000,
});

/** The documents of lines, or why there is none. */
function read(lines: readonly string[], fields?: string): readonly unknown[] {
  const batch = createHeaderTaker()(batchOf(lines));
  if (batch === undefined) return [];
  const { events } = createDecoder(sourceOf(fields), SCHEMA).decode(batch, undefined);
  return events.map(({ undecodable, document }) => undecodable ?? document);
}

describe('lines under a header', () => {
  test.each<[string, readonly string[], readonly unknown[], string?]>([
    ['have its columns', ['#Fields: a b-c d(e)', '1 x+y z'], [{ a: '1', 'b-c': 'x+y', 'd(e)': 'z' }]],
    ['lack what is a hyphen', ['#Fields: a b', '- 1'], [{ b: '1' }]],
    [
      'have a time in UTC',
      ['#Fields: date time a', '2026-11-27 11:10:05 1'],
      [{ time: '2026-11-27T11:10:05Z', a: '1' }],
    ],
    ['may have tabs, and blanks between them', ['#Fields: a b', 'x y\tz'], [{ a: 'x y', b: 'z' }]],
    ['may have quotes', ['#Fields: a b', '"x ""y"" z" 1'], [{ a: 'x "y" z', b: '1' }]],
    ['follow the last one', ['#Fields: a', '1', '#Version: 1', '#Fields: b', '2'], [{ a: '1' }, { b: '2' }]],
    ['may have a mark before it', ['\ufeff#Fields: a', '1'], [{ a: '1' }]],
    [
      'need it',
      ['1', '#Fields: a', '2'],
      ['no `#Fields:` line before it says what its columns are', { a: '2' }],
    ],
    ['need it not where columns are given', ['1', '#Fields: b', '2'], [{ a: '1' }, { b: '2' }], 'a'],
    ['fit it', ['#Fields: a b', '1'], ['it has 1 columns, and its `#Fields:` line 2']],
    [
      'need one of some length',
      [`#Fields: ${'a '.repeat(3_000)}`, '1'],
      ['its `#Fields:` line has more than 4000 characters'],
    ],
    ['are none, with # alone', ['#', '#Fields: a', '#Date: x'], []],
  ])('%s', (_what, lines, documents, fields) => {
    expect(read(lines, fields)).toEqual(documents);
  });

  test('a batch of headers alone is not handed out, and goes on with the next one', async () => {
    const batches = [batchOf(['#Fields: a']), batchOf(['#Version: 1'], 11), batchOf(['1'], 23)];
    const reader: LogReader = {
      next: () => Promise.resolve(batches.shift()),
      hold: () => undefined,
      durable: () => undefined,
      partitions: () => [],
      close: () => Promise.resolve(),
    };
    const batch = await withoutHeaders(reader).next(1_000);
    expect(textsOf(linesOf(batch!))).toEqual(['1']);
    expect(batch!.headers).toEqual([{ line: 0, fields: 'a' }]);
  });

  test('where the source goes back, a header that was not handed out does not hold for lines before it', () => {
    const take = createHeaderTaker();
    expect(take(batchOf(['#Fields: b'], 2))).toBeUndefined();
    expect(take(batchOf(['1'], 0))).not.toHaveProperty('headers');
  });
});

const line = fc.constantFrom(
  '#Fields: a b',
  '#Fields: b a',
  '#Fields: c',
  '#Version: 1.0',
  '1 2',
  '3 4',
  '5',
);

test('each line has its columns, whatever the boundaries of batches, and after any restart', () => {
  const lines = fc.array(line, { minLength: 1, maxLength: 5_000, size: 'max' });
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
  const restarts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(lines, sizes, restarts, (all, cuts, lives) => {
      const decoder = createDecoder(sourceOf(), SCHEMA);
      const got: unknown[] = [];
      // These are kept together, as in the state and in the archive.
      let kept: { readonly position: Position; readonly timing: string | undefined } = {
        position: { offset: 0, proof: '' },
        timing: undefined,
      };
      for (const life of [...lives, Infinity]) {
        const take = createHeaderTaker();
        for (const batch of batchesFrom(all, cuts, kept.position.offset).slice(0, life)) {
          const taken = take(batch);
          if (taken === undefined) continue;
          const { events, timing } = decoder.decode(structuredClone(taken), kept.timing);
          got.push(...events.map(({ undecodable, document }) => undecodable ?? document));
          kept = { position: taken.next, timing };
        }
      }
      expect(got).toEqual(read(all));
    }),
    { numRuns: 60 },
  );
});

function batchesFrom(lines: readonly string[], cuts: readonly number[], from: number): readonly Batch[] {
  const batches: Batch[] = [];
  let offset = 0;
  let at = 0;
  while (offset < from) offset += Buffer.byteLength(lines[at++]!) + 1;
  for (let i = 0; at < lines.length; i += 1) {
    batches.push(batchOf(lines.slice(at, (at += cuts[i % cuts.length]!)), offset));
    offset = batches.at(-1)!.next.offset;
  }
  return batches;
}
