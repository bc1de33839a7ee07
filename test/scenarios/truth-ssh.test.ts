/** The sshd logs of ssh-backtest.test.ts with their lines out of order: the same bursts as from the file as it is. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arriving, linesOf, openBench, whatHappened, type Bench } from '../support/real-logs.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/ssh');
const LATENESS_MS = 300_000;
const timeOf = (line: string): number => Date.parse(`${line.slice(0, 15)} 2016 UTC`);

let bench: Bench;
beforeAll(() => {
  bench = openBench({
    decoding: `decode:
      - dissect:
          - '%{time->} %{+time->} %{+time} %{host} sshd[%{pid}]: %{action} password for %{user} from %{address} port %{port} %{protocol}'
          - '%{time->} %{+time->} %{+time} %{host} sshd[%{pid}]: %{message}'
    timestamp: { field: time, format: syslog, year: 2016 }`,
    fields: ['action: { type: keyword }', 'address: { type: keyword }'],
    lateness: `${LATENESS_MS}ms`,
    rules: `rule five_in_a_minute {
  when action:Failed
  alert count >= 5 within 60s by address
  resolve never
  cooldown 60s
}
rule ten_in_five_minutes {
  when action:Failed
  alert count >= 10 within 5m by address
}
`,
  });
});
afterAll(() => {
  bench.close();
});

test.each([
  { log: 'OpenSSH_2k.log', bursts: 28 },
  { log: 'auth.log', bursts: 53 },
])('$log out of order gives the same bursts', async ({ log, bursts }) => {
  const lines = linesOf(join(FIXTURES, `${log}.gz`));
  const sorted = await bench.replay(lines);
  expect(sorted.episodes.filter(({ rule }) => rule === 'five_in_a_minute')).toHaveLength(bursts);
  const disturbed = await bench.replay(arriving(lines, timeOf, LATENESS_MS, 22));
  expect(disturbed.summary['late']).toBeGreaterThan(lines.length / 20);
  expect(whatHappened(disturbed)).toEqual(whatHappened(sorted));
});
