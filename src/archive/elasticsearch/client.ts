/** The client of Elasticsearch. It does no retries of its own, compresses bodies that leave the machine and limits every wait. */
import { readFileSync } from 'node:fs';
import { Client } from '@elastic/elasticsearch';
import type { ClientOptions } from '@elastic/elasticsearch';
import type { ElasticsearchConfig } from '../../config/archives/elasticsearch.ts';
import type { TlsConfig } from '../../config/tls.ts';
import { NONSENSE } from './ask.ts';
import type { Refusal } from './ask.ts';
import { ANSWER_BYTES, BoundedConnection } from './connection.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Between processes of one machine, compressing costs more than it saves. */
const HERE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Returns true if requests and answers are compressed. */
export function isPacked({ node }: Pick<ElasticsearchConfig, 'node'>): boolean {
  return !HERE.has(new URL(node).hostname);
}

/** Creates the client. Throws FixableError for a certificate that cannot be read. */
export function createClient(config: ElasticsearchConfig, requestTimeoutMs: number): Client {
  const auth = authOf(config);
  return new Client({
    node: config.node,
    Connection: BoundedConnection,
    maxResponseSize: ANSWER_BYTES,
    maxRetries: 0,
    requestTimeout: requestTimeoutMs,
    compression: isPacked(config),
    // An error of the client is told by its name and message alone. Its default copies the request, byte by byte.
    redaction: { type: 'remove' },
    // A log line may hold the key `__proto__`. JSON.parse makes a plain property of it, which is safe.
    disablePrototypePoisoningProtection: true,
    ...(auth !== undefined && { auth }),
    ...(config.tls !== undefined && { tls: tlsOf(config.tls) }),
  });
}

function authOf(config: ElasticsearchConfig): ClientOptions['auth'] {
  if (config.apiKey !== undefined) return { apiKey: config.apiKey.reveal() };
  if (config.username === undefined) return undefined;
  return { username: config.username, password: config.password?.reveal() ?? '' };
}

function tlsOf({ caFile, certFile, keyFile }: TlsConfig): NonNullable<ClientOptions['tls']> {
  const tls: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  if (caFile !== undefined) tls.ca = fileOf('ca', caFile);
  if (certFile !== undefined) tls.cert = fileOf('cert', certFile);
  if (keyFile !== undefined) tls.key = fileOf('key', keyFile);
  return tls;
}

function fileOf(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FixableError(
      'archive',
      `archive.elasticsearch.tls.${key}: ${path} cannot be read`,
      'name a readable PEM file',
      { cause: error },
    );
  }
}

/** `type` of the refusal for an index that exists with another mapping than the archive's. */
export const FOREIGN_MAPPING = 'foreign_mapping';

/** Returns a text that says that documents wait, why, and what a person must mend. */
export function refusalText(refusal: Refusal, node: string): string {
  const { status, type, reason } = refusal;
  const fix = fixOf(refusal, node);
  if (type === FOREIGN_MAPPING) return `documents wait, since ${reason}; ${fix}`;
  if (type === NONSENSE) return `${nonsenseText(node, reason)}; documents wait; ${fix}`;
  return `Elasticsearch does not take documents now (${status ?? 'no answer'}, ${type}: ${reason}); ${fix}`;
}

export function nonsenseText(node: string, reason: string): string {
  return `Elasticsearch at ${node} answers nonsense: ${reason}`;
}

/** Returns what a person must mend after a refused request, or how to find out. */
export function fixOf({ status, type, reason }: Refusal, node: string): string {
  if (type === FOREIGN_MAPPING)
    return 'delete the index, or move its documents away (_reindex) and delete it, or set archive.elasticsearch.index to another name';
  const isAnother = type === NONSENSE || type === 'ProductNotSupportedError';
  if (isAnother || (status !== undefined && status < 400))
    return 'archive.elasticsearch.node must name Elasticsearch itself, with no proxy between that answers in its place';
  if (status === undefined) {
    return `start Elasticsearch at ${node}, or correct archive.elasticsearch.node`;
  }
  if (status === 401)
    return 'set archive.elasticsearch.api_key (or username and password) to valid credentials';
  if (type === 'master_not_discovered_exception' || (status === 503 && type === 'cluster_block_exception'))
    return 'Elasticsearch has no elected master, or has just started: wait, or start its other nodes; its log says which are missing';
  if (type === 'cluster_block_exception') {
    return reason.includes('flood') || reason.includes('read-only-allow-delete')
      ? 'make room on the disks of Elasticsearch; it then takes the block away itself'
      : 'take the block away: set index.blocks.* or cluster.blocks.* to null';
  }
  if (status === 403) {
    return 'give the credentials the cluster privileges monitor and manage_index_templates, and manage, create_doc and read on the indices';
  }
  if (status === 429) return 'Elasticsearch is overloaded: give it time, memory or nodes';
  return 'see the log of Elasticsearch';
}
