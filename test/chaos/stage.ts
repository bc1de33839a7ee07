/**
 * The stage of the chaos suite: a real Kafka, a real Elasticsearch behind a proxy, a receiver of webhooks, `tocsin run` on a small disk of
 * its own (where one can be mounted) with a clock that can be set, and the load. It knows in the end what was lost, false, doubled, or kept from people.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { startElasticsearch, type ElasticsearchServer } from '../support/elasticsearch.ts';
import { startKafka, type KafkaServer } from '../support/kafka.ts';
import { CAN_MOUNT, mountDisk } from '../support/mounted-disk.ts';
import { startTocsin, type TocsinProcess } from '../support/tocsin-process.ts';
import { startFakeWebhook, type FakeWebhook } from '../support/webhook.ts';
import { NEVER_RIGHT, RULES, startLoad, type Load } from './load.ts';
import { startProxy, type Proxy } from './proxy.ts';

export const TOPIC = 'order-logs';
export const PARTITIONS = 3;

/** A message as the receiver got it. */
interface Posted {
  readonly kind: string;
  readonly possibleDuplicate: boolean;
  readonly alert: {
    readonly rule: string;
    readonly alertId: string;
    readonly threadId: string;
    readonly group: Readonly<Record<string, string>>;
  };
}

export interface Verdict {
  readonly lost: readonly string[];
  readonly falseAlerts: readonly string[];
  readonly unmarkedDoubles: readonly string[];
}

export interface Stage {
  readonly kafka: KafkaServer;
  readonly admin: Admin;
  readonly elasticsearch: ElasticsearchServer;
  readonly proxy: Proxy;
  readonly load: Load;
  readonly dataDir: string;
  /** The living process. */
  readonly tocsin: () => TocsinProcess;
  start(): void;
  kill(): Promise<unknown>;
  /** Sets the clock of the process to so much ahead of the true one (negative: behind). False where that cannot be done here. */
  setClock(aheadMs: number): boolean;
  /** Rules of Tocsin's own of which people were told by now. */
  toldOfItself(): ReadonlySet<string>;
  verdict(): Verdict;
  documents(): Promise<number>;
  /** What happened, for people who look for the fault. */
  describe(): string;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly diskMb?: number;
}

/** Debian's package `faketime`. */
const FAKE_TIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

export async function openStage({ diskMb = 400 }: StageOptions = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-chaos-'));
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir);
  const disk = CAN_MOUNT ? mountDisk(dataDir, diskMb) : undefined;
  const [kafka, elasticsearch, hook] = await Promise.all([
    startKafka({ own: true }),
    startElasticsearch({ settings: { 'action.auto_create_index': 'true' } }),
    startFakeWebhook('hook-secret', 100_000),
  ]);
  const proxy = await startProxy(() => elasticsearch.url);
  const admin = new Kafka({ clientId: 'chaos', brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }], waitForLeaders: true });
  mkdirSync(join(dir, 'rules'));
  writeFileSync(join(dir, 'rules/chaos.rule'), RULES);
  writeFileSync(join(dir, 'tocsin.yaml'), configuration(kafka, proxy, hook));
  const load = await startLoad(kafka.brokers, TOPIC, PARTITIONS);
  const clockFile = join(dir, 'clock');
  writeFileSync(clockFile, '+0');
  const canSetClock = existsSync(FAKE_TIME);
  const env = canSetClock
    ? {
        LD_PRELOAD: FAKE_TIME,
        FAKETIME_TIMESTAMP_FILE: clockFile,
        FAKETIME_NO_CACHE: '1',
        DONT_FAKE_MONOTONIC: '1',
      }
    : {};
  const lives: TocsinProcess[] = [];
  const tocsin = (): TocsinProcess => lives.at(-1)!;
  const posted = (): readonly Posted[] => hook.bodies.flatMap((body) => messagesOf(body));

  return {
    kafka,
    admin,
    elasticsearch,
    proxy,
    load,
    dataDir,
    tocsin,
    start: () => void lives.push(startTocsin(['run'], dir, env)),
    kill: () => tocsin().end('SIGKILL'),
    setClock(aheadMs) {
      const seconds = Math.trunc(aheadMs / 1_000);
      writeFileSync(clockFile, `${seconds < 0 ? '' : '+'}${seconds}`);
      return canSetClock;
    },
    toldOfItself: () =>
      new Set(
        posted()
          .filter(({ alert }) => alert.rule.startsWith('tocsin_'))
          .map(({ alert }) => alert.rule),
      ),
    verdict: () => verdictOf(posted(), load),
    documents: () => documentCount(elasticsearch),
    describe: () =>
      [...lives.map((life, i) => `life ${i}: ${life.stderr().slice(-3_000)}`), ...posted().map(shown)].join(
        '\n',
      ),
    async close() {
      await load.close().catch(() => undefined);
      await tocsin().end('SIGKILL');
      await admin.disconnect().catch(() => undefined);
      await Promise.allSettled([kafka.stop(), proxy.close(), elasticsearch.stop(), hook.close()]);
      disk?.unmount();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configuration(kafka: KafkaServer, proxy: Proxy, hook: FakeWebhook): string {
  return `
data_dir: ./data
sources:
  orders:
    kafka: { brokers: [${kafka.brokers.map((broker) => `'${broker}'`).join()}], topic: ${TOPIC}, group: chaos }
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: 3s
fields:
  service: { type: keyword }
  host: { type: keyword }
  level: { type: keyword, normalise: upper }
  order_id: { type: keyword }
  order_state: { type: keyword }
  message: { type: text }
search_fields: [level, message]
archive: { elasticsearch: { node: '${proxy.url}', index: order-logs } }
rules: ./rules
self_alerts: { hold: 5s, lag_after: 20s }
channels:
  webhook: { audit: { url: '${hook.url}', secret: '${hook.secret}' } }
routes:
  - { to: ['webhook:audit'] }
http: { listen: '127.0.0.1:0' }
`;
}

/** A digest is as many messages as it lists. */
function messagesOf(body: Readonly<Record<string, unknown>>): readonly Posted[] {
  const { alerts, possibleDuplicate } = body as {
    alerts?: readonly Posted['alert'][];
    possibleDuplicate: boolean;
  };
  if (alerts === undefined) return [body as unknown as Posted];
  return alerts.map((alert) => ({
    kind: (alert as unknown as { kind: string }).kind,
    possibleDuplicate,
    alert,
  }));
}

/** The group of an alert as the load plans it. */
const keyOf = ({ alert }: Posted): string => `${alert.rule} ${Object.values(alert.group).join()}`;

function verdictOf(posted: readonly Posted[], load: Load): Verdict {
  const fired = posted.filter(({ kind, alert }) => kind === 'fired' && !alert.rule.startsWith('tocsin_'));
  const unmarked = fired.filter(({ possibleDuplicate }) => !possibleDuplicate).map(keyOf);
  const told = new Set(fired.map(keyOf));
  return {
    lost: [...load.planned].filter((planned) => !told.has(planned)),
    falseAlerts: fired
      .filter((each) => NEVER_RIGHT.includes(each.alert.rule) || !load.planned.has(keyOf(each)))
      .map(keyOf),
    unmarkedDoubles: unmarked.filter((key, i) => unmarked.indexOf(key) !== i),
  };
}

const shown = ({ kind, possibleDuplicate, alert }: Posted): string =>
  `${kind}${possibleDuplicate ? ' (possible duplicate)' : ''} ${alert.rule} ${JSON.stringify(alert.group)} ${alert.alertId}`;

async function documentCount({ url }: ElasticsearchServer): Promise<number> {
  const response = await fetch(`${url}/order-logs-*/_count?ignore_unavailable=true`).catch(() => undefined);
  const { count = 0 } = ((await response?.json().catch(() => ({}))) ?? {}) as { count?: number };
  return count;
}
