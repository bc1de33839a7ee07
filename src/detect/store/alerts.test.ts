import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Episode } from '../../event/alert.ts';
import { stateTables } from '../../event/state-tables.ts';
import { alertReader, recordTransition } from './alerts.ts';
import { createTables } from './tables.ts';

let database: DatabaseSync;
const FIRST = '0123456789abcdef';
const SECOND = '0123456789abcdee';

function record(alertId: string, threadId = alertId): void {
  const episode: Episode = {
    alertId,
    rule: 'a_rule',
    meaning: 'm',
    severity: 'high',
    group: {},
    state: 'firing',
    firedAtMs: 5,
    count: 3,
    suppressed: 0,
    firstEvent: { position: { source: 'orders', partition: 0, offset: 1 }, timeMs: 1 },
    samples: [],
  };
  stateTables(database).transaction((tx) =>
    recordTransition(tx, { kind: 'fired', isFinal: true, announce: true, threadId, episode }),
  );
}

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  createTables(database, 'state.db');
  record(FIRST);
  record(SECOND, 'fedcba9876543210');
});

describe('an alert by its id', () => {
  it('is found by the whole id or that of its thread, and by nothing shorter', () => {
    const reader = alertReader(database);
    expect(reader.wholeId(FIRST)?.episode.alertId).toBe(FIRST);
    expect(reader.wholeId('fedcba9876543210')?.episode.alertId).toBe(SECOND);
    for (const id of ['', '0', FIRST.slice(0, -1), `${FIRST}0`, '*', '%', FIRST.toUpperCase(), `${FIRST}\n`])
      expect(reader.wholeId(id)).toBeUndefined();
  });

  it('is looked up in an index, whole or by its beginning, never looked for in all of the table', () => {
    const plans: string[] = [];
    const planning = {
      prepare(sql: string) {
        const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(sql.includes('?') ? ['0'] : []));
        plans.push(...steps.map((step) => String(step['detail'])));
        return database.prepare(sql);
      },
    } as unknown as DatabaseSync;
    alertReader(planning).wholeId('ffffffffffffffff');
    alertReader(planning).episode('0123456789abcdef');
    expect(plans.filter((plan) => plan.includes('alerts'))).toHaveLength(4);
    expect(plans.filter((plan) => plan.startsWith('SCAN alerts'))).toEqual([]);
  });
});
