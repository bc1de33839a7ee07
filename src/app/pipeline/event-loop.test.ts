/** No step of alerting holds up the event loop for long, however many groups there are: heartbeats and health checks wait for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAlertingOver } from '../../../test/support/alerting-run.ts';
import { settableMachine } from '../../../test/support/clock.ts';
import { orderContext } from '../../../test/support/rule-context.ts';
import { scriptedSource } from '../../../test/support/scripted-source.ts';
import { measureTurns } from '../../../test/support/turns.ts';
import type { SourceConfig } from '../../config/config.ts';
import { openStateStore, type StateStore } from '../../detect/store/store.ts';
import { silent } from '../../event/telemetry.ts';
import { openOutbox } from '../../notify/outbox/outbox.ts';
import { loadRuleTexts } from '../../rule/load.ts';
import { createEngine } from './committer.ts';
import { restored } from './restore.ts';

const START_MS = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;
const GROUPS = 100_000;
const LINES_A_BATCH = 2_000;
/** A turn of so much CPU is a defect; most are far below a tenth of it. */
const MS_MAX = 1_000;

const RULES = `rule unsynced {
  severity high
  let paid = order_state:PAID
  let synced = order_state:SYNCED
  alert paid not followed by synced within 6h by order_id
}
rule often {
  severity high
  when order_state:PAID
  alert count >= 5 within 10h by order_id
}
`;
const config: SourceConfig = {
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 0 },
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: 1_000,
};

let dir: string;
let store: StateStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-loop-'));
  store = openStateStore(join(dir, 'state.db'));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

/** A process on the store, by a clock that stands at this time. */
async function start(nowMs: number) {
  const machine = settableMachine(nowMs);
  const { clock } = machine;
  const ruleset = loadRuleTexts([{ file: 'r.rule', text: RULES }], orderContext).ruleset!;
  let fired = 0;
  const engine = createEngine({
    detector: restored(store),
    store,
    outbox: openOutbox(store.tables, () => clock.nowMs()),
    clock,
    telemetry: silent,
    logBytesMin: 4_000_000,
    planner: () => () => [],
    onTransitions: (transitions) => void (fired += transitions.length),
  });
  const source = scriptedSource(1);
  const alerting = await startAlertingOver({ config, source, ruleset, store, engine, clock });
  return { machine, engine, source, alerting, fired: () => fired };
}

async function stop({ alerting, engine }: Awaited<ReturnType<typeof start>>): Promise<void> {
  for (const loop of alerting.loops) loop.stop();
  await Promise.all(alerting.loops.map(({ ended }) => ended));
  await engine.close();
}

test('with 100,000 groups, while they come and while their deadlines of hours have run out in the meantime', async () => {
  const coming = measureTurns();
  const first = await start(START_MS + HOUR_MS);
  for (let n = 0; n < GROUPS; n += LINES_A_BATCH) {
    const lines = Array.from({ length: LINES_A_BATCH }, (_, i) => {
      const timeMs = START_MS + ((n + i) * HOUR_MS) / GROUPS;
      const time = new Date(timeMs).toISOString();
      return `{"@timestamp":"${time}","order_state":"PAID","order_id":"ORD-${n + i}"}`;
    });
    first.source.push(0, lines);
    await first.source.drained();
    if (n % 20_000 === 0) first.engine.report();
  }
  await stop(first);
  expect(store.checkpoints.last()).toBeDefined();
  expect(coming.longestMs()).toBeLessThan(MS_MAX);

  const meantime = await start(START_MS + 12 * HOUR_MS);
  const running = measureTurns();
  for (let s = 0; s <= 64; s += 4) {
    await meantime.alerting.tick();
    meantime.machine.pass(4_000);
  }
  expect(meantime.fired()).toBe(GROUPS);
  expect(running.longestMs()).toBeLessThan(MS_MAX);
  await stop(meantime);
});
