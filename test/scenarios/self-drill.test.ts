/** Each of Tocsin's own alerts, provoked in a running process, read where people read it, and over in the same thread. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { selfRules } from '../../src/notify/message/self/rules.ts';
import { settableClock } from '../support/clock.ts';
import {
  archived,
  drilledIn,
  goOnLater,
  jsonLines,
  openSelfDrill,
  rulesOf,
  startDrill,
  told,
} from '../support/self-drill.ts';
import { until } from '../support/tocsin-process.ts';
import { startFakeWebhook } from '../support/webhook.ts';

const HOUR_MS = 3_600_000;
const PEOPLE = `notify: ['webhook:audit', 'email:oncall@example.com']`;

test('every one of them has its drill', () => {
  expect(Object.keys(drilledIn).sort()).toEqual(Object.keys(selfRules).sort());
});

const LINE_RULES = `rule order_timeouts "Orders time out" {
  from     shop
  when     "ERROR" AND "order_timeout"
  alert    count >= 3 within 1s by service
  max_groups 2
}
rule failures "Failures" {
  from late, ahead
  when  level:ERROR
  alert count >= 1000 within 1m
}
rule of_orders "Of orders" {
  when  level:WARN
  alert count >= 1000 within 1m by order_id
}
rule timeless "Without a time" {
  from untimed
  when  message:boom
  alert count >= 1 within 1m
}
`;
const LINE_SOURCES = ['shop', 'garbled', 'untimed', 'ahead', 'late', 'gbk', 'long', 'gone', 'unfit', 'quiet'];
const LINE_CONFIGURATION = `sources:
${LINE_SOURCES.map(
  (name) => `  ${name}:
    file: { path: 'logs/${name}.log' }
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: 1s
    silent_after: ${name === 'quiet' ? '6s' : 'never'}
`,
).join('')}fields:
  service: { type: keyword }
  order_id: { type: keyword }
  level: { type: keyword, normalise: upper }
  amount: { type: long }
  message: { type: text }
self_alerts: { hold: 1s, ${PEOPLE} }
routes:
  - { match: { rule: order_timeouts }, to: ['webhook:refusing', terminal] }
  - { to: ['webhook:audit'] }
`;

/** What has happened in the drill of lines, and is over when it has not come again for an hour or a day. */
const PAST = told({
  tocsin_source_misread: [
    'garbled lines_undecodable',
    'untimed lines_untimed',
    'ahead lines_future',
    'late lines_too_late',
    'gbk gb18030 lines_not_utf8',
    'unfit amount values_unfit',
  ],
  tocsin_lines_lost: ['gone alert', 'gone archive'],
  tocsin_lines_cut: ['long'],
  tocsin_matches_lost: ['failures too_late', 'failures future', 'of_orders group_missing'],
  tocsin_groups_dropped: ['order_timeouts'],
  tocsin_template_failing: ['terminal'],
});
/** What lasts for as long as its cause does. */
const PRESENT = told({
  tocsin_source_silent: ['quiet'],
  tocsin_receiver_failing: ['webhook:refusing'],
  tocsin_rules_invalid: [''],
});

test('lines that are lost, unreadable, late, or of nobody; rules, a template and a receiver that fail', async () => {
  const refusing = await startFakeWebhook();
  onTestFinished(() => refusing.close());
  const drill = await openSelfDrill(
    LINE_CONFIGURATION,
    `, refusing: { url: '${refusing.url}', secret: '${refusing.secret}' }`,
  );
  const { shop } = drill;
  const write = (name: string, text: string | Uint8Array): void => shop.append(text, `logs/${name}.log`);
  shop.write('rules/order.rule', LINE_RULES);
  mkdirSync(shop.path('rules/templates'));
  shop.write('rules/templates/terminal.hbs', '{{no_such_name}}');
  refusing.fail(...Array.from({ length: 500 }, () => ({ status: 401 })));
  const tocsin = await startDrill(drill);
  write('gone', jsonLines(1, 0, { message: 'one' }));
  await archived(drill, 'one', tocsin);
  renameSync(shop.path('logs/gone.log'), shop.path('logs/gone.log.1'));
  write('gone', jsonLines(1, 0, { message: 'two' }));
  await archived(drill, 'two', tocsin);
  // A writer that has the rotated file still open.
  const late = setInterval(() => shop.append(jsonLines(1, 0, { message: 'three' }), 'logs/gone.log.1'), 500);
  onTestFinished(() => clearInterval(late));
  write('garbled', 'not JSON\n'.repeat(120));
  write('untimed', '{"message":"when?"}\n'.repeat(120));
  write('ahead', jsonLines(120, HOUR_MS, { level: 'ERROR', message: 'early' }));
  write('late', jsonLines(1, 0, { message: 'now' }));
  // Chinese in GBK, as a JSON string.
  write('gbk', Buffer.concat(Array.from({ length: 30 }, () => Buffer.from('22b6a9b5a5220a', 'hex'))));
  write('long', jsonLines(1, 0, { message: 'x'.repeat(2 * 1024 * 1024) }));
  write('unfit', jsonLines(120, 0, { amount: 'many' }));
  for (const service of ['a', 'b', 'c', 'd', 'e'])
    write('shop', jsonLines(3, 0, { level: 'ERROR', service, message: 'order_timeout' }));
  write('shop', jsonLines(120, 0, { level: 'WARN', message: 'of nobody' }));
  await archived(drill, 'now', tocsin);
  write('late', jsonLines(120, -HOUR_MS, { level: 'ERROR', message: 'late' }));
  // Lines of a later time settle the ones before.
  const talk = setInterval(() => write('shop', jsonLines(1, 0, { message: 'fine' })), 500);
  onTestFinished(() => clearInterval(talk));
  shop.write('rules/broken.rule', 'rule broken {');
  await drill.told('fired', [...PAST, ...PRESENT], tocsin);
  clearInterval(late);
  await drill.shown(
    [
      ...['source_silent', 'lines_undecodable', 'lines_untimed', 'lines_future', 'lines_too_late'],
      ...['lines_not_utf8', 'values_unfit', 'lines_lost', 'lines_cut', 'too_late', 'future', 'group_missing'],
      ...['groups_dropped', 'template_failures'],
    ],
    tocsin,
  );
  await drill.shown([], tocsin, ['"rules","ok":false', '"webhook:refusing","ok":false']);
  // Each once: an undecodable line has no time either, and that is no news.
  expect(drill.firings()).toHaveLength(PAST.length + PRESENT.length);

  write('untimed', '{"message":"boom"}\n');
  await until(
    () => drill.posted('timeless').length > 0,
    60_000,
    () => tocsin.stderr(),
  );
  expect(drill.posted('timeless')[0]!.alert.doubts?.map(({ reason }) => reason)).toEqual(['lines_untimed']);

  write('quiet', jsonLines(1, 0, { message: 'hello' }));
  rmSync(shop.path('rules/broken.rule'));
  refusing.recover();
  const loud = setInterval(() => write('quiet', jsonLines(1, 0, { message: 'hello' })), 1_000);
  onTestFinished(() => clearInterval(loud));
  await drill.told('resolved', PRESENT, tocsin);
  expect(await tocsin.end('SIGTERM')).toBe(0);
  clearInterval(talk);
  clearInterval(loud);

  const machine = await goOnLater(drill, 25 * HOUR_MS);
  await drill.told('resolved', PAST);
  machine.set(2 * HOUR_MS);
  await drill.told('fired', told({ tocsin_clock_jumped: [''] }));
  expect(drill.posted('tocsin_clock_jumped')[0]!.alert.sentence).toMatch(/jumped 2 h ahead/u);
  machine.set(-2 * HOUR_MS);
  // That is a jump of its own, seen by whoever looks at the clock.
  machine.clock.nowMs();
  machine.pass(HOUR_MS);
  await drill.told('resolved', told({ tocsin_clock_jumped: [''] }));
  expect([...rulesOf('lines'), ...rulesOf('clock')].filter((rule) => drill.posted(rule).length < 2)).toEqual(
    [],
  );
}, 600_000);

test('a state that is lost, locked, or older than the files of a source', async () => {
  const drill = await openSelfDrill(`sources:
  shop:
    file: { path: 'logs/*.log' }
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: 1s
    silent_after: never
language: zh
self_alerts: { hold: 1s, ${PEOPLE} }
routes: [{ to: ['webhook:audit'] }]
`);
  const { shop } = drill;
  shop.append(jsonLines(1, 0, { message: 'one' }), 'logs/shop.log');
  let tocsin = await startDrill(drill);
  await archived(drill, 'one', tocsin);
  renameSync(shop.path('logs/shop.log'), shop.path('logs/shop.log.1'));
  shop.append(jsonLines(1, 0, { message: 'two' }), 'logs/shop.log');
  await archived(drill, 'two', tocsin);
  rmSync(shop.path('logs/shop.log.1'));
  await tocsin.end('SIGKILL');
  for (const end of ['', '-wal', '-shm']) rmSync(shop.path(`data/state.db${end}`), { force: true });

  tocsin = await startDrill(drill);
  const older = told({ tocsin_state_older: ['gone'] });
  await drill.told('fired', older, tocsin);
  await drill.shown(['state_older'], tocsin);
  // Tocsin may be writing just then.
  const other = new DatabaseSync(shop.path('data/state.db'), { timeout: 10_000 });
  other.exec('BEGIN IMMEDIATE');
  await drill.shown([], tocsin, ['"state","ok":false']);
  other.exec('ROLLBACK');
  other.close();
  const unwritable = told({ tocsin_state_unwritable: [''] });
  await drill.told('fired', unwritable, tocsin);
  expect(await tocsin.end('SIGTERM')).toBe(0);

  renameSync(shop.path('data/files.db'), shop.path('files.db'));
  tocsin = await startDrill(drill);
  const halted = told({ tocsin_source_halted: ['shop'] });
  await drill.told('fired', halted, tocsin);
  await drill.shown(['source_halted'], tocsin, ['"source shop (alert)","ok":false']);
  expect(await tocsin.end('SIGTERM')).toBe(0);
  for (const end of ['', '-wal', '-shm']) rmSync(shop.path(`data/files.db${end}`), { force: true });
  renameSync(shop.path('files.db'), shop.path('data/files.db'));
  tocsin = await startDrill(drill);
  await drill.told('resolved', halted, tocsin);
  expect(await tocsin.end('SIGTERM')).toBe(0);
  await goOnLater(drill, 2 * HOUR_MS);
  await drill.told('resolved', [...older, ...unwritable]);
  expect(rulesOf('state').filter((rule) => drill.posted(rule).length < 2)).toEqual([]);
}, 600_000);

test('a part that a defect ends begins again, and people are told', async () => {
  const drill = await openSelfDrill(`sources:
  shop:
    file: { path: 'logs/*.log' }
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: 1s
    silent_after: never
self_alerts: { hold: 1s, ${PEOPLE} }
routes: [{ to: [terminal] }]
`);
  const { shop } = drill;
  const machine = settableClock();
  const written: string[] = [];
  let isBroken = true;
  const terminal = new Writable({ decodeStrings: false });
  terminal.write = (chunk: unknown, ...rest: unknown[]) => {
    if (isBroken) throw new TypeError('of null');
    written.push(String(chunk));
    (rest.at(-1) as (error?: null) => void)();
    return true;
  };
  const process = await drill.runHere(machine.clock, terminal);
  shop.append(jsonLines(6, 0, { level: 'ERROR', message: 'order_timeout' }), 'logs/shop.log');
  const talk = setInterval(() => shop.append(jsonLines(1, 0, { message: 'fine' }), 'logs/shop.log'), 500);
  onTestFinished(() => clearInterval(talk));
  const failing = told({ tocsin_part_failing: ['delivery'] });
  await drill.told('fired', failing);
  expect(process.ready().find(({ name }) => name === 'losses')).toMatchObject({
    ok: false,
    fatal: false,
    detail: expect.stringContaining('process: defects') as string,
  });
  isBroken = false;
  await until(() => written.length > 0, 60_000);
  expect(written.join('')).toMatch(/order_timeout[^]*Possible duplicate/u);
  clearInterval(talk);
  machine.pass(2 * HOUR_MS);
  await drill.told('resolved', failing);
}, 600_000);
