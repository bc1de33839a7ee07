import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { stateTables } from '../../event/state-tables.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn } from '../../../test/support/state-writes.ts';
import { undelivered } from './undelivered.ts';

const hook = { channel: 'webhook', target: 'audit' };
const mail = { channel: 'email', target: 'a@b' };
const atMs = 1_000_000;
const again = { dueAtMs: 0, unsent: true };

function open() {
  const database = new DatabaseSync(':memory:');
  const outbox = outboxIn(database, () => atMs);
  const add = (key: string, receiver = hook): void =>
    void outbox.put([{ key, receiver, notice: notice({ threadId: key }) }]);
  return { outbox, add, look: undelivered(stateTables(database)) };
}

test('a message that waits for a moment is no trouble, one that waits for five minutes is', () => {
  const { add, look } = open();
  add('a');
  expect(look(atMs + 299_999)).toEqual([]);
  expect(look(atMs + 300_000)).toEqual([{ receiver: hook, waiting: 1, oldestMs: atMs, givenUp: 0 }]);
});

test('what is refused for good is trouble at once, with what the receiver said', () => {
  const { outbox, add, look } = open();
  add('a');
  outbox.attempt([1], atMs);
  outbox.retry([1], { ...again, refusedSinceMs: atMs, because: 'HTTP 401' });
  add('b', mail);
  const refused = { receiver: hook, waiting: 1, oldestMs: atMs, givenUp: 0, because: 'HTTP 401' };
  expect(look(atMs)).toEqual([refused]);
});

test('five failed attempts are, on one message or over several', () => {
  const { outbox, add, look } = open();
  add('a');
  add('b');
  const fail = (id: number): void => {
    outbox.attempt([id], atMs);
    outbox.retry([id], { ...again, because: 'HTTP 503' });
  };
  for (const id of [1, 2, 1, 2]) fail(id);
  expect(look(atMs)).toEqual([]);
  fail(1);
  expect(look(atMs)).toMatchObject([{ waiting: 2, because: 'HTTP 503' }]);
});

test('what was sent is owed no more', () => {
  const { outbox, add, look } = open();
  add('a');
  outbox.sent([1], atMs);
  expect(look(atMs + 900_000)).toEqual([]);
});

test('what was given up is trouble until something is delivered there, for a day at most', () => {
  const { outbox, add, look } = open();
  for (const key of ['a', 'b', 'c', 'd']) add(key);
  outbox.sent([1], atMs);
  outbox.giveUp([2], atMs + 1, 'HTTP 400');
  outbox.giveUp([3], atMs + 2, 'HTTP 404');
  expect(look(atMs + 3)).toEqual([{ receiver: hook, waiting: 0, givenUp: 2, because: 'HTTP 404' }]);
  expect(look(atMs + 300_000)).toMatchObject([{ waiting: 1, givenUp: 2 }]);
  outbox.sent([4], atMs + 4);
  expect(look(atMs + 5)).toEqual([]);
});

test('what was given up a day ago is forgotten', () => {
  const { outbox, add, look } = open();
  add('a');
  outbox.giveUp([1], atMs, 'HTTP 400');
  expect(look(atMs + 86_399_999)).toHaveLength(1);
  expect(look(atMs + 86_400_000)).toEqual([]);
});
