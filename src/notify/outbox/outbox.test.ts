import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { allDue } from '../../../test/support/due.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn, type FilledOutbox } from '../../../test/support/state-writes.ts';
import type { OutboxRow } from '../outbox-row.ts';
import type { Severity } from '../../event/alert.ts';
import type { Notice } from '../notice.ts';

const slack = { channel: 'slack', target: '#a' };
const mail = { channel: 'email', target: 'a@b' };

function row(key: string, changes: Partial<Notice> = {}, receiver = slack): OutboxRow {
  const severity = changes.rule?.severity ?? 'high';
  return {
    key,
    receiver,
    notice: notice({ threadId: key, ...changes, rule: { ...notice().rule, severity } }),
  };
}

function open(): { database: DatabaseSync; outbox: FilledOutbox } {
  const database = new DatabaseSync(':memory:');
  return { database, outbox: outboxIn(database, () => 1_000) };
}

const keys = (rows: readonly OutboxRow[]): readonly string[] => rows.map((each) => each.key);

test('adding the same rows again adds nothing', () => {
  const { outbox } = open();
  expect(outbox.put([row('a'), row('b')])).toBe(2);
  expect(outbox.put([row('a'), row('b'), row('c')])).toBe(1);
  expect(keys(allDue(outbox, slack, 2_000))).toEqual(['a', 'b', 'c']);
});

test('a delivered message is not added again by a replay', () => {
  const { outbox } = open();
  outbox.put([row('a')]);
  outbox.sent([1], 1_500);
  expect(outbox.put([row('a')])).toBe(0);
  expect(allDue(outbox, slack, 2_000)).toEqual([]);
});

test('rows added within a transaction that is rolled back are gone with it', () => {
  const { outbox } = open();
  outbox.undone(
    () => outbox.put([row('a')]),
    () => outbox.attempt([1], 1_000),
  );
  expect(outbox.backlog(2_000).pending).toBe(0);
});

test('a later message of a thread waits for the earlier one, at its own receiver only', () => {
  const { outbox } = open();
  outbox.put([
    row('fired', { threadId: 't' }),
    row('resolved', { threadId: 't', kind: 'resolved' }),
    row('elsewhere', { threadId: 't', kind: 'resolved' }, mail),
  ]);
  expect(keys(allDue(outbox, slack, 2_000))).toEqual(['fired']);
  expect(keys(allDue(outbox, mail, 2_000))).toEqual(['elsewhere']);
  outbox.retry([1], { dueAtMs: 9_000, unsent: true, because: 'busy' });
  expect(allDue(outbox, slack, 2_000)).toEqual([]);
  expect(outbox.nextDueMs(slack, 2_000)).toBe(9_000);
  outbox.sent([1], 9_500);
  expect(keys(allDue(outbox, slack, 9_600))).toEqual(['resolved']);
});

test('what is more urgent comes first, each in the order in which it was added', () => {
  const { outbox } = open();
  const of = (severity: Severity): Partial<Notice> => ({ rule: { ...notice().rule, severity } });
  outbox.put([
    row('a', of('info')),
    row('b', of('high')),
    row('c', of('low')),
    row('d', of('critical')),
    row('e', of('medium')),
    row('f', of('critical')),
    row('g', of('high')),
  ]);
  expect(keys(allDue(outbox, slack, 2_000))).toEqual(['d', 'f', 'b', 'g', 'e', 'c', 'a']);
});

test('a message that is under way is not due, nor is what follows it', () => {
  const { outbox } = open();
  outbox.put([row('fired', { threadId: 't' }), row('resolved', { threadId: 't', kind: 'resolved' })]);
  outbox.attempt([1], 1_100);
  expect(allDue(outbox, slack, 2_000)).toEqual([]);
  expect(outbox.nextDueMs(slack, 2_000)).toBeUndefined();
  outbox.retry([1], { dueAtMs: 1_500, unsent: true, because: 'busy' });
  expect(keys(allDue(outbox, slack, 2_000))).toEqual(['fired']);
});

test('an attempt without an outcome is a possible duplicate after the next opening', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  try {
    const path = join(folder, 'state.db');
    const before = new DatabaseSync(path);
    const outbox = outboxIn(before, () => 1_000);
    outbox.put([row('a'), row('b'), row('c')]);
    outbox.attempt([1], 1_100);
    outbox.attempt([2], 1_100);
    outbox.retry([2], { dueAtMs: 1_200, unsent: true, because: 'connection refused' });
    before.close();
    const after = new DatabaseSync(path);
    const due = allDue(
      outboxIn(after, () => 1_000),
      slack,
      2_000,
    );
    expect(due.map((each) => [each.key, each.possibleDuplicate])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ]);
    after.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an ambiguous outcome makes every later attempt a possible duplicate', () => {
  const { outbox } = open();
  outbox.put([row('a')]);
  outbox.attempt([1], 1_100);
  outbox.retry([1], { dueAtMs: 1_200, unsent: false, because: 'timeout' });
  outbox.attempt([1], 1_300);
  outbox.retry([1], { dueAtMs: 1_400, unsent: true, because: 'refused' });
  expect(allDue(outbox, slack, 2_000)[0]).toMatchObject({ possibleDuplicate: true, attempts: 2 });
});

test('giving up a firing gives up what follows it there, and nobody is told the rest', () => {
  const { outbox } = open();
  outbox.put([
    row('fired', { threadId: 't' }),
    row('resolved', { threadId: 't', kind: 'resolved' }),
    row('mail', { threadId: 't' }, mail),
  ]);
  expect(outbox.giveUp([1], 2_000, 'channel_not_found')).toEqual([1, 2]);
  expect(outbox.openingOf('t')?.receivers).toEqual([mail]);
  expect(outbox.backlog(3_000)).toEqual({ pending: 1, ageMs: 2_000 });
});

test('the conversation of a thread is kept for its later messages', () => {
  const { outbox } = open();
  outbox.put([row('fired', { threadId: 't' }), row('resolved', { threadId: 't', kind: 'resolved' })]);
  outbox.sent([1], 1_100, { ids: [1], thread: { channel: 'C1', ts: '1.2' } });
  expect(allDue(outbox, slack, 2_000)[0]?.thread).toEqual({ channel: 'C1', ts: '1.2' });
});

test('pruning forgets old closed threads and keeps open ones and everything pending', () => {
  const { outbox } = open();
  outbox.put([
    row('f1', { threadId: 'closed' }),
    row('r1', { threadId: 'closed', kind: 'resolved' }),
    row('f2', { threadId: 'open' }),
    row('f3', { threadId: 'waiting' }),
    row('f4', { threadId: 'late' }),
    row('f5', { threadId: 'latest' }),
  ]);
  outbox.sent([1, 2, 3], 2_000, { ids: [1, 3], thread: { ts: '1' } });
  outbox.sent([5], 100_000);
  expect(outbox.prune(100_000, { closedMs: 1_000, anyMs: 1_000_000, rows: 100 })).toBe(2);
  expect(outbox.openingOf('closed')).toBeUndefined();
  expect(outbox.openingOf('open')?.receivers).toEqual([slack]);
  outbox.sent([6], 2_000_000);
  expect(outbox.prune(2_000_000, { closedMs: 1_000, anyMs: 1_000_000, rows: 100 })).toBe(2);
  expect(keys(allDue(outbox, slack, 2_000_000))).toEqual(['f3']);
});

test('a clock that is far ahead makes no message older than the newest one shows', () => {
  const { outbox } = open();
  outbox.put([row('f1', { threadId: 'a' }), row('r1', { threadId: 'a', kind: 'resolved' })]);
  outbox.sent([1], 2_000);
  outbox.sent([2], 2_500);
  expect(outbox.prune(40 * 86_400_000, { closedMs: 1_000, anyMs: 2_000, rows: 100 })).toBe(0);
});
