/**
 * A drill of Tocsin's own alerts: a shop whose webhook and mailbox are real servers, and what they, /readyz and `tocsin alerts` said.
 * Where each alert is drilled stands in one table, so that none can be left out.
 */
import { PassThrough, type Writable } from 'node:stream';
import { expect, onTestFinished } from 'vitest';
import { runPipelines, type Running } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Clock } from '../../src/event/clock.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { SelfRuleName } from '../../src/notify/message/self/rules.ts';
import { settableClock } from './clock.ts';
import { openShop, type Shop } from './shop.ts';
import { startSmtp, type Smtp } from './smtp.ts';
import { until, type TocsinProcess } from './tocsin-process.ts';
import { startFakeWebhook, type FakeWebhook } from './webhook.ts';

export type DrillName = 'lines' | 'parts' | 'state' | 'clock' | 'kafka' | 'elasticsearch';

/** In which drill each of them is fired, seen, and resolved. */
export const drilledIn: Readonly<Record<SelfRuleName, DrillName>> = {
  tocsin_source_silent: 'lines',
  tocsin_source_misread: 'lines',
  tocsin_lines_lost: 'lines',
  tocsin_lines_cut: 'lines',
  tocsin_matches_lost: 'lines',
  tocsin_groups_dropped: 'lines',
  tocsin_rules_invalid: 'lines',
  tocsin_template_failing: 'lines',
  tocsin_receiver_failing: 'lines',
  tocsin_part_failing: 'parts',
  tocsin_source_halted: 'state',
  tocsin_state_unwritable: 'state',
  tocsin_state_older: 'state',
  tocsin_clock_jumped: 'clock',
  tocsin_source_unreachable: 'kafka',
  tocsin_time_held: 'kafka',
  tocsin_transaction_hanging: 'kafka',
  tocsin_lag: 'kafka',
  tocsin_archive_behind: 'elasticsearch',
  tocsin_dead_letters: 'elasticsearch',
};

export const rulesOf = (drill: DrillName): readonly SelfRuleName[] =>
  (Object.keys(drilledIn) as SelfRuleName[]).filter((rule) => drilledIn[rule] === drill);

/** A message as the webhook got it. */
export interface Posted {
  readonly kind: string;
  readonly alert: {
    readonly rule: string;
    readonly threadId: string;
    readonly group: Readonly<Record<string, string>>;
    readonly sentence: string;
    readonly whyNow: string;
    readonly doubts?: readonly { readonly reason: string }[];
  };
}

/** One alert of Tocsin's own: a rule, and what it is about (`ahead lines_future`). */
export interface Told {
  readonly rule: SelfRuleName;
  readonly about: string;
}

export const told = (groups: Readonly<Partial<Record<SelfRuleName, readonly string[]>>>): readonly Told[] =>
  Object.entries(groups).flatMap(([rule, abouts]) =>
    abouts.map((about) => ({ rule: rule as SelfRuleName, about })),
  );

/** Lines `aheadMs` from now. */
export function jsonLines(count: number, aheadMs: number, fields: object): string {
  return Array.from({ length: count }, (_, n) => {
    const time = new Date(Date.now() + aheadMs).toISOString();
    return `${JSON.stringify({ '@timestamp': time, level: 'INFO', service: 'pay', ...fields, n })}\n`;
  }).join('');
}

export interface SelfDrill {
  readonly shop: Shop;
  readonly hook: FakeWebhook;
  readonly smtp: Smtp;
  /** Everything that was posted about this rule, in order. */
  posted(rule: string, about?: string): readonly Posted[];
  /** Every firing of Tocsin's own. */
  firings(): readonly Posted[];
  /** `tocsin run` in this process, by this clock; stopped when the test has ended. */
  runHere(clock: Clock, terminal?: Writable): Promise<Running>;
  /** Waits for the message at the webhook and in the mailbox; fails with what came instead. */
  told(kind: 'fired' | 'resolved', expected: readonly Told[], tocsin?: TocsinProcess): Promise<void>;
  /** Waits until each of these reasons stands on /readyz and among the lines of `tocsin alerts --json --rules`; `onReady`: there only. */
  shown(reasons: readonly string[], tocsin: TocsinProcess, onReady?: readonly string[]): Promise<void>;
}

const PATIENCE_MS = 120_000;

/** `configuration`: tocsin.yaml but for data_dir, the channels, the routes and /readyz. Closed when the test has ended. */
export async function openSelfDrill(configuration: string, webhooks = ''): Promise<SelfDrill> {
  const [hook, smtp] = await Promise.all([startFakeWebhook('hook-secret', 1_000_000), startSmtp()]);
  const shop = openShop();
  onTestFinished(async () => {
    await Promise.all([hook.close(), smtp.close()]);
    shop.close();
  });
  const places = `webhook: { audit: { url: '${hook.url}', secret: '${hook.secret}', rate: 100/s }${webhooks} }`;
  shop.write(
    'tocsin.yaml',
    `data_dir: ./data
rules: ./rules
${configuration}
channels: { ${places}, email: { smtp: '${smtp.url}', from: a@example.com, rate: 100/s }, terminal: {} }
http: { listen: '127.0.0.1:0' }
`,
  );
  const all = (): readonly Posted[] => hook.bodies.flatMap(messagesOf);
  const isOf = (posted: Posted, about?: string): boolean =>
    about === undefined || Object.values(posted.alert.group).join(' ') === about;
  const posted = (rule: string, about?: string): readonly Posted[] =>
    all().filter((each) => each.alert.rule === rule && isOf(each, about));
  const mailed = (rule: string): readonly string[] =>
    smtp.mails.filter(({ headers }) => headers.get('x-tocsin-rule') === rule).map(({ text = '' }) => text);

  return {
    shop,
    hook,
    smtp,
    posted,
    firings: () => all().filter(({ kind, alert }) => kind === 'fired' && alert.rule.startsWith('tocsin_')),
    async runHere(clock, terminal = new PassThrough().resume()) {
      const { config, problems } = loadConfig(shop.path('tocsin.yaml'), {});
      if (config === undefined) throw new Error(JSON.stringify(problems));
      const process = await runPipelines(config, { telemetry: silent, terminal, clock });
      onTestFinished(async () => {
        await process.stop();
      });
      return process;
    },
    async told(kind, expected, tocsin) {
      const missing = (): readonly string[] =>
        expected
          .filter(({ rule, about }) => !posted(rule, about).some((each) => each.kind === kind))
          .map(({ rule, about }) => `${rule} ${about}`);
      await until(
        () => missing().length === 0,
        PATIENCE_MS,
        () => `${kind}: ${missing().join(', ')}\n${listed(all())}\n${tocsin?.stderr().slice(-4_000) ?? ''}`,
      );
      for (const { rule, about } of expected) {
        const [fired, resolved] = posted(rule, about);
        expect(fired?.kind).toBe('fired');
        if (kind === 'resolved') expect(resolved?.alert.threadId).toBe(fired?.alert.threadId);
        const { sentence } = posted(rule, about).findLast((each) => each.kind === kind)!.alert;
        await until(
          () => mailed(rule).some((text) => unfolded(text).includes(unfolded(sentence))),
          PATIENCE_MS,
          () => `no mail says: ${sentence}\n${mailed(rule).join('\n')}`,
        );
      }
    },
    async shown(reasons, tocsin, onReady = []) {
      const url = /"url.full":"([^"]+)"/u.exec(tocsin.stderr())![1]!;
      let ready = '';
      let alerts = '';
      const missing = (): readonly string[] => [
        ...[...reasons, ...onReady]
          .filter((each) => !ready.includes(each))
          .map((each) => `${each} on /readyz`),
        ...reasons
          .filter((reason) => !alerts.includes(`"reason":"${reason}"`))
          .map((reason) => `${reason} in tocsin alerts`),
      ];
      await until(
        async () => {
          ready = await (await fetch(new URL('/readyz', url))).text();
          alerts = (await shop.command('alerts', '--json', '--rules')).stdout;
          return missing().length === 0;
        },
        PATIENCE_MS,
        () => `${missing().join(', ')}\n${ready}\n${alerts}`,
      );
    },
  };
}

/** Starts it and waits until it works; killed when the test has ended. */
export async function startDrill({ shop }: Pick<SelfDrill, 'shop'>): Promise<TocsinProcess> {
  const tocsin = shop.run();
  onTestFinished(async () => {
    await tocsin.end('SIGKILL');
  });
  const ended = tocsin.exited.then(() => {
    throw new Error(tocsin.stderr());
  });
  const works = until(
    () => tocsin.stderr().includes('"message":"running"'),
    60_000,
    () => tocsin.stderr(),
  );
  await Promise.race([works, ended]);
  ended.catch(() => undefined);
  works.catch(() => undefined);
  return tocsin;
}

/** The process goes on in this one, `laterMs` later, by a clock that the test moves. */
export async function goOnLater(
  drill: Pick<SelfDrill, 'runHere'>,
  laterMs: number,
): Promise<ReturnType<typeof settableClock>> {
  const machine = settableClock();
  machine.pass(laterMs);
  await drill.runHere(machine.clock);
  return machine;
}

/** Waits until a word is archived, and so was read. */
export async function archived(
  { shop }: Pick<SelfDrill, 'shop'>,
  word: string,
  tocsin: TocsinProcess,
): Promise<void> {
  await until(
    // An index that was just made cannot be searched at once.
    async () => (await shop.search(`message:${word}`).catch(() => [])).length > 0,
    60_000,
    () => tocsin.stderr(),
  );
}

/** A digest is as many messages as it lists. */
function messagesOf(body: Readonly<Record<string, unknown>>): readonly Posted[] {
  const { alerts } = body as { alerts?: readonly (Posted['alert'] & { readonly kind: string })[] };
  if (alerts === undefined) return [body as unknown as Posted];
  return alerts.map((alert) => ({ kind: alert.kind, alert }));
}

const unfolded = (text: string): string => text.replace(/\s+/gu, '');

const listed = (all: readonly Posted[]): string =>
  all
    .map(
      ({ kind, alert }) => `${kind} ${alert.rule} ${Object.values(alert.group).join(' ')}: ${alert.sentence}`,
    )
    .join('\n');
