/** What is masked leaves by no way, while rules see every line as it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { until } from '../support/tocsin-process.ts';
import { startFakeWebhook, type FakeWebhook } from '../support/webhook.ts';

let shop: Shop;
let hook: FakeWebhook;

const CARD = '4111111111111111';
const MAILS = ['alice@mail.example', 'bob@mail.example'];
const SECRETS = [CARD, ...MAILS, 'INLOGPW', 'EMP-4711'];

beforeEach(async () => {
  hook = await startFakeWebhook();
  shop = openShop({
    channels: `{ terminal: {}, webhook: { audit: { url: '${hook.url}', secret: '${hook.secret}' } } }`,
    routes: "terminal, 'webhook:audit'",
  });
  shop.append(
    `mask: { kinds: [cards, tokens, emails], patterns: { employee: 'EMP-\\d+' }, archive: true }
kibana: { url: 'https://kibana.example' }
http: { listen: '127.0.0.1:0' }
`,
    'tocsin.yaml',
  );
  shop.write(
    'tocsin.yaml',
    readFileSync(shop.path('tocsin.yaml'), 'utf8').replace(
      '  level:',
      '  user: { type: keyword }\n  card: { type: long }\n  level:',
    ),
  );
  // A condition and a group over what nobody may see.
  shop.write(
    'rules/order.rule',
    `rule refused {\n  when card >= 4111111111111110 AND level:ERROR\n  alert count >= 2 within 5m by user, service\n  runbook "runbooks/order.md"\n}\n`,
  );
  shop.write('rules/runbooks/order.md', '# Refused\n\n1. Ask {{user}}.\n2. `refund {{card}}`\n');
});

afterEach(async () => {
  await hook.close();
  shop.close();
});

it('is in no message, page, link or archive; groups and conditions hold by what the lines say', async () => {
  for (const user of [...MAILS, ...MAILS]) {
    const line = {
      '@timestamp': new Date().toISOString(),
      level: 'ERROR',
      service: 'pay',
      user,
      card: Number(CARD),
      message: `refused for ${user} by EMP-4711 with password=INLOGPW`,
    };
    shop.append(`${JSON.stringify(line)}\n`);
  }
  const process = shop.run();
  try {
    await until(
      () => hook.bodies.length >= 2,
      60_000,
      () => process.stderr(),
    );
    const url = await until(() => /"url\.full":"([^"]+)"/u.exec(process.stderr())?.[1], 60_000);
    const alerts = hook.bodies.map((body) => body['alert'] as { alertId: string; links: { kibana: string } });
    const pages = await Promise.all(
      alerts.map(async ({ alertId }) => (await fetch(`${url}/alerts/${alertId}`)).text()),
    );
    await until(async () => (await shop.search('level:ERROR')).length === 4, 60_000);
    const found = await shop.search('level:ERROR');
    await process.end('SIGTERM');
    const files = readdirSync(shop.path('data'))
      .filter((name) => name.startsWith('archive.db'))
      .map((name) => readFileSync(shop.path('data', name), 'latin1'));
    const seen = {
      messages:
        JSON.stringify(hook.bodies) + decodeURIComponent(alerts.map(({ links }) => links.kibana).join(' ')),
      terminal: process.stdout(),
      pages: pages.join(''),
      archive: found.join('') + files.join(''),
    };
    const leaks = Object.entries(seen).flatMap(([where, text]) =>
      SECRETS.filter((secret) => text.includes(secret)).map((secret) => `${where}: ${secret}`),
    );
    expect(leaks).toEqual([]);
    expect(seen.messages).toContain('"group":{"user":"[email]","service":"pay"}');
    expect(seen.messages).toContain('service:\\"pay\\"');
    expect(seen.terminal).toContain('Ask [email].');
    expect(seen.terminal).toContain('refund {{card}}');
    expect(found[0]).toContain('refused for [email] by [employee] with password=[token]');
    // On the machine itself, whoever may read the files sees the alert as it is.
    const { stdout } = await shop.command('show', alerts[0]!.alertId, '--json');
    expect(MAILS.some((mail) => stdout.includes(mail))).toBe(true);
  } finally {
    await process.end('SIGKILL');
  }
});
