/** A log replayed by an inline test and by a backtest: byte-equal episodes. (Live against a backtest: truth-live.test.ts.) */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rightClock } from '../support/clock.ts';
import { testRules } from '../../src/app/past/rule-tests.ts';
import { backtest } from '../../src/app/past/backtest.ts';
import { episodeLine } from '../../src/app/past/episode-line.ts';
import { loadConfig } from '../../src/config/load.ts';
import { seeded } from '../support/timelines.ts';

const ALERTS = [
  'when level:ERROR\n  alert count >= 3 within 1m by service',
  'when level:ERROR\n  alert count >= 2 within 2m by service\n  resolve never\n  cooldown 1m',
  'let e = level:ERROR\n  let i = level:INFO\n  alert e not followed by i within 10s by order_id',
  'let e = level:ERROR\n  let i = level:INFO\n  alert e then i within 1m by order_id',
  'when level:*\n  alert nothing for 40s by service seen within 10m',
];

test('an inline test and a backtest of the same log give byte-equal episodes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-same-'));
  try {
    const random = seeded(7);
    let nowMs = Date.parse('2024-03-01T12:00:00Z');
    const lines = Array.from({ length: 300 }, () => {
      nowMs += random.below(20_000);
      return JSON.stringify({
        '@timestamp': new Date(nowMs).toISOString(),
        service: random.pick(['pay', 'stock']),
        level: random.pick(['ERROR', 'INFO']),
        order_id: `o${random.below(20)}`,
      });
    });
    writeFileSync(join(folder, 'orders.log'), `${lines.join('\n')}\n`);
    const replay = 'test "same" {\n    replay "orders.log"\n    expect nothing\n  }';
    const rules = ALERTS.map((alert, i) => `rule rule_${i} {\n  ${alert}\n  ${replay}\n}\n`);
    writeFileSync(join(folder, 'a.rule'), rules.join('\n'));
    const { config } = loadConfig('tocsin.yaml', {});
    const tested: string[] = [];
    await testRules(config!, {
      rules: [folder],
      onResult({ episodes }) {
        tested.push(...episodes.map((episode) => JSON.stringify(episodeLine(episode))));
        return Promise.resolve();
      },
    });
    const past: string[] = [];
    await backtest(config!, {
      rules: [folder],
      inputs: [join(folder, 'orders.log')],
      source: config!.sources[0]!.name,
      clock: rightClock(),
      untilMs: 'end',
      onEpisode: (episode) => void past.push(JSON.stringify(episodeLine(episode))),
    });
    expect(new Set(past.map((line) => (JSON.parse(line) as { rule: string }).rule)).size).toBe(ALERTS.length);
    expect(tested.sort()).toEqual(past.sort());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
