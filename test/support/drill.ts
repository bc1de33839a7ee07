/**
 * A drill of the shipped rules: `tocsin run` over a log in which each of them has its reason to fire and, where it can, to resolve;
 * a real SMTP server and strict stand-ins for Slack and DingTalk take what it sends. `node test/support/drill.ts FOLDER` writes every
 * message there, to be read as the person on call would.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ParsedMail } from 'mailparser';
import type { Language } from '../../src/notify/notice.ts';
import { startFakeDingtalk, type DingtalkMessage, type FakeDingtalk } from './dingtalk.ts';
import { AFTERMATH, TROUBLE, type DrillLine } from './drill-log.ts';
import { startFakeSlack, type FakeSlack, type SlackMessage } from './slack.ts';
import { startSmtp, type Smtp } from './smtp.ts';
import { startTocsin, until, type TocsinProcess } from './tocsin-process.ts';

/** One message of an alert as each receiver got it. */
export interface DrillMessage {
  readonly slack: SlackMessage;
  readonly dingtalk: DingtalkMessage;
  readonly mail: ParsedMail;
  readonly terminal: string;
}

/** Messages by the name of the rule. */
export interface DrillReport {
  readonly fired: ReadonlyMap<string, DrillMessage>;
  readonly resolved: ReadonlyMap<string, DrillMessage>;
}

const FIRES = [
  'abnormal_order_surge',
  'certificate_expiry',
  'ghost_order',
  'heartbeat_lost',
  'message_backlog',
  'order_sync_failures',
  'order_went_back',
  'payment_failure_ratio',
  'payment_gateway_errors',
  'redis_refusing_writes',
  'settlement_without_receipt',
  'split_personality',
  'stuck_order',
  'zombie_order',
] as const;

/** The names of the shipped rules, and of those whose alerts end. */
export const shippedRules: { readonly fires: readonly string[]; readonly resolves: readonly string[] } = {
  fires: FIRES,
  resolves: FIRES.filter((rule) => rule !== 'order_went_back'),
};

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DAY_MS = 86_400_000;
const WITHIN_MS = 60_000;

/** Runs it: returns when all have fired, and resolved, at every receiver. */
export async function drill(language: Language): Promise<DrillReport> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-drill-'));
  const receivers = {
    slack: await startFakeSlack(),
    dingtalk: await startFakeDingtalk({ perMinute: 1_000 }),
    smtp: await startSmtp(),
  };
  mkdirSync(join(dir, 'logs'));
  writeFileSync(join(dir, 'tocsin.yaml'), configuration(language, receivers));
  // The deadlines of days have all run out by now: event time drives everything.
  const startMs = Date.now() - 3 * DAY_MS;
  const append = (lines: readonly DrillLine[]): void =>
    appendFileSync(join(dir, 'logs/orders.log'), text(lines, startMs));
  append(TROUBLE);
  const process = startTocsin(['run'], dir, { TZ: 'Asia/Shanghai' });
  try {
    const fired = await collect(shippedRules.fires, 'fired', process, receivers);
    append(AFTERMATH);
    const resolved = await collect(shippedRules.resolves, 'resolved', process, receivers);
    return { fired, resolved };
  } finally {
    await process.end('SIGTERM');
    await Promise.all(Object.values(receivers).map((receiver) => receiver.close()));
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Receivers {
  readonly slack: FakeSlack;
  readonly dingtalk: FakeDingtalk;
  readonly smtp: Smtp;
}

/** The shipped configuration, but for who is told: each rule has receivers of its own, so that no rate budget gathers messages. */
function configuration(language: Language, { slack, dingtalk, smtp }: Receivers): string {
  const shipped = readFileSync(join(ROOT, 'tocsin.yaml'), 'utf8');
  const robot = `access_token: ${dingtalk.accessToken}, secret: ${dingtalk.secret}`;
  const lines = [
    shipped
      .slice(0, shipped.indexOf('\nchannels:'))
      .replace('rules: ./rules', `rules: ${join(ROOT, 'rules')}`),
    'channels:',
    '  terminal: {}',
    `  slack: { token: '${slack.token}', api_url: '${slack.url}' }`,
    `  email: { smtp: '${smtp.url}', from: 'tocsin@example.com' }`,
    '  dingtalk:',
    `    api_url: '${dingtalk.url}'`,
    '    robots:',
    ...FIRES.map((rule) => `      ${rule}: { ${robot} }`),
    'routes:',
    ...FIRES.map(
      (rule) =>
        `  - { match: { rule: ${rule} }, to: ['slack:#${rule}', 'dingtalk:${rule}', 'email:${rule}@example.com', terminal] }`,
    ),
    "kibana: { url: 'https://kibana.example.com', data_view: order-logs }",
    `language: ${language}`,
    // The drill's lines are of days ago, and it is a first start.
    'alert_age: 10d',
  ];
  return `${lines.join('\n')}\n`;
}

function text(lines: readonly DrillLine[], startMs: number): string {
  return [...lines]
    .sort((a, b) => a.atMs - b.atMs)
    .map(
      ({ atMs, ...fields }) =>
        `${JSON.stringify({ '@timestamp': new Date(startMs + atMs).toISOString(), ...fields })}\n`,
    )
    .join('');
}

/** What every receiver got about these rules, once all of them got it. */
async function collect(
  rules: readonly string[],
  kind: 'fired' | 'resolved',
  process: TocsinProcess,
  { slack, dingtalk, smtp }: Receivers,
): Promise<ReadonlyMap<string, DrillMessage>> {
  const about = (rule: string): Partial<DrillMessage> => {
    const of = (text: string): boolean => text.includes(rule);
    const nth = <T>(found: readonly T[]): T | undefined => found[kind === 'fired' ? 0 : 1];
    const mails = smtp.mails.filter(({ headers }) => headers.get('x-tocsin-rule') === rule);
    // Several are under way at a time: the next alert of a rule may overtake the end of this one.
    const alertOf = (mail: ParsedMail): unknown => mail.headers.get('x-tocsin-alert');
    const parts = {
      slack: nth(slack.messages.filter(({ text, blocks }) => of(text) || of(JSON.stringify(blocks)))),
      dingtalk: nth(dingtalk.messages.filter(({ title }) => of(title))),
      mail: nth(mails.filter((mail) => alertOf(mail) === alertOf(mails[0]!))),
      terminal: nth(process.stdout().split('\n\n┃').filter(of)),
    };
    return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
  };
  const missing = (): readonly string[] =>
    rules.flatMap((rule) =>
      ['slack', 'dingtalk', 'mail', 'terminal']
        .filter((name) => !(name in about(rule)))
        .map((name) => `${rule} to ${name}`),
    );
  await until(
    () => missing().length === 0,
    WITHIN_MS,
    () => `${kind}: ${missing().join(', ')}\n${process.stderr()}`,
  );
  return new Map(rules.map((rule) => [rule, { ...about(rule) } as DrillMessage]));
}

function slackText({ text, blocks }: SlackMessage): string {
  const shown = blocks
    .flatMap((block) => [block.text, ...(block.elements ?? [])])
    .map((each) => each?.text ?? '');
  return [`(notification) ${text}`, ...shown].join('\n\n');
}

async function writeMessages(folder: string): Promise<void> {
  for (const language of ['en', 'zh'] as const) {
    const report = await drill(language);
    for (const kind of ['fired', 'resolved'] as const)
      for (const [rule, { slack, dingtalk, mail, terminal }] of report[kind]) {
        const write = (name: string, content: string): void =>
          writeFileSync(join(folder, language, `${rule}.${kind}.${name}`), content);
        mkdirSync(join(folder, language), { recursive: true });
        write('slack.txt', slackText(slack));
        write('slack.json', JSON.stringify(slack.blocks, null, 2));
        write('dingtalk.md', `${dingtalk.title}\n\n${dingtalk.text}`);
        write('email.html', mail.html || '');
        write('email.txt', `${mail.subject ?? ''}\n\n${mail.text ?? ''}`);
        write('terminal.txt', `┃${terminal}`);
      }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeMessages(process.argv[2] ?? 'messages');
