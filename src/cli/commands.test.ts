import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rightClock } from '../../test/support/clock.ts';
import { recordEpisode, writeNote } from '../../test/support/state-writes.ts';
import { openStateStore } from '../detect/store/store.ts';
import type { Episode } from '../event/alert.ts';
import { runCommand } from './program.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-commands-'));
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(
    join(cwd, 'tocsin.yaml'),
    'sources: { orders: { file: { path: "*.log" } } }\nchannels: { terminal: {}, slack: { token: "${SLACK_TOKEN}" } }\nroutes: [{ match: { severity: critical }, to: [terminal] }]\n',
  );
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** The command line in this process, with the configuration of the test. */
async function call(...args: readonly string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const shown = Promise.all([text(stdout), text(stderr)]);
  const terminal = { env: {}, stdin: Readable.from([]), stdout, stderr };
  const code = await runCommand([...args, '--config', join(cwd, 'tocsin.yaml')], terminal);
  stdout.end();
  stderr.end();
  const [out, err] = await shown;
  return { code, out, err };
}

const rule = (name: string, body: string): void => {
  writeFileSync(join(cwd, 'rules', `${name}.rule`), `rule ${name} {\n${body}\n}\n`);
};

const GOOD = '  severity critical\n  when "x"\n  alert count >= 2 within 5m';

describe('a wrong configuration', () => {
  it('is told whole, with lines, by every command that needs one: exit code 3 and nothing on standard output', async () => {
    writeFileSync(join(cwd, 'tocsin.yaml'), 'sources:\n  orders: { fil: { path: x } }\nlanguage: fr\n');
    for (const args of [['run'], ['search', 'x'], ['backtest', '-i', 'x'], ['check'], ['alerts'], ['demo']]) {
      const { code, out, err } = await call(...args);
      expect({ code, out }).toEqual({ code: 3, out: '' });
      expect(err).toMatch(/tocsin\.yaml:2:13: unknown key `fil`.*\n {2}fix: did you mean `file`\?/u);
      expect(err).toContain('tocsin.yaml:3:11: `language` is "fr"');
    }
  });

  it('is not asked for by analyze', async () => {
    rmSync(join(cwd, 'tocsin.yaml'));
    expect(await call('analyze', 'a b')).toEqual({ code: 0, out: 'a | b\n', err: '' });
  });
});

describe('check', () => {
  it('says that all is well, without needing credentials, and prints nothing as JSON', async () => {
    rule('a', GOOD);
    expect(await call('check')).toEqual({ code: 0, out: '', err: 'fine: 1 rule in 1 file\n' });
    expect(await call('check', '--json')).toEqual({ code: 0, out: '', err: '' });
  });

  it('exits with 2 on an error, in every format, with paths that can be opened', async () => {
    rule('a', GOOD.replace('"x"', 'levl:x'));
    const file = join(cwd, 'rules', 'a.rule');
    const shown = await call('check');
    expect([shown.code, shown.err]).toEqual([2, '1 error in 1 file\n']);
    expect(shown.out).toMatch(/a\.rule:3:8: error TOC\d+: .*`levl`[^]*\^\^\^\^[^]*did you mean `level`/u);
    const json = await call('check', '--json');
    expect([json.code, json.err]).toEqual([2, '']);
    expect(JSON.parse(json.out)).toMatchObject({ file, severity: 'error', line: 3, column: 8 });
    const github = await call('check', file, '--format', 'github');
    expect(github.code).toBe(2);
    expect(github.out).toContain(`::error file=${file},line=3`);
  });

  it('exits with 1 on warnings only', async () => {
    expect((await call('check')).code).toBe(1);
  });

  it('refuses a rule whose alerts reach nobody, and a receiver that is not configured', async () => {
    rule('nobody', '  severity low\n  when "x"\n  alert count >= 2 within 5m');
    rule('unknown', `${GOOD}\n  notify dingtalk:ops`);
    const { code, out } = await call('check');
    expect(code).toBe(2);
    expect(out).toMatch(/nobody\.rule:[^]*unknown\.rule:[^]*dingtalk/u);
  });

  it('exits with 3 where there is nothing to read, or a decoder does not understand its pattern', async () => {
    expect((await call('check', join(cwd, 'none.rule'))).code).toBe(3);
    writeFileSync(join(cwd, 'tocsin.yaml'), 'sources: { a: { stdin: {}, decode: { dissect: "no key" } } }\n');
    const wrong = await call('check');
    expect(wrong.code).toBe(3);
    expect(wrong.err).toMatch(/sources\.a: .*no %\{key\}[^]*fix: correct `decode`/u);
  });
});

const episode = (alertId: string, state: Episode['state']): Episode => ({
  alertId,
  rule: 'a',
  meaning: 'm',
  severity: 'high',
  group: { service: 'pay' },
  state,
  pendingAtMs: 1_000,
  firedAtMs: 1_000,
  ...(state === 'resolved' && { resolvedAtMs: 61_000, reason: 'quiet' }),
  count: 5,
  suppressed: 0,
  firstEvent: { position: { source: 'orders', partition: 0, offset: 7 }, timeMs: 500 },
  samples: [
    {
      timeMs: 500,
      position: { source: 'orders', partition: 0, offset: 7 },
      excerpt: 'x happened',
      fields: {},
    },
  ],
});

describe('alerts and show', () => {
  const fill = (): void => {
    const store = openStateStore(join(cwd, 'data', 'state.db'));
    for (const each of [episode('aaaa000011112222', 'firing'), episode('bbbb000011112222', 'resolved')]) {
      const kind = each.state === 'firing' ? 'fired' : 'resolved';
      recordEpisode(store, { kind, isFinal: true, announce: true, threadId: each.alertId, episode: each });
    }
    store.close();
  };

  it('say that there is none before anything ran', async () => {
    const text = await call('alerts');
    expect([text.code, text.err]).toEqual([0, 'no alert yet\n']);
    expect(text.out).toMatch(/^not evaluated completely:\n {2}every rule {2}not_running {2}no `tocsin run`/u);
    const json = await call('alerts', '--open', '--json');
    expect([json.code, json.out]).toEqual([0, '']);
    expect(json.err).toContain('not every rule is evaluated completely; --rules');
    const rules = await call('alerts', '--open', '--json', '--rules');
    expect(JSON.parse(rules.out)).toMatchObject({ incomplete: { reason: 'not_running' } });
  });

  it('list as lines of JSON or of text, all or the open ones', async () => {
    fill();
    const all = await call('alerts', '--json');
    expect(all.out.trimEnd().split('\n')).toHaveLength(2);
    const open = await call('alerts', '--open', '--json');
    expect(JSON.parse(open.out)).toEqual({
      rule: 'a',
      group: { service: 'pay' },
      state: 'firing',
      pendingAt: '1970-01-01T00:00:01.000Z',
      firedAt: '1970-01-01T00:00:01.000Z',
      count: 5,
      suppressed: 0,
      severity: 'high',
      alertId: 'aaaa000011112222',
      firstEvent: { position: 'orders/0/7', '@timestamp': '1970-01-01T00:00:00.500Z' },
      settled: true,
    });
    expect((await call('alerts')).out).toMatch(
      / a {2}resolved {2}high {2}count 5 {2}service=pay {2}until .* \(quiet\)/u,
    );
  });

  it('have one state for an alert that was taken back, wherever it is shown', async () => {
    const store = openStateStore(join(cwd, 'data', 'state.db'));
    const each = episode('cccc000011112222', 'firing');
    const told = { isFinal: false, announce: true, threadId: each.alertId, episode: each };
    recordEpisode(store, { ...told, kind: 'fired' });
    recordEpisode(store, { ...told, kind: 'withdrawn', isFinal: true, correction: { kind: 'not_fired' } });
    store.close();
    const because = 'Events that came out of order changed the result: this did not fire.';
    const list = await call('alerts');
    expect(list.out).toMatch(/ a {2}withdrawn {2}high {2}count 5 {2}service=pay {2}\(Events that came/u);
    for (const args of [['alerts'], ['show', 'cccc']])
      expect(JSON.parse((await call(...args, '--json')).out)).toMatchObject({
        alertId: 'cccc000011112222',
        state: 'withdrawn',
        withdrawn: because,
      });
    const shown = await call('show', 'cccc');
    expect(shown.out).toMatch(/^state +withdrawn$/mu);
    expect([list.out, shown.out].join()).not.toContain('firing');
    expect((await call('alerts', '--open', '--json')).out).toBe('');
  });

  it('show times in the zone of the configuration, and in UTC to programs', async () => {
    fill();
    appendFileSync(join(cwd, 'tocsin.yaml'), 'timezone: Asia/Shanghai\n');
    const { out } = await call('alerts');
    expect(out).toMatch(/^1970-01-01T08:00:01.000\+08:00 {2}a {2}.* until 1970-01-01T08:01:01.000\+08:00/mu);
    expect(out).not.toMatch(/\dZ/u);
    expect((await call('alerts', '--json')).out).toContain('"firedAt":"1970-01-01T00:00:01.000Z"');
    const shown = await call('show', 'bbbb');
    expect(shown.out).toMatch(
      /resolvedAt +1970-01-01T08:01:01.000\+08:00\n[^]*08:00:00.500\+08:00 {2}orders\/0\/7/u,
    );
    expect(shown.out).not.toMatch(/\dZ/u);
    expect((await call('show', 'bbbb', '--json')).out).toContain('"resolvedAt":"1970-01-01T00:01:01.000Z"');
  });

  it('say below the alerts how the rules stand that were asked for', async () => {
    const store = openStateStore(join(cwd, 'data', 'state.db'));
    const [since, until] = [Date.UTC(2026, 10, 23), Date.UTC(2026, 10, 24)];
    const row = { reason: 'incomplete_until', sinceMs: since, untilMs: until, detail: 'it is new' };
    writeNote(store, 'workedAtMs', rightClock().nowMs());
    writeNote(store, 'health', [
      { ...row, rule: 'a' },
      { ...row, rule: 'b' },
    ]);
    writeNote(store, 'rules', [
      { rule: 'a', form: 'f', change: 'kept_windows', changedAtMs: rightClock().nowMs() },
    ]);
    const { out } = await call('alerts', '--rule', 'a');
    expect(out).toMatch(
      /^not evaluated completely:\n {2}a {2}incomplete_until {2}since 2026-11-23T00:00:00.000Z {2}until 2026-11-24T00:00:00.000Z {2}it is new\nchanged in the last 24 h:\n {2}a {2}\S+ {2}its meaning is the same: it kept its windows\n$/u,
    );
    expect((await call('alerts')).out).toContain('\n  a, b  incomplete_until  since');
    const json = (await call('alerts', '--json', '--rules')).out.trimEnd().split('\n');
    expect(json.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        incomplete: {
          rule: 'a',
          reason: 'incomplete_until',
          since: '2026-11-23T00:00:00.000Z',
          until: '2026-11-24T00:00:00.000Z',
          detail: 'it is new',
        },
      },
      expect.objectContaining({ incomplete: expect.objectContaining({ rule: 'b' }) as object }),
      { changed: { rule: 'a', change: 'kept_windows', at: expect.any(String) as string } },
    ]);
    store.close();
  });

  it('tell all about one by the beginning of its id', async () => {
    fill();
    const shown = await call('show', 'bbbb');
    expect(shown.code).toBe(0);
    expect(shown.out).toContain('x happened');
    expect(JSON.parse((await call('show', 'aaaa', '--json')).out)).toMatchObject({
      alertId: 'aaaa000011112222',
      samples: [{ position: 'orders/0/7', excerpt: 'x happened' }],
    });
    const none = await call('show', 'cccc');
    expect([none.code, none.out]).toEqual([3, '']);
    expect(none.err).toContain('there is no alert "cccc"');
  });
});

describe('backtest and test', () => {
  it('show times in the zone of the configuration, and in UTC to programs', async () => {
    appendFileSync(join(cwd, 'tocsin.yaml'), 'timezone: Asia/Shanghai\n');
    const line = (s: number): string =>
      JSON.stringify({ '@timestamp': `2026-11-23T12:00:0${s}.000Z`, message: 'x' });
    writeFileSync(join(cwd, 'rules', 'past.log'), `${line(1)}\n${line(2)}\n`);
    rule('a', `${GOOD}\n  test "t" { replay "past.log"\n expect nothing }`);
    const past = join(cwd, 'rules', 'past.log');
    expect((await call('backtest', '-i', past)).out).toMatch(/^2026-11-23T20:00:02.000\+08:00 {2}a/u);
    expect((await call('backtest', '-i', past, '--json')).out).toContain(
      '"firedAt":"2026-11-23T12:00:02.000Z"',
    );
    expect((await call('test')).out).toMatch(/2026-11-23T20:00:02.000\+08:00 /u);
    expect((await call('test', '--json')).out).toContain('"firedAt":"2026-11-23T12:00:02.000Z"');
  });
});

describe('dlq', () => {
  const letter = {
    at: '2026-11-23T09:00:00.000Z',
    id: 'orders-0-7',
    index: 'order-logs-2026.11.23',
    status: 400,
    type: 'mapper_parsing_exception',
    reason: 'failed to parse',
    document: { message: 'x' },
  };

  it('lists nothing with 0, and what was refused with 1', async () => {
    expect(await call('dlq', 'list')).toEqual({ code: 0, out: '', err: 'no document was refused\n' });
    mkdirSync(join(cwd, 'data'));
    writeFileSync(join(cwd, 'data', 'dead-letters.ndjson'), `${JSON.stringify(letter)}\n`);
    const shown = await call('dlq', 'list');
    expect([shown.code, shown.err]).toEqual([1, '1 refused\n']);
    expect(shown.out).toContain(
      'order-logs-2026.11.23/orders-0-7  400 mapper_parsing_exception failed to parse',
    );
    const json = await call('dlq', 'list', '--json');
    expect([json.code, JSON.parse(json.out), json.err]).toEqual([1, letter, '']);
  });

  it('has nothing to send again to the embedded archive', async () => {
    writeFileSync(join(cwd, 'tocsin.yaml'), 'sources: { orders: { stdin: {} } }\n');
    expect(await call('dlq', 'retry')).toEqual({ code: 0, out: '', err: '0 stored, 0 refused again\n' });
  });
});
