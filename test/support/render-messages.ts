/**
 * Writes docs/messages: one alert, firing and resolved, in every channel and both languages, as the channels really send it (to
 * stand-ins). `--pictures` also takes pictures of the mail, with the browser named by CHROMIUM (default: chromium).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rightClock } from './clock.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { Channel, Delivery, ThreadRef } from '../../src/notify/channel.ts';
import { createChannels } from '../../src/notify/channels/create.ts';
import { kibanaLink } from '../../src/notify/message/kibana.ts';
import type { Language, Notice } from '../../src/notify/notice.ts';
import { planSelf } from '../../src/notify/message/self/plan.ts';
import { startFakeDingtalk } from './dingtalk.ts';
import { episode, notice, resolvedEpisode } from './notices.ts';
import { secretOf } from './secret.ts';
import { selfTransition } from './self-notices.ts';
import { startFakeSlack, type SlackMessage } from './slack.ts';
import { startSmtp } from './smtp.ts';
import { startFakeWebhook } from './webhook.ts';

export type Renderings = Readonly<Record<string, string>>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const titles: Readonly<Record<Language, string>> = {
  en: 'Orders are not reaching inventory',
  zh: '订单未同步到库存',
};
const names: Readonly<Record<Language, string>> = { en: 'order-sync.md', zh: 'order-sync.zh.md' };

/** File name in docs/messages → content. Times are shown in UTC, whatever the machine's zone. */
export async function renderAll(): Promise<Renderings> {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'UTC';
  try {
    return { ...(await renderLanguage('en')), ...(await renderLanguage('zh')) };
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
}

async function renderLanguage(language: Language): Promise<Renderings> {
  const [slack, dingtalk, smtp, webhook] = await Promise.all([
    startFakeSlack(),
    startFakeDingtalk(),
    startSmtp(),
    startFakeWebhook(),
  ]);
  let terminal = '';
  const channels = createChannels(
    {
      terminal: {},
      slack: { token: secretOf(slack.token), apiUrl: slack.url },
      dingtalk: {
        apiUrl: dingtalk.url,
        robots: {
          orders: { accessToken: secretOf(dingtalk.accessToken), secret: secretOf(dingtalk.secret) },
        },
      },
      email: { smtp: secretOf(smtp.url), from: 'tocsin@example.com' },
      webhook: { orders: { url: secretOf(webhook.url), secret: secretOf(webhook.secret) } },
    },
    silent,
    {
      clock: rightClock(),
      color: false,
      terminal: new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          terminal += chunk.toString();
          done();
        },
      }),
    },
  );
  const files: Record<string, string> = {};
  const threads = new Map<string, ThreadRef | undefined>();
  try {
    for (const kind of ['fired', 'resolved'] as const) {
      terminal = '';
      for (const channel of channels.values()) {
        threads.set(channel.kind, await send(channel, noticeOf(kind, language), threads.get(channel.kind)));
      }
      const file = (name: string): string => `${language}/${kind}.${name}`;
      files[file('terminal.txt')] = terminal.trim() + '\n';
      files[file('slack.json')] = asJson(lastOf(slack.messages));
      files[file('dingtalk.md')] = `${dingtalk.messages.at(-1)!.text}\n`;
      files[file('email.html')] = smtp.mails.at(-1)!.html || '';
      files[file('email.txt')] = smtp.mails.at(-1)!.text ?? '';
      files[file('webhook.json')] = asJson(webhook.bodies.at(-1));
    }
    files[`${language}/resolved.slack-root.json`] = asJson({
      text: slack.messages[0]!.text,
      blocks: slack.messages[0]!.blocks,
    });
    terminal = '';
    for (const channel of channels.values()) await send(channel, ownNotice(language));
    files[`${language}/own.terminal.txt`] = terminal.trim() + '\n';
    files[`${language}/own.slack.json`] = asJson(lastOf(slack.messages));
    files[`${language}/own.dingtalk.md`] = `${dingtalk.messages.at(-1)!.text}\n`;
    files[`${language}/own.email.html`] = smtp.mails.at(-1)!.html || '';
    files[`${language}/own.webhook.json`] = asJson(webhook.bodies.at(-1));
  } finally {
    await Promise.all([...channels.values()].map((channel) => channel.close()));
    await Promise.all([slack.close(), dingtalk.close(), smtp.close(), webhook.close()]);
  }
  return files;
}

async function send(channel: Channel, notice: Notice, thread?: ThreadRef): Promise<ThreadRef | undefined> {
  const targets: Readonly<Record<string, string>> = { slack: '#order-oncall', email: 'orders@example.com' };
  const delivery: Delivery = {
    notice,
    target: targets[channel.kind] ?? 'orders',
    possibleDuplicate: false,
    deliveryId: `example-${notice.kind}`,
    ...(thread && { thread }),
  };
  const outcome = await channel.send(delivery);
  if (outcome.kind !== 'sent') throw new Error(`${channel.kind}: ${outcome.because}`);
  return outcome.thread;
}

function noticeOf(kind: 'fired' | 'resolved', language: Language): Notice {
  const { rule } = notice();
  const kql = '"ERROR" and ("order_timeout" or "inventory_rollback")';
  const of = kind === 'fired' ? episode : resolvedEpisode;
  return notice({
    kind,
    language,
    rule: { ...rule, severity: 'high', title: titles[language] },
    episode: of,
    runbook: {
      path: `runbooks/${names[language]}`,
      url: 'https://wiki.example.com/runbooks/order-sync',
      markdown: readFileSync(join(ROOT, 'rules/runbooks', names[language]), 'utf8'),
    },
    ...kibanaLink({ url: 'https://kibana.example.com', dataView: 'order-logs' }, kql, of, rule.windowMs ?? 0),
  });
}

/** What Tocsin tells of itself, as the outbox would hold it. */
function ownNotice(language: Language): Notice {
  const [row] = planSelf(selfTransition('tocsin_source_silent'), {
    config: {
      routes: [],
      language,
      http: { host: '127.0.0.1', port: 7080 },
      selfAlerts: { holdMs: 0, lagAfterMs: 0 },
    },
    rulebook: (path) => readFileSync(join(ROOT, 'rules', path), 'utf8'),
    everybody: () => [{ channel: 'terminal', target: '' }],
    openingOf: () => undefined,
  });
  return row!.notice;
}

const lastOf = (messages: readonly SlackMessage[]) =>
  messages.map(({ text, blocks }) => ({ text, blocks })).at(-1);

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A picture of a page, as wide as a phone or a mail window and as high as it is. */
function takePicture(html: string, file: string, width: number, height: number): void {
  const profile = mkdtempSync(join(tmpdir(), 'picture-'));
  // A window is never narrower than 500, so the page is shown in a frame of the width asked for.
  const page = join(profile, 'page.html');
  const style = `display:block;margin:0 auto;border:0;width:${width}px;height:${height}px`;
  writeFileSync(
    page,
    `<body style="margin:0"><iframe src="${pathToFileURL(html).href}" style="${style}"></iframe>`,
  );
  const quietly = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars'];
  try {
    execFileSync(
      process.env['CHROMIUM'] ?? 'chromium',
      [
        '--headless',
        ...quietly,
        '--disable-background-networking',
        `--user-data-dir=${profile}`,
        `--window-size=${Math.max(width, 500)},${height}`,
        `--screenshot=${file}`,
        pathToFileURL(page).href,
      ],
      { stdio: 'ignore', timeout: 60_000 },
    );
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(ROOT, 'docs/messages');
  for (const [name, content] of Object.entries(await renderAll())) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  if (process.argv.includes('--pictures')) {
    takePicture(join(folder, 'en/fired.email.html'), join(folder, 'en/email.png'), 700, 2_080);
    takePicture(join(folder, 'zh/fired.email.html'), join(folder, 'zh/email-phone.png'), 390, 2_620);
  }
}
