/** Records of lines as a reader hands them out: each exactly once, wherever batches end and the process is killed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf } from '../../test/support/batches.ts';
import { parseConfig } from '../config/load.ts';
import type { SourceConfig } from '../config/config.ts';
import type { Batch, Position } from '../event/batch.ts';
import { splitBatch, splittingOf } from './record-batches.ts';
import type { LogReader, PartitionStatus, ReaderOptions } from './source.ts';
import { openRecords } from './split-records.ts';

function sourceOf(decode: string, kind = "file: { path: 'a.log' }"): SourceConfig {
  const { config, problems } = parseConfig(
    `sources: { a: { ${kind}, decode: ${decode} } }\n`,
    '/tocsin.yaml',
    {},
  );
  expect(problems).toEqual([]);
  return config!.sources[0]!;
}

const KAFKA = "kafka: { brokers: ['127.0.0.1:9092'], topic: t }";

interface Handed {
  readonly offset: number;
  readonly text: string;
}

const handedIn = ({ offsets, bytes, starts, ends }: Batch): Handed[] =>
  Array.from(offsets, (offset, i) => ({
    offset,
    text: Buffer.from(bytes.subarray(starts[i], ends[i])).toString(),
  }));

/** A log of lines in memory, one for each partition. It reads on only from positions that it gave, or from the beginning of a batch. */
class MemoryLog {
  readonly #lines: readonly (readonly string[])[];
  readonly #isKafka: boolean;
  readonly #sizes: () => number;
  readonly durable: Position[] = [];

  constructor(lines: readonly (readonly string[])[], isKafka: boolean, sizes: () => number) {
    this.#lines = lines;
    this.#isKafka = isKafka;
    this.#sizes = sizes;
  }

  #offsetOf(partition: number, line: number): number {
    if (this.#isKafka) return line;
    return this.#lines[partition]!.slice(0, line).reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  }

  #lineAt(partition: number, position: Position | undefined): number {
    if (position === undefined) return 0;
    const lines = this.#lines[partition]!;
    const at = lines.findIndex((_line, i) => this.#offsetOf(partition, i) === position.offset);
    if (at < 0) expect(position.offset).toBe(this.#offsetOf(partition, lines.length));
    if (position.proof !== '') expect(position.proof).toBe(`to ${position.offset}`);
    return at < 0 ? lines.length : at;
  }

  open(options: ReaderOptions): LogReader {
    const next = this.#lines.map((_lines, partition) => this.#lineAt(partition, options.position(partition)));
    let held: ReadonlySet<number> = new Set();
    const isLeft = (partition: number): boolean => next[partition]! < this.#lines[partition]!.length;
    return {
      next: () => {
        const partition = this.#lines.findIndex((_lines, each) => !held.has(each) && isLeft(each));
        if (partition < 0) return Promise.resolve(undefined);
        const from = next[partition]!;
        const to = Math.min(this.#lines[partition]!.length, from + this.#sizes());
        next[partition] = to;
        const batch = batchOf(this.#lines[partition]!.slice(from, to), this.#offsetOf(partition, from));
        const end = this.#offsetOf(partition, to);
        return Promise.resolve({
          ...batch,
          partition,
          offsets: Float64Array.from(batch.offsets, (_offset, i) => this.#offsetOf(partition, from + i)),
          next: { offset: end, proof: `to ${end}` },
          atEnd: !isLeft(partition),
        });
      },
      durable: (_partition, position) => void this.durable.push(position),
      partitions: () =>
        this.#lines.map((_lines, partition): PartitionStatus => ({
          partition,
          label: `${partition}`,
          atEnd: !isLeft(partition),
          ended: !isLeft(partition),
        })),
      hold: (partitions) => void (held = partitions),
      close: () => Promise.resolve(),
    };
  }
}

/** A line: an array of so many records, or text that is none. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.nat(5), { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.nat(5_000).map((count) => Array.from({ length: count }, (_, i) => i % 3)) },
  { weight: 1, arbitrary: fc.constant('plain text') },
);
type AnyLine = readonly number[] | string;

const element = (value: number, name: string): string =>
  value === 0 ? '0' : JSON.stringify({ n: name, pad: 'x'.repeat(value) });
const written = (of: AnyLine, name: string): string =>
  typeof of === 'string' ? of : `[${of.map((value, i) => element(value, `${name}.${i}`)).join()}]`;
const records = (of: AnyLine, name: string): readonly string[] =>
  typeof of === 'string' ? [of] : of.map((value, i) => element(value, `${name}.${i}`));

/** Reads until nothing is left, and is killed now and then: what was handed out counts only once its position is stored. */
async function readKilled(
  log: MemoryLog,
  source: SourceConfig,
  chance: (of: number) => number,
): Promise<ReadonlyMap<number, Handed[]>> {
  const handed = new Map<number, Handed[]>();
  const stored = new Map<number, Position>();
  const position = (partition: number): Position | undefined => stored.get(partition);
  for (let isOver = false; !isOver;) {
    const reader = await openRecords((options) => Promise.resolve(log.open(options)), source, {
      purpose: 'alert',
      position,
    });
    for (;;) {
      if (chance(6) === 0) reader.hold(new Set([chance(3)]));
      const batch = await reader.next(0);
      if (batch === undefined) {
        reader.hold(new Set());
        const left = reader.partitions().some(({ ended }) => ended !== true);
        if (left) continue;
        isOver = true;
        break;
      }
      if (chance(8) === 0) break; // killed before it was durable
      const { partition, next } = batch;
      handed.set(partition, [...(handed.get(partition) ?? []), ...handedIn(batch)]);
      stored.set(partition, next);
      reader.durable(partition, next);
      if (chance(8) === 0) break; // killed behind that
    }
    await reader.close();
  }
  return handed;
}

describe.each([
  ['bytes', false],
  ['messages of Kafka', true],
])('offsets that count %s', (_name, isKafka) => {
  test('whatever the lines, the batches and the moments of the kills: each record once, in order, with an offset of its own', async () => {
    const source = sourceOf('[each]', isKafka ? KAFKA : undefined);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(line, { maxLength: 12 }), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat(1_000)),
        async (partitions, random) => {
          const chance = (of: number): number => random.next().value! % of;
          const texts = partitions.map((lines) => lines.map((of, i) => written(of, `${i}`)));
          const log = new MemoryLog(texts, isKafka, () => 1 + chance(5));
          const handed = await readKilled(log, source, chance);
          for (const [partition, lines] of partitions.entries()) {
            const all = handed.get(partition) ?? [];
            expect(all.map(({ text }) => text)).toEqual(lines.flatMap((of, i) => records(of, `${i}`)));
            expect(all.every(({ offset }, i) => i === 0 || offset > all[i - 1]!.offset)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

/** A reader of the batches, for `next` alone. */
const readerOf = (
  batches: readonly Batch[],
  positions: (Position | undefined)[] = [],
): ((options: ReaderOptions) => Promise<LogReader>) => {
  const left = [...batches];
  return (options) => {
    positions.push(options.position(0));
    return Promise.resolve({
      next: () => Promise.resolve(left.shift()),
      durable: () => undefined,
      partitions: () => [{ partition: 0, label: 'a', atEnd: left.length === 0, ended: left.length === 0 }],
      hold: () => undefined,
      close: () => Promise.resolve(),
    });
  };
};

const from = (position?: Position): ReaderOptions => ({ purpose: 'alert', position: () => position });

describe('positions', () => {
  test('one of a time without `each` is understood, by Kafka too', async () => {
    const positions: (Position | undefined)[] = [];
    const stored = { offset: 1, proof: 'to 1' };
    const lines = batchOf(['[1,2]'], 1, { offsets: Float64Array.of(1), next: { offset: 2, proof: 'to 2' } });
    const reader = await openRecords(readerOf([lines], positions), sourceOf('[each]', KAFKA), from(stored));
    const batch = (await reader.next(0))!;
    expect(positions).toEqual([stored]);
    expect([...batch.offsets]).toEqual([2 ** 17, 2 ** 17 + 1]);
    expect(batch.next).toEqual({ offset: 2 ** 18, proof: '{"lines":{"offset":2,"proof":"to 2"}}' });
  });

  test('one of a time with `each` is understood without it, but for Kafka, which then stops where it is', async () => {
    const positions: (Position | undefined)[] = [];
    const stored = { offset: 7, proof: '{"lines":{"offset":6,"proof":"to 6"}}' };
    await openRecords(readerOf([], positions), sourceOf('json'), from(stored));
    await openRecords(readerOf([], positions), sourceOf('json', KAFKA), from(stored));
    expect(positions).toEqual([{ offset: 6, proof: 'to 6' }, stored]);
  });

  test('a log that was begun anew is read from its beginning', async () => {
    const stored = { offset: 900, proof: '{"lines":{"offset":800,"proof":"to 800"}}' };
    const reader = await openRecords(readerOf([batchOf(['[1,2]'])]), sourceOf('[each]'), from(stored));
    expect(handedIn((await reader.next(0))!).map(({ offset }) => offset)).toEqual([0, 1]);
  });

  test('beyond the offsets that can be numbered, a person has to decide', async () => {
    const far = batchOf(['[1]'], 2 ** 36, { offsets: Float64Array.of(2 ** 36) });
    const reader = await openRecords(readerOf([far]), sourceOf('[each]', KAFKA), from());
    await expect(reader.next(0)).rejects.toThrow(/too far to number the records/);
  });

  test('a reader whose rest is not handed out is not at its end', async () => {
    const many = `[${Array.from({ length: 5_000 }, (_, i) => i).join()}]`;
    const reader = await openRecords(
      readerOf([batchOf([many], 0, { atEnd: true })]),
      sourceOf('[each]'),
      from(),
    );
    const sizes: unknown[] = [];
    for (let batch = await reader.next(0); batch !== undefined; batch = await reader.next(0))
      sizes.push([
        batch.offsets.length,
        batch.atEnd,
        reader.partitions()[0]!.atEnd,
        reader.partitions()[0]!.ended,
      ]);
    expect(sizes).toEqual([
      [2_000, false, false, false],
      [2_000, false, false, false],
      [1_000, true, true, true],
    ]);
  });
});

describe('batches of records', () => {
  const split = (batch: Batch, decode = '[each: e]', spacing = 1): readonly Batch[] => {
    const parts = splitBatch(batch, splittingOf(sourceOf(decode).decode, spacing)!, {
      before: { offset: 0, proof: '' },
      readTo: 0,
    });
    const all: Batch[] = [];
    for (;;) {
      const { done, value } = parts.next();
      all.push(value);
      if (done === true) return all;
    }
  };

  test('are no larger than 1 MiB, or hold one record, which is cut like a line', () => {
    const x = 'x'.repeat(400_000);
    const sizes = split(batchOf([`{"x":"${x}","e":[{"n":1},{"n":2},{"n":3}]}`])).map(
      ({ bytes }) => bytes.length,
    );
    expect(sizes).toEqual([2 * 400_014, 400_014]);
    const grown = batchOf([`v=${'\u0001'.repeat(200_000)}`]);
    const [long] = split(grown, `[{ regex: '^v=(?<v>.*)$' }, set: { message: '[{}]' }, each]`);
    expect([long!.bytes.length, long!.cutLines]).toEqual([1 << 20, 1]);
  });

  test('a line of a message with more records than there are offsets is kept whole', () => {
    const many = (count: number): Batch =>
      batchOf([`[${Array.from({ length: count }, () => '0').join()}]`], 0, {
        next: { offset: 1, proof: '' },
      });
    const count = (batches: readonly Batch[]): number =>
      batches.reduce((sum, { offsets }) => sum + offsets.length, 0);
    expect(count(split(many(2 ** 17), '[each]', 2 ** 17))).toBe(2 ** 17);
    expect(count(split(many(2 ** 17 + 1), '[each]', 2 ** 17))).toBe(1);
  });

  test('a line of another stream that began in between keeps its offset for itself', () => {
    const lines = batchOf(['[1,2,3,4,5]', '[6]'], 0, {
      offsets: Float64Array.of(0, 4),
      next: { offset: 40, proof: '' },
    });
    expect(split(lines, '[each]').flatMap(handedIn)).toEqual([
      { offset: 0, text: '[1,2,3,4,5]' },
      { offset: 4, text: '6' },
    ]);
  });

  test('lines that are not UTF-8 are counted where they are taken apart, and left as they are where not', () => {
    const texts = ['{"e":[{"n":"\u00e9"},{"n":1}]}', 'pl\u00e9in', '{"n":"\u00e9"}', '{"e":[{"n":2}]}'];
    const bytes = Buffer.from(`${texts.join('\n')}\n`, 'latin1');
    const starts = Uint32Array.from(
      texts,
      (_text, i) => texts.slice(0, i).join('\n').length + (i > 0 ? 1 : 0),
    );
    const ends = starts.map((start, i) => start + texts[i]!.length);
    const batch = { ...batchOf(texts), bytes, starts, ends, offsets: Float64Array.from(starts) };
    const [one] = split({ ...batch, next: { offset: bytes.length, proof: '' } });
    expect(handedIn(one!).map(({ text }) => text)).toEqual([
      '{"n":"\ufffd"}',
      '{"n":1}',
      'pl\ufffdin',
      '[{"n":"\ufffd"}]',
      '{"n":2}',
    ]);
    expect(one!.garbled?.lines).toBe(2);
  });

  test('records have the time of their message, and a batch of no records moves on', () => {
    const [one] = split(
      batchOf(['{"e":[{},{}]}', '{"e":[{}]}'], 0, { recordTimesMs: Float64Array.of(5, 6) }),
    );
    expect([...one!.recordTimesMs!]).toEqual([5, 5, 6]);
    const [none] = split(batchOf(['{"e":[]}'], 7, { atEnd: true, cutLines: 0 }));
    expect([none!.offsets.length, none!.next.offset, none!.atEnd]).toEqual([0, 16, true]);
  });
});
