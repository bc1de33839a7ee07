import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { stateTables } from '../../event/state-tables.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn } from '../../../test/support/state-writes.ts';
import { undelivered } from './undelivered.ts';

const hook = { channel: 'webhook', target: 'audit' };
const mail = { channel: 'email', target: 'a@b' };
const AT_MS = 1_000_000;
const again = { dueAtMs: 0, unsent: true };

function open() {
  const database = new DatabaseSync(':memory:');
  const outbox = outboxIn(database, () => AT_MS);
  const add = (key: string, receiver = hook): void =>
    void outbox.put([{ key, receiver, notice: notice({ threadId: key }) }]);
  return { outbox, add, look: undelivered(stateTables(database)) };
}

test('a message that waits for a moment is no trouble, one that waits for five minutes is', () => {
  const { add, look } = open();
  add('a');
  expect(look(AT_MS + 299_999)).toEqual([]);
  expect(look(AT_MS + 300_000)).toEqual([{ receiver: hook, waiting: 1, oldestMs: AT_MS, givenUp: 0 }]);
});

test('what is refused for good is trouble at once, with what the receiver said', () => {
  const { outbox, add, look } = open();
  add('a');
  outbox.attempt([1], AT_MS);
  outbox.retry([1], { ...again, refusedSinceMs: AT_MS, because: 'HTTP 401' });
  add('b', mail);
  const refused = { receiver: hook, waiting: 1, oldestMs: AT_MS, givenUp: 0, because: 'HTTP 401' };
  expect(look(AT_MS)).toEqual([refused]);
});

test('five failed attempts are, on one message or over several', () => {
  const { outbox, add, look } = open();
  add('a');
  add('b');
  const fail = (id: number): void => {
    outbox.attempt([id], AT_MS);
    outbox.retry([id], { ...again, because: 'HTTP 503' });
  };
  for (const id of [1, 2, 1, 2]) fail(id);
  expect(look(AT_MS)).toEqual([]);
  fail(1);
  expect(look(AT_MS)).toMatchObject([{ waiting: 2, because: 'HTTP 503' }]);
});

test('what was sent is owed no more', () => {
  const { outbox, add, look } = open();
  add('a');
  outbox.sent([1], AT_MS);
  expect(look(AT_MS + 900_000)).toEqual([]);
});

test('what was given up is trouble until something is delivered there, for a day at most', () => {
  const { outbox, add, look } = open();
  for (const key of ['a', 'b', 'c', 'd']) add(key);
  outbox.sent([1], AT_MS);
  outbox.giveUp([2], AT_MS + 1, 'HTTP 400');
  outbox.giveUp([3], AT_MS + 2, 'HTTP 404');
  expect(look(AT_MS + 3)).toEqual([{ receiver: hook, waiting: 0, givenUp: 2, because: 'HTTP 404' }]);
  expect(look(AT_MS + 300_000)).toMatchObject([{ waiting: 1, givenUp: 2 }]);
  outbox.sent([4], AT_MS + 4);
  expect(look(AT_MS + 5)).toEqual([]);
});

test('what was given up a day ago is forgotten', () => {
  const { outbox, add, look } = open();
  add('a');
  outbox.giveUp([1], AT_MS, 'HTTP 400');
  expect(look(AT_MS + 86_399_999)).toHaveLength(1);
  expect(look(AT_MS + 86_400_000)).toEqual([]);
});
