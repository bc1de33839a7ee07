/** What opening the Kafka source says when Kafka is missing, refuses us or speaks another security; and that each security works. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaSourceConfig } from '../../src/config/sources/kafka.ts';
import type { Secret } from '../../src/config/secret.ts';
import { silent } from '../../src/event/telemetry.ts';
import { openKafkaSource } from '../../src/ingest/kafka/source.ts';
import { kafkaAvailable, kafkaUser, startKafka, type KafkaServer } from '../support/kafka.ts';
import {
  kafkaBench,
  kafkaSourceConfig,
  nothingTaken,
  readUntil,
  resumeFrom,
} from '../support/kafka-topic.ts';
import { FixableError } from '../../src/event/fixable-error.ts';

describe.skipIf(!kafkaAvailable())('opening the Kafka source', () => {
  let server: KafkaServer;
  let topic: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tocsin-kafka-refusal-'));
    server = await startKafka({ secure: true });
    const bench = await kafkaBench(server.brokers);
    topic = await bench.topic();
    await bench.send(topic, 0, ['one', 'two']);
    await bench.close();
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const secret = (value: string): Secret => ({
    reveal: () => value,
    toJSON: () => '[redacted]',
    toString: () => '[redacted]',
  });
  type Sasl = NonNullable<KafkaSourceConfig['sasl']>;
  const sasl = (mechanism: Sasl['mechanism'], password = kafkaUser.password): Sasl => ({
    mechanism,
    username: kafkaUser.username,
    password: secret(password),
  });
  const secure = (): NonNullable<KafkaServer['secure']> => {
    if (server.secure === undefined) throw new Error('the server has no secure listeners');
    return server.secure;
  };

  async function readsTwoLines(broker: string, more: Partial<KafkaSourceConfig>): Promise<void> {
    const source = await openKafkaSource(kafkaSourceConfig([broker], topic, more), silent);
    const taken = nothingTaken();
    await readUntil(await source.open(resumeFrom('alert', taken)), taken, (lines) => lines >= 2);
    await source.close();
    expect(taken.lines.get(0)).toEqual(['one', 'two']);
  }

  /** The refusal's message and fix, which must come within 10 s. */
  async function refusal(broker: string, more: Partial<KafkaSourceConfig>, name = topic): Promise<string> {
    const startedAt = performance.now();
    const opening = async (): Promise<unknown> => {
      const source = await openKafkaSource(kafkaSourceConfig([broker], name, more), silent);
      return source.open(resumeFrom('alert', nothingTaken()));
    };
    const error = await opening().catch((reason: unknown) => reason);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    if (!(error instanceof FixableError)) throw new Error('not refused', { cause: error });
    return `${error.message}\n${error.fix}`;
  }

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('reads with SASL %s', async (mechanism) => {
    await readsTwoLines(secure().sasl, { sasl: sasl(mechanism), group: mechanism });
  });

  test('reads over TLS', async () => {
    await readsTwoLines(secure().tls, { tls: { caFile: secure().caFile }, group: 'tls' });
  });

  test('reads with SASL over TLS', async () => {
    const tls = { caFile: secure().caFile };
    await readsTwoLines(secure().saslTls, { tls, sasl: sasl('scram-sha-512'), group: 'both' });
  });

  test.each(['plain', 'scram-sha-256'] as const)(
    'names the user whose password %s refuses',
    async (mechanism) => {
      const text = await refusal(secure().sasl, { sasl: sasl(mechanism, 'wrong') });
      expect(text).toMatch(/source orders: Kafka at 127.*refused the user alice/);
      expect(text).toMatch(/check username, password and mechanism under sources\.orders\.kafka\.sasl/);
      expect(text).not.toContain('wrong');
    },
  );

  test('names the topic that is not there', async () => {
    const text = await refusal(server.brokers[0]!, {}, 'no-such-topic');
    expect(text).toMatch(/has no topic no-such-topic\n.*sources\.orders\.kafka\.topic/);
  });

  test('names the brokers that cannot be reached', async () => {
    expect(await refusal('127.0.0.1:1', {})).toMatch(/cannot reach Kafka at 127\.0\.0\.1:1.*ECONNREFUSED/);
  });

  test('names a certificate authority that does not fit', async () => {
    const text = await refusal(secure().tls, { tls: {} });
    expect(text).toMatch(/no TLS connection.*self-signed certificate.*tls\.ca/s);
  });

  test('points at TLS and SASL where a plain client meets a secure port, and the other way round', async () => {
    expect(await refusal(secure().tls, {})).toMatch(
      /without TLS and SASL.*\n.*set sources\.orders\.kafka\.tls/,
    );
    expect(await refusal(secure().sasl, {})).toMatch(/without TLS and SASL.*\n.*sasl/);
    expect(await refusal(server.brokers[0]!, { tls: {} })).toMatch(
      /no TLS connection.*\n.*names the TLS port/,
    );
    expect(await refusal(server.brokers[0]!, { sasl: sasl('plain') })).toMatch(
      /does not offer plain.*\n.*SASL port/,
    );
  });

  test('names the certificate file that cannot be read', async () => {
    const text = await refusal(secure().tls, { tls: { caFile: join(folder, 'missing.pem') } });
    expect(text).toMatch(/cannot read ca .*missing\.pem.*ENOENT/);
    await writeFile(join(folder, 'empty.pem'), 'not a certificate');
    expect(await refusal(secure().tls, { tls: { caFile: join(folder, 'empty.pem') } })).toMatch(
      /no TLS connection/,
    );
  });
});
