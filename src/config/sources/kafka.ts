/** The kind of source that is configured with `kafka:`. */
import { z } from 'zod';
import { checkHostPort } from '../check-addresses.ts';
import type { Kind } from '../kind.ts';
import { makeSecret, type Secret } from '../secret.ts';
import { buildTls, tlsFiles, type TlsConfig } from '../tls.ts';
import { duration, secret, word } from '../values.ts';

const schema = z.strictObject({
  brokers: z
    .array(secret('address', 'host:port', '"127.0.0.1:9092"'))
    .min(1)
    .meta({ what: 'a list of host:port', example: '["127.0.0.1:9092"]' }),
  topic: word('the name of a topic', 'order-logs'),
  group: word('the name of a consumer group', 'tocsin').default('tocsin'),
  transaction_wait: duration('15m').prefault('15m'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: word('a user name', 'tocsin'),
      password: secret('value', 'a password', '"${KAFKA_PASSWORD}"'),
    })
    .optional(),
  tls: z
    .union([z.boolean(), tlsFiles])
    .meta({ what: 'true, false or { ca, cert, key }', example: 'true' })
    .optional(),
});

export interface KafkaSourceConfig {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  /** How long an open transaction may hold the time back. */
  readonly transactionWaitMs: number;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: Secret;
  };
  /** Present for `tls: true` and for a block. */
  readonly tls?: TlsConfig;
}

export const kafka: Kind<typeof schema, KafkaSourceConfig> = {
  schema,
  build({ brokers, topic, group, sasl, tls, transaction_wait: transactionWaitMs }, { at }) {
    return {
      kind: 'kafka',
      brokers,
      topic,
      group,
      transactionWaitMs,
      ...(sasl && { sasl: { ...sasl, password: makeSecret(sasl.password) } }),
      ...(tls !== undefined && tls !== false && { tls: buildTls(tls === true ? {} : tls, at) }),
    };
  },
  check({ brokers }, path, report) {
    brokers.forEach((broker, i) => {
      checkHostPort([...path, 'brokers', i], broker, report);
    });
  },
};
