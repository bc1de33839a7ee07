/**
 * Addresses of services that may hold credentials (`https://user:password@host/`): split into what may be shown and what is sent as
 * Authorization. An address with credentials in it can neither be fetched nor shown.
 */
import { decoded, keepSecret } from '../event/redact.ts';
import { makeSecret, UNSET, type Secret } from './secret.ts';

export interface Address {
  /** Without user name and password. */
  readonly url: string;
  readonly username?: string;
  readonly password?: Secret;
}

/** The text as it is where it holds no credentials or is no URL. */
export function splitAddress(text: string): Address {
  const url = URL.parse(text);
  if (url === null || (url.username === '' && url.password === '')) return { url: text };
  const [username, password] = [decoded(url.username), decoded(url.password)];
  [url.username, url.password] = ['', ''];
  return { url: url.href, username, password: makeSecret(password) };
}

/** `127.0.0.1:7080`, `[::1]:7080`, `kafka-1:9092`; undefined for anything else. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})$/u.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** The header `Authorization` for what stood in an address; undefined where nothing did. */
export function basicAuth({ username, password }: Address): Secret | undefined {
  if (username === undefined || password === undefined) return undefined;
  return makeSecret(`Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`);
}

/** A name and a password as Basic and PLAIN send them. */
export function keepPair(username: string, password: string): void {
  keepSecret(Buffer.from(`${username}:${password}`).toString('base64'));
  keepSecret(Buffer.from(`\0${username}\0${password}`).toString('base64'));
}

/**
 * From here on no text shows what is secret in an address: its password, the pair of both as Basic and PLAIN send them, what its query
 * says, and in its path what came from the environment. `environment`: the values of variables that the configuration names.
 */
export function keepAddressSecret(text: string, environment: Iterable<string>): void {
  // host:port may have a login before it too.
  const url = URL.parse(text.includes('://') ? text : `any://${text}`);
  if (url === null) {
    // No URL, so nobody knows which part is the credential.
    if (text.includes('@')) keepSecret(text);
    return;
  }
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (password !== '') {
    keepSecret(password);
    keepSecret(url.password);
    keepPair(username, password);
  } else if (username !== '') keepSecret(username); // A token alone, as some services have it.
  for (const value of url.searchParams.values()) keepSecret(value);
  const behindHost = url.pathname + url.search + url.hash;
  for (const value of environment) {
    if (value !== UNSET && decoded(behindHost).includes(decoded(value)) && !value.includes('://'))
      keepSecret(value);
  }
}

/** An address that is a credential as a whole (of many services it is all that one needs to post): scheme and host remain. */
export function keepWholeAddressSecret(text: string): void {
  const url = URL.parse(text);
  if (url === null) {
    keepSecret(text);
    return;
  }
  const { protocol, host, pathname, search, hash } = url;
  const shown = `${protocol}//${host}/[redacted]`;
  const bare = splitAddress(text).url;
  const rest = pathname + search + hash;
  if (rest.length > 1)
    for (const whole of [text, url.href, bare, `${protocol}//${host}${rest}`]) keepSecret(whole, shown);
  if (rest.length >= PATH_LENGTH_MIN) keepSecret(rest);
  // Part of an answer such as "no hook T0…/B0…".
  for (const part of pathname.split('/')) if (part.length >= PATH_PART_LENGTH_MIN) keepSecret(part);
  keepAddressSecret(text, []);
}

/** A shorter path is a word such as `/hook` and no credential. */
const PATH_LENGTH_MIN = 8;
const PATH_PART_LENGTH_MIN = 16;
