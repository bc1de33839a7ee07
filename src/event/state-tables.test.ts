import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { stateTables, type StateTables, type Transaction } from './state-tables.ts';

function open(): StateTables {
  const tables = stateTables(new DatabaseSync(':memory:'));
  tables.define('CREATE TABLE told (what TEXT)');
  return tables;
}
const tell = (tx: Transaction, what: string): void => void tx.sql('INSERT INTO told VALUES (?)').run(what);
const told = (tables: StateTables): readonly unknown[] =>
  tables
    .sql('SELECT what FROM told')
    .all()
    .map(({ what }) => what);

it('keep all that was written in a transaction, or nothing of it', () => {
  const tables = open();
  expect(
    tables.transaction((tx) => {
      tell(tx, 'a');
      tell(tx, 'b');
      return 'done';
    }),
  ).toBe('done');
  expect(() =>
    tables.transaction((tx) => {
      tell(tx, 'c');
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(told(tables)).toEqual(['a', 'b']);
});

it('refuse a transaction inside of another, and one that is over', () => {
  const tables = open();
  let kept: Transaction | undefined;
  expect(() =>
    tables.transaction((tx) => {
      kept = tx;
      tell(tx, 'a');
      tables.transaction((inner) => tell(inner, 'b'));
    }),
  ).toThrow('A transaction is open: hand it on.');
  expect(() => tell(kept!, 'c')).toThrow('The transaction is over.');
  tables.transaction((tx) => tell(tx, 'd'));
  expect(told(tables)).toEqual(['d']);
});

it('say what went wrong where the disk has rolled back by itself', () => {
  const tables = open();
  expect(() =>
    tables.transaction((tx) => {
      tell(tx, 'a');
      // As a full disk does it.
      tx.sql('ROLLBACK').run();
      throw new Error('database or disk is full');
    }),
  ).toThrow('database or disk is full');
  expect(told(tables)).toEqual([]);
});
