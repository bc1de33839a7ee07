/** The kind of archive that is configured with `elasticsearch:`. */
import { z } from 'zod';
import { splitAddress } from '../address.ts';
import { checkBase } from '../check-addresses.ts';
import type { Kind } from '../kind.ts';
import { makeSecret, type Secret } from '../secret.ts';
import { buildTls, tlsFiles, type TlsConfig } from '../tls.ts';
import { positive, secret, word } from '../values.ts';

const schema = z.strictObject({
  node: secret('address', 'a URL', '"http://127.0.0.1:9200"'),
  index: word('the prefix of the daily indices', 'order-logs'),
  api_key: secret('value', 'an API key', '"${ES_API_KEY}"').optional(),
  username: word('a user name', 'tocsin').optional(),
  password: secret('value', 'a password', '"${ES_PASSWORD}"').optional(),
  tls: tlsFiles.optional(),
  retention: positive('30d').prefault('30d'),
});

export interface ElasticsearchConfig {
  readonly kind: 'elasticsearch';
  /** The address without user name and password, which are in `username` and `password`. */
  readonly node: string;
  /** Prefix of the daily indices: `<index>-2026.11.23`, `<index>-undated`. */
  readonly index: string;
  readonly apiKey?: Secret;
  readonly username?: string;
  readonly password?: Secret;
  readonly tls?: TlsConfig;
  readonly retentionMs: number;
}

export const elasticsearch: Kind<typeof schema, ElasticsearchConfig> = {
  schema,
  build({ node, index, api_key: apiKey, username, password, tls, retention }, { at }) {
    const { url, ...credentials } = splitAddress(node);
    return {
      kind: 'elasticsearch',
      node: url,
      index,
      ...credentials,
      ...(apiKey !== undefined && { apiKey: makeSecret(apiKey) }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: makeSecret(password) }),
      ...(tls && { tls: buildTls(tls, at) }),
      retentionMs: retention,
    };
  },
  check({ node, index, username, password, api_key: apiKey }, path, report) {
    if (splitAddress(node).username !== undefined && (username ?? password ?? apiKey) !== undefined) {
      report(
        [...path, 'node'],
        'both the address and other keys give credentials',
        'remove `user:password@` from `node`, or the keys',
      );
    }
    if (!/^[a-z0-9][a-z0-9_.-]{0,199}$/u.test(index)) {
      report(
        [...path, 'index'],
        `"${index}" is no name for an index`,
        'use lower-case letters, digits, - and _',
      );
    }
    if ((username === undefined) !== (password === undefined)) {
      const missing = username === undefined ? 'username' : 'password';
      report(path, `\`${missing}\` is missing`, 'give both username and password, or an api_key', true);
    }
    if (apiKey !== undefined && username !== undefined) {
      report([...path, 'api_key'], 'both an api_key and a username are given', 'keep one of them', true);
    }
    checkBase([...path, 'node'], node, report);
  },
};
