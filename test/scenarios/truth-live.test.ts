/**
 * The same events live, through a real Kafka and past a SIGKILL, and in a backtest: the same settled episodes of every alert form, byte
 * for byte, but for positions and the ids made from them (a record's number here, a byte of a file there; both name the same line).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kafkaAvailable, startKafka, type KafkaServer } from '../support/kafka.ts';
import { kafkaBench, type KafkaBench } from '../support/kafka-topic.ts';
import type { EpisodeLine } from '../support/real-logs.ts';
import { seeded } from '../support/timelines.ts';
import { startTocsin, until } from '../support/tocsin-process.ts';
import { tocsin } from '../support/tocsin.ts';

const PARTITIONS = [0, 1, 2];
const LATENESS_MS = 20_000;
const START_MS = Date.parse('2024-03-30T22:00:00Z');

const RULES = `
rule burst {
  when level:ERROR
  alert count >= 4 within 1m by service
}
rule held_burst {
  severity high
  when level:ERROR
  alert count >= 3 within 2m by service
  for 20s
  resolve after 30s
  cooldown 3m
}
rule each_burst {
  when level:ERROR
  alert count >= 3 within 1m by service
  resolve never
  cooldown 2m
}
rule failing_share {
  let failed = level:ERROR
  let all_of_it = level:*
  alert count(failed) / count(all_of_it) > 40% and count(all_of_it) >= 5 within 2m by service
}
rule slow {
  when level:*
  alert p90(amount) >= 95 and avg(amount) > 50 within 1m by service
}
rule users { when level:ERROR  alert distinct(user) >= 3 within 2m by service }
rule quiet_service { when level:*  alert nothing for 90s by service seen within 10m }
rule few { when level:*  alert count < 3 within 2m by service seen within 15m }
rule not_synced {
  let paid = state:PAID
  let sent = state:SENT
  alert paid not followed by sent within 2m by order_id
}
rule back_to_new {
  let new_again = state:NEW
  let sent = state:SENT
  alert sent then new_again within 5m by order_id
}
rule both_sides {
  let failed = level:ERROR
  let sent = state:SENT
  alert all of failed, sent within 3m by order_id
}
rule stuck { when state:*  alert state stays PAID for 3m by order_id }
rule reverts { when state:*  alert state changes from SENT to PAID within 10m by order_id }
rule new_order { when level:*  alert new order_id within 10m by service }
`;

interface Line {
  readonly partition: number;
  readonly text: string;
}

/** An hour and a half of orders, each partition out of order within the lateness; then an event long after, so that all is settled. */
function orderLines(): Line[] {
  const random = seeded(20_240_330);
  const lines: Line[] = [];
  let nowMs = START_MS;
  for (let i = 0; i < 900; i++) {
    nowMs += random.below(random.chance(10) ? 40_000 : 8_000);
    lines.push({
      partition: random.pick(PARTITIONS),
      text: JSON.stringify({
        '@timestamp': new Date(nowMs - random.below(LATENESS_MS)).toISOString(),
        service: random.pick(['pay', 'stock', 'ship']),
        level: random.chance(25) ? 'ERROR' : 'INFO',
        order_id: `o${random.below(25)}`,
        ...(random.chance(60) && { state: random.pick(['NEW', 'PAID', 'SENT']) }),
        user: random.pick(['ann', 'bob', 'cid', 'dee']),
        amount: random.below(100),
      }),
    });
  }
  const end = JSON.stringify({
    '@timestamp': new Date(nowMs + 30 * 86_400_000).toISOString(),
    message: 'end',
  });
  return [...lines, ...PARTITIONS.map((partition) => ({ partition, text: end }))];
}

const configuration = (source: string): string => `
data_dir: ./data
alert_age: 10000d
sources:
  orders:
    ${source}
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: ${LATENESS_MS}ms
fields:
  service: { type: keyword }
  level: { type: keyword }
  order_id: { type: keyword }
  state: { type: keyword }
  user: { type: keyword }
  amount: { type: double }
archive: { sqlite: {} }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`;

/** An episode as one line of text, with the number of the line that began it instead of its position. */
function comparable(line: string, lineNumber: (partition: number, offset: number) => number): string {
  const parsed = JSON.parse(line) as EpisodeLine & { readonly settled?: boolean };
  const { position, '@timestamp': atTime } = parsed.firstEvent;
  const [, partition, offset] = position.split('/');
  const first = [Number(partition), lineNumber(Number(partition), Number(offset)), atTime];
  return JSON.stringify({ ...parsed, alertId: undefined, settled: undefined, firstEvent: first });
}

describe.skipIf(!kafkaAvailable())('the same events live and in a backtest', () => {
  let dir: string;
  let server: KafkaServer;
  let bench: KafkaBench;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tocsin-live-'));
    server = await startKafka();
    bench = await kafkaBench(server.brokers);
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  function folder(name: string, source: string): string {
    const path = join(dir, name);
    mkdirSync(join(path, 'rules'), { recursive: true });
    writeFileSync(join(path, 'rules/orders.rule'), RULES);
    writeFileSync(join(path, 'tocsin.yaml'), configuration(source));
    return path;
  }

  async function backtest(lines: readonly Line[]): Promise<string[]> {
    const path = folder('past', `file: { path: '*.log' }`);
    const texts = PARTITIONS.map((own) =>
      lines.filter(({ partition }) => partition === own).map(({ text }) => `${text}\n`),
    );
    for (const [partition, own] of texts.entries())
      writeFileSync(join(path, `${partition}.log`), own.join(''));
    const inputs = PARTITIONS.flatMap((partition) => ['--input', `${partition}.log`]);
    const { code, stdout, stderr } = await tocsin(['backtest', '--json', ...inputs], { cwd: path });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const begins = texts.map((own) => {
      let offset = 0;
      return new Map(
        own.map((text, i) => [(offset += Buffer.byteLength(text)) - Buffer.byteLength(text), i]),
      );
    });
    const number = (partition: number, offset: number): number => begins[partition]!.get(offset) ?? NaN;
    return stdout
      .trimEnd()
      .split('\n')
      .slice(0, -1)
      .map((line) => comparable(line, number))
      .sort();
  }

  async function settledAlerts(path: string): Promise<string[]> {
    const { code, stdout } = await tocsin(['alerts', '--json', '--limit', '100000'], { cwd: path });
    expect(code).toBe(0);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .filter((line) => {
        const { settled, withdrawn } = JSON.parse(line) as { settled: boolean; withdrawn?: string };
        return settled && withdrawn === undefined;
      })
      .map((line) => comparable(line, (_partition, offset) => offset))
      .sort();
  }

  test('every form has the same settled episodes', async () => {
    const lines = orderLines();
    const expected = await backtest(lines);
    const names = new Set(expected.map((line) => (JSON.parse(line) as EpisodeLine).rule));
    expect([...names].sort()).toEqual([...RULES.matchAll(/^rule (\w+)/gmu)].map(([, name]) => name).sort());

    const topic = await bench.topic(PARTITIONS.length);
    const brokers = server.brokers.map((broker) => `'${broker}'`).join();
    const path = folder('live', `kafka: { brokers: [${brokers}], topic: ${topic}, group: ${topic} }`);
    const produce = async (some: readonly Line[]): Promise<void> => {
      for (const own of PARTITIONS) {
        const texts = some.filter(({ partition }) => partition === own).map(({ text }) => text);
        await bench.send(topic, own, texts);
      }
    };
    await produce(lines.slice(0, 450));
    const first = startTocsin(['run'], path);
    await until(
      () => first.stdout().includes('burst'),
      60_000,
      () => first.stderr(),
    );
    await first.end('SIGKILL');
    const second = startTocsin(['run'], path);
    await produce(lines.slice(450));
    let found: string[] = [];
    await until(
      async () => {
        found = await settledAlerts(path);
        return found.length >= expected.length && found.every((line) => line.includes('"resolved"'));
      },
      60_000,
      () => `${found.length} of ${expected.length} episodes\n${second.stderr().slice(-2_000)}`,
    ).catch((error: unknown) => {
      // What differs says more than that it took too long.
      expect(found).toEqual(expected);
      throw error;
    });
    expect(await second.end('SIGTERM')).toBe(0);
    expect(await settledAlerts(path)).toEqual(expected);
  }, 180_000);
});
