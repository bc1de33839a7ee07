/** What Kafka answers when it will not serve us, as a SourceError: what, where, and what to do about it. */
import type { KafkaSourceConfig } from '../../config/config.ts';
import { SourceError } from '../source.ts';

/** Turns any failure of kafkajs while opening into one message with its fix. */
export function refusal(
  source: string,
  config: KafkaSourceConfig,
  group: string,
  error: unknown,
): SourceError {
  if (error instanceof SourceError) return error;
  const { what, fix } = explain(source, config, group, chainOf(error));
  return new SourceError(`source ${source}: ${what}`, fix, { cause: error });
}

interface Cause {
  readonly name: string;
  readonly type: string;
  readonly message: string;
}

/** The error and its causes: kafkajs wraps what happened in what it tried. */
function chainOf(error: unknown): readonly Cause[] {
  const chain: Cause[] = [];
  for (let at = error; at instanceof Error && chain.length < 10; at = at.cause) {
    const type = 'type' in at && typeof at.type === 'string' ? at.type : '';
    chain.push({ name: at.name, type, message: at.message });
  }
  return chain.length > 0 ? chain : [{ name: 'Error', type: '', message: String(error) }];
}

function explain(
  source: string,
  config: KafkaSourceConfig,
  group: string,
  chain: readonly Cause[],
): { what: string; fix: string } {
  const brokers = config.brokers.join(', ');
  const key = `sources.${source}.kafka`;
  const named = (...names: string[]): boolean =>
    chain.some(({ name, type }) => names.includes(name) || names.includes(type));
  const said = (pattern: RegExp): boolean => chain.some(({ message }) => pattern.test(message));
  const reason = chain.at(-1)?.message ?? '';

  if (
    named('KafkaJSSASLAuthenticationError', 'SASL_AUTHENTICATION_FAILED') ||
    said(/SASL .*authentication failed/i)
  ) {
    return {
      what: `Kafka at ${brokers} refused the user ${config.sasl?.username ?? '(none)'}: ${reason}`,
      fix: `check username, password and mechanism under ${key}.sasl`,
    };
  }
  if (named('UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE') || said(/SASL .* mechanism/i)) {
    return {
      what: `Kafka at ${brokers} does not offer ${config.sasl?.mechanism ?? 'SASL'} on this port: ${reason}`,
      fix: `set ${key}.sasl.mechanism to one that the listener offers, or name its SASL port in ${key}.brokers`,
    };
  }
  if (named('UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION')) {
    return {
      what: `Kafka at ${brokers} has no topic ${config.topic}`,
      fix: `create the topic ${config.topic}, or correct ${key}.topic`,
    };
  }
  if (named('TOPIC_AUTHORIZATION_FAILED')) {
    return {
      what: `Kafka at ${brokers} does not let us read the topic ${config.topic}`,
      fix: `grant ${config.sasl?.username ?? 'this client'} READ and DESCRIBE on topic ${config.topic}`,
    };
  }
  if (named('GROUP_AUTHORIZATION_FAILED')) {
    return {
      what: `Kafka at ${brokers} does not let us use the consumer group ${group}`,
      fix: `grant ${config.sasl?.username ?? 'this client'} READ on group ${group}`,
    };
  }
  if (said(/certificate|self.signed|altnames|TLS|SSL|wrong version number/i)) {
    return {
      what: `no TLS connection to Kafka at ${brokers}: ${reason}`,
      fix: `check that ${key}.brokers names the TLS port and ${key}.tls.ca the certificate authority of the brokers`,
    };
  }
  const security = config.sasl === undefined && config.tls === undefined ? ' without TLS and SASL' : '';
  return {
    what: `cannot reach Kafka at ${brokers}${security}: ${reason}`,
    fix: `start Kafka there or correct ${key}.brokers; where the port expects TLS or SASL, set ${key}.tls or ${key}.sasl`,
  };
}
