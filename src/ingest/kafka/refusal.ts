/** Turns the answers of a Kafka that does not serve us into a FixableError: the problem, its place, and the fix. */
import type { KafkaSourceConfig } from '../../config/sources/kafka.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Turns any failure of kafkajs while opening into one message with its fix. */
export function refusal(
  source: string,
  config: KafkaSourceConfig,
  group: string,
  error: unknown,
): FixableError {
  if (error instanceof FixableError) return error;
  const { what, fix } = explain(source, config, group, chainOf(error));
  return new FixableError('source', `source ${source}: ${what}`, fix, { cause: error });
}

/** Returns the same text in one line, for trouble that ends by itself. */
export function troubleText(
  source: string,
  config: KafkaSourceConfig,
  group: string,
  error: unknown,
): string {
  const { what, fix } = explain(source, config, group, chainOf(error));
  return `${what} (${fix})`;
}

/** Returns true when the members of the group share partitions in another way than we do. */
export function isOtherProtocol(error: unknown): boolean {
  return chainOf(error).some(({ type }) => type === 'INCONSISTENT_GROUP_PROTOCOL');
}

/** The error for a second reader of a group. `others` names the members of the group for people; it may be empty. */
export function secondReader(
  source: string,
  config: KafkaSourceConfig,
  group: string,
  others: readonly string[],
): FixableError {
  const who = others.length === 0 ? 'another process' : `another process (${others.join(', ')})`;
  return new FixableError(
    'source',
    `source ${source}: ${who} reads the topic ${config.topic} in the consumer group ${group} already`,
    'keep one of the two: rules look at all partitions together, so one process reads them all. For a spare that takes over ' +
      'when the first ends, start it on the same data_dir with `tocsin run --standby`. To read the topic twice on purpose, give ' +
      `sources.${source}.kafka.group another name`,
  );
}

/** The error when the group belongs to a program of another kind. */
export function otherProgram(source: string, group: string): FixableError {
  return new FixableError(
    'source',
    `source ${source}: the consumer group ${group} is in use by another kind of program, or by an older Tocsin`,
    `stop that program, or give sources.${source}.kafka.group a name that only this Tocsin uses`,
  );
}

interface Cause {
  readonly name: string;
  readonly type: string;
  readonly message: string;
}

/** Returns the error and its causes. kafkajs wraps the original error in the errors of the steps that failed. */
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
