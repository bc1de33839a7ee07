/**
 * Splits the address of a service, which may hold credentials (`https://user:password@host/`), into a part that may be shown and a part
 * that is sent as Authorization. An address with credentials in it can neither be fetched nor shown.
 */
import { decoded, keepSecret } from '../event/redact.ts';
import { makeSecret, UNSET, type Secret } from './secret.ts';

export interface Address {
  /** The address without user name and password. */
  readonly url: string;
  readonly username?: string;
  readonly password?: Secret;
}

/** Splits an address. A text without credentials, or that is no URL, stays as it is. */
export function splitAddress(text: string): Address {
  const url = URL.parse(text);
  if (url === null || (url.username === '' && url.password === '')) return { url: text };
  const [username, password] = [decoded(url.username), decoded(url.password)];
  [url.username, url.password] = ['', ''];
  return { url: url.href, username, password: makeSecret(password) };
}

/** Parses `127.0.0.1:7080`, `[::1]:7080` or `kafka-1:9092`; undefined for any other text. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})$/u.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** Returns the header `Authorization` for the credentials of an address; undefined where it has none. */
export function basicAuth({ username, password }: Address): Secret | undefined {
  if (username === undefined || password === undefined) return undefined;
  return makeSecret(`Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`);
}

/** Keeps secret a user name with its password, in the forms that Basic and PLAIN send. */
export function keepPair(username: string, password: string): void {
  keepSecret(Buffer.from(`${username}:${password}`).toString('base64'));
  keepSecret(Buffer.from(`\0${username}\0${password}`).toString('base64'));
}

/**
 * Keeps the secret parts of an address out of all texts from now on: its password, user name and password together as Basic and PLAIN send
 * them, the values of its query, and values of the environment in its path. `environment`: the values of variables that the configuration
 * names.
 */
export function keepAddressSecret(text: string, environment: Iterable<string>): void {
  // An address such as host:port may have a login before it as well.
  const url = URL.parse(text.includes('://') ? text : `any://${text}`);
  if (url === null) {
    // The text is no URL, so nobody knows which part of it is the credential.
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

/**
 * Keeps an address secret that is a credential as a whole: for many services it is all that one needs to post. Only scheme and host stay
 * visible.
 */
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
  // A part of the path may be quoted in an answer such as "no hook T0…/B0…".
  for (const part of pathname.split('/')) if (part.length >= PATH_PART_LENGTH_MIN) keepSecret(part);
  keepAddressSecret(text, []);
}

/** A shorter path is a word such as `/hook` and no credential. */
const PATH_LENGTH_MIN = 8;
const PATH_PART_LENGTH_MIN = 16;
