/** The parts that several kinds of channels share: the address of a service, rates, receivers that have names. */
import { basicAuth, splitAddress } from '../address.ts';
import { suggest } from '../../event/did-you-mean.ts';
import type { ReceiverProblem } from './kind.ts';
import type { Secret } from '../secret.ts';

export interface Rate {
  /** Maximum number of messages per minute to one receiver; absent: the channel's own default. */
  readonly ratePerMinute?: number;
}

export function rateOf({ rate }: { readonly rate?: number | undefined }): Rate {
  return rate === undefined ? {} : { ratePerMinute: rate };
}

export interface Authorized {
  /** The header for the user name and password in the address. */
  readonly authorization?: Secret;
}

export function authorizationOf(address: string): Authorized {
  const authorization = basicAuth(splitAddress(address));
  return authorization === undefined ? {} : { authorization };
}

export interface Api extends Authorized {
  /** The address without user name and password. */
  readonly apiUrl: string;
}

export function apiOf({ api_url: apiUrl }: { readonly api_url: string }): Api {
  return { apiUrl: splitAddress(apiUrl).url, ...authorizationOf(apiUrl) };
}

/**
 * Returns the problem of a target that must be one of `names`; undefined where it is. `what`: the kind of thing in the message, such as
 * "webhook".
 */
export function nameProblem(
  what: string,
  target: string,
  names: readonly string[],
): ReceiverProblem | undefined {
  if (names.includes(target)) return undefined;
  const fix =
    names.length === 0
      ? 'none is configured: add it under `channels` in the configuration'
      : suggest(target, names, 'known', Infinity);
  return { message: `there is no ${what} \`${target}\``, fix };
}

export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
