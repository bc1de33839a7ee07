/**
 * What a terminal makes of the output of commands over hostile text, read from a real one (tmux): it shows what was printed and nothing
 * else. Its title, its clipboard, its screen and its cursor are as they were.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStateStore } from '../../src/detect/store/store.ts';
import { episode } from '../support/notices.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { recordEpisode } from '../support/state-writes.ts';
import { until } from '../support/tocsin-process.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

const run = (command: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const hasTmux = (): boolean => run('tmux', '-V');
const IN_CI = process.env['CI'] === 'true';
// There nothing is skipped.
if (IN_CI && !hasTmux() && !run('apt-get', 'install', '-qy', 'tmux')) {
  run('apt-get', 'update', '-q');
  run('apt-get', 'install', '-qy', 'tmux');
}

// Wide, so that no line is broken; columns that a terminal gives a character are not the subject.
const TEXTS = HOSTILE_TEXTS.filter((text) => text.length < 400 && /^[^\p{M}\ufe0f]*$/u.test(text));

describe.runIf(IN_CI || hasTmux())('on a terminal', () => {
  let shop: Shop;
  let folder: string;

  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8' });

  beforeAll(async () => {
    if (!hasTmux()) throw new Error('there is no tmux, by which the screen is read: install it');
    folder = mkdtempSync(join(tmpdir(), 'tocsin-screen-'));
    shop = openShop();
    for (const [i, text] of TEXTS.entries()) {
      const at = new Date(Date.now() - 60_000 + i).toISOString();
      shop.append(`${JSON.stringify({ '@timestamp': at, level: 'INFO', service: text, message: text })}\n`);
    }
    // Lines that hold the characters themselves, which JSON escapes.
    for (const text of TEXTS.filter((each) => !/[\n\r]/u.test(each))) shop.append(`${text}\n`);
    const running = shop.run();
    const archived = (): Promise<readonly string[]> => shop.search('level:INFO').catch(() => []);
    await until(async () => (await archived()).length === TEXTS.length, 120_000);
    await running.end('SIGTERM');
    const store = openStateStore(shop.path('data', 'state.db'));
    for (const [i, text] of TEXTS.entries()) {
      const alertId = `${i.toString(16).padStart(4, '0')}000011112222`;
      const samples = episode.samples.map((sample) => ({
        ...sample,
        excerpt: text,
        fields: { message: [text] },
      }));
      const each = { ...episode, alertId, group: { service: text }, samples };
      recordEpisode(store, {
        kind: 'fired',
        isFinal: true,
        announce: true,
        threadId: alertId,
        episode: each,
      });
    }
    store.close();
    tmux('new-session', '-d', '-x', '2000', '-y', '50', '-s', 'it', 'sh');
    tmux('set-option', '-g', 'history-limit', '100000');
    tmux('set-option', '-g', 'set-clipboard', 'on');
    tmux('set-option', '-g', 'allow-rename', 'on');
    // A window of its own takes the limit.
    tmux('new-window', '-t', 'it', '-n', 'ours', `cd ${shop.dir} && exec env PS1= sh`);
    tmux('select-pane', '-T', 'title');
  });

  afterAll(() => {
    tmux('kill-server');
    rmSync(folder, { recursive: true, force: true });
    shop.close();
  });

  const seen = (): string => tmux('capture-pane', '-p', '-S', '-', '-t', 'it');

  test.each([
    ['alerts', ['alerts', '--limit', '1000']],
    ['search', ['search', 'level:INFO OR NOT level:INFO', '--limit', '2000']],
    ['show', ['show', '0002']],
    ['search by a hostile condition', ['search', '--', 'a\u001b[2J\u009b2J\u202e"']],
  ])('%s: what is seen is what was printed', async (name, args) => {
    const { stdout, stderr } = await shop.command(...args);
    tmux('clear-history', '-t', 'it');
    const words = args.map((each) => `'${each}'`).join(' ');
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    const command = `clear; echo 'BEGIN ${name}'; ${process.execPath} ${main} ${words} 2>&1; echo 'END ${name}'`;
    tmux('send-keys', '-t', 'it', '-l', command);
    tmux('send-keys', '-t', 'it', 'Enter');
    const screen = await until(
      () => new RegExp(`^BEGIN ${name}\n[^]*^END ${name}$`, 'mu').exec(seen())?.[0],
      60_000,
      seen,
    );
    const shown = screen.split('\n').slice(1, -1);
    const lines = (text: string): readonly string[] => text.split('\n').map((line) => line.trimEnd());
    expect(shown.filter(Boolean).sort()).toEqual([...lines(stdout), ...lines(stderr)].filter(Boolean).sort());
    const format =
      '#{pane_title}|#{window_name}|#{alternate_on}|#{cursor_flag}|#{mouse_any_flag}|#{insert_flag}';
    expect(tmux('display-message', '-p', '-t', 'it', format).trim()).toBe('title|ours|0|1|0|0');
    expect(tmux('list-buffers')).toBe('');
  });
});
