/** What many messages have in common is in the outbox once, arrives with each of them, and is gone with the last. */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allDue } from '../../../test/support/due.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn, type FilledOutbox } from '../../../test/support/state-writes.ts';
import type { Notice, RuleView } from '../notice.ts';
import type { OutboxRow } from '../outbox-row.ts';

const hook = { channel: 'webhook', target: 'down' };
const mail = { channel: 'email', target: 'a@b' };
const keep = { closedMs: 0, anyMs: 0, rows: 1_000 };

/** Of other words for each seed, so that no two are alike. */
const text = (characters: number, seed: number): string =>
  `# ${seed}\n${'restart the 服务 '.repeat(characters / 15)}`.slice(0, characters);

interface Written {
  readonly runbook: string;
  readonly rule?: Partial<RuleView>;
}

const row = (thread: string, { runbook, rule }: Written, changes: Partial<Notice> = {}): OutboxRow => ({
  key: `${thread} ${changes.kind ?? 'fired'}`,
  receiver: hook,
  notice: notice({
    threadId: thread,
    rule: { ...notice().rule, severity: 'high', ...rule },
    runbook: { path: 'runbooks/a.md', markdown: runbook },
    ...changes,
  }),
});

function open(database = new DatabaseSync(':memory:')): {
  readonly database: DatabaseSync;
  readonly outbox: FilledOutbox;
  readonly bytes: () => number;
  readonly parts: () => number;
} {
  const number = (query: string): number => Number(Object.values(database.prepare(query).get()!)[0]);
  return {
    database,
    outbox: outboxIn(database, () => 1_000),
    bytes: () => number('PRAGMA page_count') * number('PRAGMA page_size'),
    parts: () => number('SELECT count(*) FROM outbox_parts'),
  };
}

describe('the outbox', () => {
  test('grows by a long runbook, or a long rule, once and not by each of its groups', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 990_000 }),
        fc.integer({ min: 1, max: 300_000 }),
        fc.nat(1_000),
        (groups, ofRunbook, ofRule, seed) => {
          const { outbox, bytes } = open();
          const before = bytes();
          const written = { runbook: text(ofRunbook, seed), rule: { whenText: text(ofRule, seed) } };
          const rows = Array.from({ length: groups }, (_, i) => row(`t${i}`, written));
          // One by one, as the alerts of a batch come.
          for (const each of rows) outbox.put([each]);
          const authored = Buffer.byteLength(written.runbook) + Buffer.byteLength(written.rule.whenText);
          expect(bytes() - before).toBeLessThan(2 * authored + groups * 20_000 + 100_000);
          const due = allDue(outbox, hook, 2_000);
          expect(due.map((message) => message.notice)).toEqual(rows.map((each) => each.notice));
          expect(outbox.openingOf('t0')?.notice.rule).toEqual(rows[0]!.notice.rule);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('keeps a part as long as a message names it that is to be sent, and no longer', () => {
    const { outbox, parts } = open();
    const [a, b] = [{ runbook: text(9_000, 1) }, { runbook: text(9_000, 2) }];
    outbox.put([row('1', a), row('2', a), row('3', b), row('4', b, { kind: 'resolved' })]);
    outbox.put([{ ...row('1', a), key: 'mail', receiver: mail }]);
    expect(parts()).toBe(2);
    outbox.sent([1, 2], 2_000);
    expect(parts()).toBe(2);
    expect(allDue(outbox, mail, 2_000)[0]!.notice.runbook!.markdown).toBe(a.runbook);
    outbox.sent([5], 2_000);
    expect(parts()).toBe(1);
    outbox.giveUp([3], 2_000, 'no');
    outbox.sent([4], 2_000);
    expect(parts()).toBe(0);
    // A replay of what was sent leaves nothing behind.
    outbox.put([row('1', a)]);
    expect(parts()).toBe(0);
  });

  test('keeps a long rule for what follows the firing, until the firing is forgotten', () => {
    const { outbox, parts } = open();
    const rule = { whenText: text(9_000, 1), labels: { a: text(9_000, 2) } };
    outbox.put([row('1', { runbook: '', rule }), row('2', { runbook: '', rule })]);
    outbox.sent([1, 2], 2_000);
    expect(outbox.openingOf('1')?.notice.rule).toMatchObject(rule);
    expect(parts()).toBe(1);
    expect(outbox.prune(9_000, { ...keep, rows: 1 })).toBe(1);
    expect(parts()).toBe(1);
    outbox.put([row('3', { runbook: '' })]);
    outbox.sent([3], 90_000);
    expect(outbox.prune(90_000, { ...keep, anyMs: 10 })).toBe(1);
    expect(parts()).toBe(0);
  });

  test('has forgotten the parts of messages whose transaction was rolled back', () => {
    const { outbox, parts } = open();
    outbox.undone(() => outbox.put([row('1', { runbook: text(9_000, 1) })]));
    expect(parts()).toBe(0);
  });

  test('delivers a message whose part is missing without it', () => {
    const { database, outbox } = open();
    outbox.put([row('1', { runbook: text(9_000, 1) })]);
    database.exec('DELETE FROM outbox_parts');
    const [message] = allDue(outbox, hook, 2_000);
    expect(message!.notice.runbook).toEqual({ path: 'runbooks/a.md', markdown: '' });
  });
});
