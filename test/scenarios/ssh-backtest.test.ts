/** Two raw sshd logs through `tocsin backtest`: the bursts of failed log-ins that were counted by brute force (fixtures/ssh). */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tocsin } from '../support/tocsin.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/ssh');

/** Alerts by log and reading, as counted. */
type Truth = Record<string, Record<string, { at: string; ip: string; count_in_window: number }[]>>;

const CONFIGURATION = `
sources:
  sshd:
    file: { path: '*.log' }
    decode:
      - dissect:
          - '%{time->} %{+time->} %{+time} %{host} sshd[%{pid}]: %{action} password for %{user} from %{address} port %{port} %{protocol}'
          - '%{time->} %{+time->} %{+time} %{host} sshd[%{pid}]: %{message}'
    timestamp: { field: time, format: syslog, year: 2016 }
    lateness: 0s
fields:
  action: { type: keyword }
  address: { type: keyword }
  message: { type: text }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`;

const RULES = [
  { name: 'five_in_a_minute', least: 5, window: '60s', truth: '5_in_60s' },
  { name: 'ten_in_five_minutes', least: 10, window: '300s', truth: '10_in_300s' },
];

const truth = JSON.parse(readFileSync(join(FIXTURES, 'expected-alerts.json'), 'utf8')) as Truth;
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-ssh-'));
  mkdirSync(join(dir, 'rules'));
  writeFileSync(join(dir, 'tocsin.yaml'), CONFIGURATION);
  const text = RULES.map(
    ({ name, least: min, window }) =>
      `rule ${name} {\n  when action:Failed\n  alert count >= ${min} within ${window} by address\n  resolve never\n  cooldown ${window}\n}\n`,
  );
  writeFileSync(join(dir, 'rules/ssh.rule'), text.join('\n'));
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

test.each(['OpenSSH_2k.log', 'auth.log'])(
  '%s gives the alerts of the brute-force count, one by one',
  async (log) => {
    const { code, stdout, stderr } = await tocsin(
      ['backtest', '--json', '--input', join(FIXTURES, `${log}.gz`)],
      { cwd: dir },
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const found = stdout
      .trimEnd()
      .split('\n')
      .slice(0, -1)
      .map(
        (line) =>
          JSON.parse(line) as { rule: string; firedAt: string; group: { address: string }; count: number },
      );
    for (const rule of RULES) {
      const episodes = found.filter((episode) => episode.rule === rule.name);
      expect(
        episodes.map(({ firedAt, group, count }) => ({ firedAt, address: group.address, count })),
      ).toEqual(
        truth[log]![rule.truth]!.map(({ at, ip, count_in_window }) => ({
          firedAt: new Date(`${at} 2016 UTC`).toISOString(),
          address: ip,
          count: count_in_window,
        })),
      );
    }
  },
);
