import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { remembering } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import { recordEpisode } from '../../../test/support/state-writes.ts';
import { Ageing } from '../../archive/ageing.ts';
import { openStateStore, type StateStore } from '../../detect/store/store.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import { pruneAlerts, startAlertRetention } from './alert-retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 2_000 * DAY_MS;
let folder: string;
let store: StateStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-retention-'));
  store = openStateStore(join(folder, 'state.db'));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

let alerts = 0;

/** Records one that fired and ended so many days ago; gives its id. */
function alert(firedDays: number, endedDays?: number, more: Partial<Transition> = {}): string {
  const alertId = (++alerts).toString(16).padStart(16, '0');
  const episode: Episode = {
    alertId,
    rule: 'a_rule',
    meaning: 'm',
    severity: 'high',
    group: {},
    state: endedDays === undefined ? 'firing' : 'resolved',
    firedAtMs: NOW_MS - firedDays * DAY_MS,
    ...(endedDays !== undefined && { resolvedAtMs: NOW_MS - endedDays * DAY_MS }),
    count: 1,
    suppressed: 0,
    firstEvent: { position: { source: 'orders', partition: 0, offset: 1 }, timeMs: 1 },
    samples: [],
  };
  const kind = endedDays === undefined ? 'fired' : 'resolved';
  recordEpisode(store, { kind, isFinal: true, announce: true, threadId: alertId, episode, ...more });
  return alertId;
}

async function prune({
  owed = '',
  clockMs = NOW_MS,
}: { owed?: string; clockMs?: number } = {}): Promise<number> {
  let steps = 0;
  const clock = rightClock(() => clockMs);
  await pruneAlerts(
    {
      store,
      outbox: { owes: (threadId) => threadId === owed },
      engine: {
        tell: (_transitions, write) => {
          steps++;
          store.transaction(write);
          return Promise.resolve();
        },
        failed: new Promise(() => undefined),
      },
      clock,
      retentionMs: 400 * DAY_MS,
    },
    new Ageing(clock),
    new AbortController().signal,
  );
  return steps;
}

const kept = (): readonly string[] =>
  store
    .episodes({ limit: 10_000 })
    .map(({ episode }) => episode.alertId)
    .sort();

describe('an alert that is over', () => {
  it('is forgotten after the retention, counted from its end; one that fires never', async () => {
    alert(500, 499);
    const left = [alert(500), alert(500, 399), alert(399, 398), alert(1, 0)];
    await prune();
    expect(kept()).toEqual(left);
  });

  it('stays while a message of it waits, or while it may still change', async () => {
    const owed = alert(500, 499);
    const left = [owed, alert(500, 499, { isFinal: false }), alert(0, 0)];
    await prune({ owed });
    expect(kept()).toEqual(left);
  });

  it('is forgotten in small steps, each a transaction of its own, past those that stay', async () => {
    const left: string[] = [];
    for (let i = 0; i < 400; i++) {
      if (i % 3 === 0) left.push(alert(500));
      else alert(500, 499);
    }
    left.push(alert(0));
    expect(await prune()).toBeGreaterThan(5);
    expect(kept()).toEqual(left);
  });

  it('is not forgotten because a clock is years ahead', async () => {
    const left = [alert(500, 499), alert(450, 449)];
    await prune({ clockMs: NOW_MS + 5_000 * DAY_MS });
    expect(kept()).toEqual(left);
  });
});

describe('the pruning of old alerts', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }));
  afterEach(() => void vi.useRealTimers());

  function started(trouble: (step: number, fail: (error: Error) => void) => Error | undefined) {
    const telemetry = remembering();
    const failed = Promise.withResolvers<never>();
    let steps = 0;
    const stop = startAlertRetention({
      store,
      telemetry,
      clock: rightClock(),
      retentionMs: 400 * DAY_MS,
      outbox: { owes: () => false },
      engine: {
        tell: (_transitions, write) => {
          const error = trouble(++steps, failed.reject);
          if (error !== undefined) return Promise.reject(error);
          store.transaction(write);
          return Promise.resolve();
        },
        failed: failed.promise,
      },
    });
    return { telemetry, stop, steps: () => steps };
  }

  it('goes on after whatever goes wrong in it, which is told', async () => {
    alert(500, 499);
    const left = [alert(1, 0)];
    const { telemetry, stop } = started((step) =>
      step < 3 ? new Error('database is malformed') : undefined,
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kept()).toEqual(left);
    expect(telemetry.labels.get('defects')).toEqual([{ part: 'retention' }, { part: 'retention' }]);
    expect(telemetry.messages[0]).toContain('database is malformed');
    stop();
  });

  it('ends with the engine, without a word of its own', async () => {
    alert(500, 499);
    alert(1, 0);
    const broken = new Error('the detector broke');
    const { telemetry, stop, steps } = started((_step, fail) => (fail(broken), broken));
    await vi.advanceTimersByTimeAsync(600_000);
    expect([steps(), telemetry.messages]).toEqual([1, []]);
    stop();
  });
});
