/**
 * Makes a kafkajs client from the configuration: TLS, SASL, bounded waits. The log of kafkajs goes to our debug log, since the source
 * itself reports everything that matters.
 */
import { readFile } from 'node:fs/promises';
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs';
import type { KafkaSourceConfig } from '../../config/sources/kafka.ts';
import type { TlsConfig } from '../../config/tls.ts';
import type { Log } from '../../event/telemetry.ts';
import { registerCodecs } from './codecs.ts';
import { readFetchesAsBatches } from './fetch-response.ts';
import { mendHostileBytes } from './hostile-bytes.ts';
import { mendIdleTimer } from './idle-timer.ts';
import { socketsUntil } from './sockets.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Makes a client that tries a request again `retries` times, at most a second apart. Its connections end when `until` is aborted. */
export type Connect = (retries: number, until: AbortSignal) => Kafka;

/** Rejects with FixableError when a certificate file cannot be read. */
export async function prepareClients(source: string, config: KafkaSourceConfig, log: Log): Promise<Connect> {
  registerCodecs();
  mendIdleTimer();
  mendHostileBytes();
  readFetchesAsBatches();
  const settings: KafkaConfig = {
    clientId: 'tocsin',
    brokers: [...config.brokers],
    connectionTimeout: 3000,
    authenticationTimeout: 5000,
    requestTimeout: 15_000,
    logLevel: kafkajs.logLevel.INFO,
    logCreator:
      () =>
      ({ namespace, label, log: entry }) => {
        log.debug(
          { 'event.action': 'kafka-client', 'tocsin.source': source, 'kafka.namespace': namespace },
          `${label}: ${entry.message}`,
        );
      },
    ...saslOptions(config),
    ...(config.tls !== undefined && { ssl: await tlsOptions(source, config.tls) }),
  };
  return (retries, until) =>
    new kafkajs.Kafka({
      ...settings,
      retry: { initialRetryTime: 200, maxRetryTime: 1000, factor: 0.2, multiplier: 2, retries },
      socketFactory: socketsUntil(until),
    });
}

function saslOptions(config: KafkaSourceConfig): Pick<KafkaConfig, 'sasl'> {
  if (config.sasl === undefined) return {};
  const { mechanism, username } = config.sasl;
  const user = { username, password: config.sasl.password.reveal() };
  switch (mechanism) {
    case 'plain':
      return { sasl: { mechanism, ...user } };
    case 'scram-sha-256':
      return { sasl: { mechanism, ...user } };
    case 'scram-sha-512':
      return { sasl: { mechanism, ...user } };
  }
}

async function tlsOptions(
  source: string,
  tls: TlsConfig,
): Promise<{ ca?: string; cert?: string; key?: string }> {
  const read = async (option: string, file: string): Promise<string> => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      throw new FixableError(
        'source',
        `source ${source}: cannot read ${option} ${file}: ${error instanceof Error ? error.message : String(error)}`,
        `give the path of a readable PEM file under sources.${source}.kafka.tls`,
        { cause: error },
      );
    }
  };
  return {
    ...(tls.caFile !== undefined && { ca: await read('ca', tls.caFile) }),
    ...(tls.certFile !== undefined && { cert: await read('cert', tls.certFile) }),
    ...(tls.keyFile !== undefined && { key: await read('key', tls.keyFile) }),
  };
}
