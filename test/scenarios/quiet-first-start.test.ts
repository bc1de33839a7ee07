/** Tocsin has nothing to say of itself where nothing is wrong: a first start over weeks of files. */
import { expect, test } from 'vitest';
import { archived, jsonLines, openSelfDrill, startDrill } from '../support/self-drill.ts';
import { until } from '../support/tocsin-process.ts';

const HOUR_MS = 3_600_000;
const PEOPLE = `notify: ['webhook:audit', 'email:oncall@example.com']`;

test('a first start over weeks of files, then a few lines a minute: not a word of its own, and no alert in doubt', async () => {
  const drill = await openSelfDrill(`sources:
  orders:
    file: { path: 'logs/*.log' }
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    silent_after: 5m
  system:
    file: { path: 'logs/*.syslog' }
    decode: { dissect: '%{time} %{+time} %{+time} %{host} %{message}' }
    timestamp: { field: time, format: 'MMM d HH:mm:ss' }
    silent_after: never
self_alerts: { hold: 0s, lag_after: 5m, ${PEOPLE} }
routes: [{ to: ['webhook:audit'] }]
`);
  const { shop } = drill;
  shop.write(
    'rules/order.rule',
    'rule errors "Errors" {\n  from orders\n  when level:ERROR\n  alert count >= 3 within 5m by service\n}\n',
  );
  const dayMs = 24 * HOUR_MS;
  for (let host = 0; host < 4; host += 1)
    for (let day = 28; day > 0; day -= 1) {
      const file = `logs/host${host}-${day}.log`;
      for (let hour = 0; hour < 24; hour += 1)
        shop.append(jsonLines(20, -day * dayMs + hour * HOUR_MS, { message: 'of old' }), file);
      const time = new Date(Date.now() - day * dayMs).toUTCString();
      const [, date, month, , clock] = time.split(' ');
      const line = `${month} ${date} ${clock} host${host} of old`;
      shop.append(`${line}\n`.repeat(150), `logs/host${host}-${day}.syslog`);
    }
  const tocsin = await startDrill(drill);
  await archived(drill, 'old', tocsin);
  shop.append(jsonLines(3, 0, { level: 'ERROR', message: 'new' }), 'logs/host0-0.log');
  await until(
    () => drill.posted('errors').length > 0,
    120_000,
    () => tocsin.stderr(),
  );
  expect(drill.posted('errors')[0]!.alert.doubts).toBeUndefined();
  for (let i = 0; i < 4; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    shop.append(jsonLines(1, 0, { message: 'now and then' }), 'logs/host0-0.log');
  }
  expect(drill.firings().map(({ alert }) => alert.sentence)).toEqual([]);
  expect(await tocsin.end('SIGTERM')).toBe(0);
}, 600_000);
