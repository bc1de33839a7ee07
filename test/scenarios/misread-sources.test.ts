/** Sources whose lines cannot be read as they should be: people hear of each within two minutes, once, with the cause and the fix. */
import { expect, onTestFinished, test } from 'vitest';
import { openSelfDrill, startDrill, told } from '../support/self-drill.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const PATTERN = `decode: [{ regex: '^(?<time>\\S+ \\S+) (?<level>[A-Z]+) (?<message>.*)$' }]`;
const SOURCES: Readonly<Record<string, string>> = {
  pattern: `${PATTERN}, timestamp: { field: time }`,
  field: 'decode: json',
  ahead: `${PATTERN}, timestamp: { field: time }`,
  behind: `${PATTERN}, timestamp: { field: time, timezone: Asia/Shanghai }`,
  gbk: 'decode: json',
  turned: 'decode: json',
  good: 'decode: json',
  stacked: `${PATTERN}, timestamp: { field: time }`,
};
const CONFIGURATION = `sources:
${Object.entries(SOURCES)
  .map(([name, more]) => `  ${name}: { file: { path: 'logs/${name}.log' }, silent_after: never, ${more} }\n`)
  .join('')}fields: { service: { type: keyword }, level: { type: keyword }, message: { type: text } }
self_alerts: { hold: 1s, notify: ['webhook:audit', 'email:oncall@example.com'] }
mask: { kinds: [emails] }
routes: [{ to: ['webhook:audit'] }]
`;

const iso = (ms: number): string => new Date(ms).toISOString();
const wall = (ms: number): string => iso(ms).slice(0, 19).replace('T', ' ');
/** 订单支付失败 in GBK. */
const GBK = Buffer.from('b6a9b5a5d6a7b8b6caa7b0dc', 'hex');

const json = (ms: number, key = '@timestamp'): string =>
  `${JSON.stringify({ [key]: iso(ms), level: 'INFO', message: 'paid by eva@example.com' })}\n`;

/** A line of each source, as its program writes it now. */
const writes: Readonly<Record<string, (nowMs: number, round: number) => string | Uint8Array>> = {
  pattern: (ms) => `${wall(ms)} [main] paid\n`,
  field: (ms) => json(ms, 'time'),
  ahead: (ms) => `${wall(ms + 8 * HOUR_MS)} INFO paid\n`,
  behind: (ms) => `${wall(ms)} INFO paid\n`,
  gbk: (ms) =>
    Buffer.concat([Buffer.from(`{"@timestamp":"${iso(ms)}","message":"`), GBK, Buffer.from('"}\n')]),
  turned: (ms) => 'cut off'.repeat(1 + (ms % 2)) + '\n',
  good: (ms) => json(ms),
  // One stack trace of many lines among lines that are well.
  stacked: (ms, round) => `${wall(ms)} ERROR boom\n${round === 4 ? '\tat shop.Order.pay\n'.repeat(40) : ''}`,
};

const EXPECTED: Readonly<Record<string, readonly [why: string, words: readonly string[]]>> = {
  pattern: [
    'lines_undecodable',
    ['Cause: the pattern does not fit beyond >>> in the line.', '>>>[main] paid'],
  ],
  field: ['lines_untimed', ['there is no `@timestamp`', 'write `timestamp: { field: time }`']],
  ahead: ['lines_future', ['8h ahead of the arrival', 'write `timestamp: { timezone: Asia/Shanghai }`']],
  behind: ['lines_off_zone', ['8h behind the arrival', 'write `timestamp: { timezone: UTC }`']],
  gbk: ['lines_not_utf8', ['look like gb18030', '订单支付失败', 'write `encoding: gb18030`']],
  turned: ['lines_undecodable', ['Cause: not valid JSON.']],
};

/** The likely encoding is a part of the group. */
const groupOf = (name: string, why: string): string =>
  why === 'lines_not_utf8' ? `${name} gb18030 ${why}` : `${name} ${why}`;

test('people hear of each within two minutes, once, and never of sources that are well', async () => {
  const drill = await openSelfDrill(CONFIGURATION);
  const { shop } = drill;
  // What was well for long enough that the share of all lines tells nothing for minutes.
  shop.append(
    Array.from({ length: 3_000 }, (_, i) => json(Date.now() - 3_000 + i)).join(''),
    'logs/turned.log',
  );
  const tocsin = await startDrill(drill);
  const beganMs = Date.now();
  let round = 0;
  const talk = setInterval(() => {
    for (const [name, line] of Object.entries(writes))
      shop.append(line(Date.now(), round), `logs/${name}.log`);
    round += 1;
  }, 250);
  onTestFinished(() => clearInterval(talk));
  const all = told({
    tocsin_source_misread: Object.entries(EXPECTED).map(([name, [why]]) => groupOf(name, why)),
  });
  await drill.told('fired', all, tocsin);
  expect(Date.now() - beganMs).toBeLessThan(2 * MINUTE_MS);
  for (const [name, [why, words]] of Object.entries(EXPECTED)) {
    const { sentence } = drill.posted('tocsin_source_misread', groupOf(name, why))[0]!.alert;
    for (const word of words) expect(sentence).toContain(word);
    // Lines are masked in messages as everywhere.
    expect(sentence).not.toContain('eva@example.com');
  }
  await drill.shown(
    Object.values(EXPECTED).map(([why]) => why),
    tocsin,
    ['"name":"lines read","ok":false', '8h ahead of the arrival'],
  );
  const { stdout } = await shop.command('alerts', '--rules');
  expect(stdout).toMatch(/^ {4}fix: `time` looks like the time: write `timestamp: \{ field: time \}`$/mu);
  // Some looks more, each of which could tell it again.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const heard = drill.firings().map(({ alert }) => Object.values(alert.group).join(' '));
  expect(heard.sort(), tocsin.stderr()).toEqual(all.map(({ about }) => about).sort());
  // The own log and /readyz have no text of other logs.
  expect(tocsin.stderr()).not.toMatch(/订单|paid/u);
  expect(await tocsin.end('SIGTERM')).toBe(0);
}, 300_000);
