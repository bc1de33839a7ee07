/** Blocks find what a plain look at every line finds, whatever the terms and however the lines were put together. */
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { atEverySize } from '../../../../test/support/growth.ts';
import type { Random } from '../../../../test/support/timelines.ts';
import type { CompareOp } from '../../../rule/ast.ts';
import type { BlockQuery } from '../block-query.ts';
import { BlockBuilder } from './block-builder.ts';
import { BlockHits } from './block-hits.ts';
import { BLOCK_TABLES, BlockTables } from './block-tables.ts';
import { sortedTerms } from './term-order.ts';
import { hashOf, lowerBytes, sameBytes, TermTable } from './term-table.ts';

interface Line {
  readonly timeMs: number;
  readonly terms: readonly string[];
  readonly numbers: readonly number[];
}

/** Texts with much in common, with zeros at their end, and long ones. */
function someText(random: Random): string {
  const beginning = random.pick(['', 'a', 'ORD-', 'ORD-1', 'x'.repeat(200), '支付', '\0']);
  return beginning + random.pick(['', '\0', '\0\0\0\0', `${random.below(40)}`, '\0\0\0\0\0a', 'é']);
}

function someLine(random: Random): Line {
  const many = (below: number): number[] => Array.from({ length: random.below(below) }, (_, i) => i);
  return {
    timeMs: random.chance(1) ? random.below(1e13) : 1e12 + random.below(1_000),
    terms: many(6).map(() => (random.chance(60) ? 'common' : someText(random))),
    numbers: many(3).map(() => (random.chance(1) ? 1e6 : random.below(100) - 50)),
  };
}

/** Stores the lines in transactions of random sizes. Lines that are stored already come in between. */
function store(db: DatabaseSync, lines: readonly Line[], random: Random): void {
  const tables = new BlockTables(db);
  const builder = new BlockBuilder(1);
  const most = random.pick([1, 4, 40, lines.length]);
  for (let from = 0; from < lines.length;) {
    const some = lines.slice(from, from + 1 + random.below(most));
    for (const line of some) {
      if (random.chance(5)) {
        addTerms(builder, someLine(random));
        builder.drop();
      }
      addTerms(builder, line);
      for (const number of line.numbers) builder.number(0, number);
      builder.keep({ timeMs: line.timeMs, isFuture: false });
    }
    tables.write(builder, 1 + from);
    tables.putTogether(builder, 0);
    from += some.length;
  }
}

function addTerms(builder: BlockBuilder, { terms }: Pick<Line, 'terms'>): void {
  for (const term of terms) {
    const bytes = Buffer.from(term);
    builder.term(258, bytes, 0, bytes.length, sameBytes);
  }
}

const OPS: readonly CompareOp[] = ['>', '>=', '<', '<='];
const holds: Readonly<Record<CompareOp, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

test('terms, beginnings and comparisons are found in every line that has them, at every size', () => {
  atEverySize((size, random) => {
    const lines = Array.from({ length: size * random.pick([1, 1, 4]) }, () => someLine(random));
    const db = new DatabaseSync(':memory:');
    db.exec(`CREATE TABLE events (id INTEGER); ${BLOCK_TABLES}`);
    store(db, lines, random);
    const hits = new BlockHits(db);
    const blocks = hits.within(-1e15, 1e15);
    const found = (query: BlockQuery): number[] =>
      blocks.flatMap((block) => {
        const ids: number[] = [];
        hits.lines(block, query).each((line) => ids.push(block.firstId + line - 1));
        return ids;
      });
    const having = (isWanted: (line: Line) => boolean): number[] =>
      lines.flatMap((line, i) => (isWanted(line) ? [i] : []));
    expect(blocks.flatMap((block) => [...hits.times(block)])).toEqual(lines.map(({ timeMs }) => timeMs));
    for (let round = 0; round < 10; round += 1) {
      const text = random.chance(20) ? 'common' : someText(random);
      const bytes = Buffer.concat([Buffer.of(1, 2), Buffer.from(text)]);
      expect(found({ kind: 'term', bytes, isPrefix: false })).toEqual(
        having(({ terms }) => terms.includes(text)),
      );
      const begins = (term: string): boolean => Buffer.from(term).indexOf(Buffer.from(text)) === 0;
      expect(found({ kind: 'term', bytes, isPrefix: true })).toEqual(
        having(({ terms }) => terms.some(begins)),
      );
      const [op, limit] = [random.pick(OPS), random.below(120) - 60];
      const candidates = new Set(found({ kind: 'range', field: 0, op, limit }));
      for (const i of having(({ numbers }) => numbers.some((number) => holds[op](number, limit))))
        expect(candidates.has(i)).toBe(true);
    }
    expect(found({ kind: 'range', field: 0, op: '>', limit: 1e6 })).toEqual([]);
    db.close();
  });
});

test('many small transactions leave few blocks, and a transaction of many lines stays as it is', () => {
  const db = new DatabaseSync(':memory:');
  db.exec(`CREATE TABLE events (id INTEGER); ${BLOCK_TABLES}`);
  const tables = new BlockTables(db);
  const builder = new BlockBuilder(0);
  const LINES = 4_096 + 256 + 16 + 3;
  for (let i = 0; i < LINES; i += 1) {
    addTerms(builder, { terms: [`line ${i}`, 'common'] });
    builder.keep({ timeMs: i, isFuture: false });
    tables.write(builder, 1 + i);
    tables.putTogether(builder, 0);
  }
  const lengths = db.prepare('SELECT lines FROM blocks ORDER BY first_id').all();
  expect(lengths.map((row) => row['lines'])).toEqual([4_096, 256, 16, 1, 1, 1]);
  db.close();
});

test('blocks of very many words are not written anew together', () => {
  const db = new DatabaseSync(':memory:');
  db.exec(BLOCK_TABLES);
  const tables = new BlockTables(db);
  const builder = new BlockBuilder(1);
  for (let line = 0; line < 32; line += 1) {
    // Pages of about a megabyte a line: sixteen of them are beyond the bound.
    const words = line < 16 ? 25_000 : 10;
    addTerms(builder, {
      terms: Array.from({ length: words }, (_, i) => `${line}-${i}-${'w'.repeat(40)}${i % 97}`),
    });
    builder.keep({ timeMs: 1e12, isFuture: false });
    tables.write(builder, 1 + line);
    tables.putTogether(builder, 0);
  }
  const pages = db.prepare('SELECT sum(length(page)) AS bytes FROM terms GROUP BY block').all();
  expect(Math.max(...pages.map((row) => Number(row['bytes'])))).toBeLessThan(12 << 20);
  const together = db.prepare('SELECT count(*) AS blocks, max(lines) AS lines FROM blocks').get();
  expect(together).toMatchObject({ blocks: 17, lines: 16 });
  db.close();
});

test('terms are in the order of their bytes, at every size', () => {
  atEverySize((size, random) => {
    const table = new TermTable();
    const texts = new Set(
      Array.from(
        { length: 4 * size },
        () => someText(random) + (random.chance(50) ? `${random.below(1e6)}` : ''),
      ),
    );
    for (const text of texts) {
      const bytes = Buffer.from(text.toUpperCase());
      table.number(hashOf(7, bytes, 0, bytes.length, lowerBytes), 7, bytes, 0, bytes.length, lowerBytes);
    }
    const order = [...sortedTerms(table)].map((term) =>
      Buffer.from(table.text.slice(table.starts[term], table.starts[term + 1])),
    );
    expect(order).toEqual(order.toSorted((a, b) => Buffer.compare(a, b)));
    expect(new Set(order.map(String)).size).toBe(table.count);
  });
});
