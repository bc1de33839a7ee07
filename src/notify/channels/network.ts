/** HTTP as the channels need it: one bounded attempt, whose failure says whether the request can have arrived. */
import type { Secret } from '../../config/config.ts';
import type { Outcome } from '../channel.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs?: number;
}

/** Well below the 15 s that a channel has. */
export const requestTimeoutMs = 10_000;
const answerBytesMost = 64_000;

export async function postJson(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer | (Outcome & { kind: 'retry' })> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const after = response.headers.get('retry-after');
    return {
      status: response.status,
      body: (await response.text()).slice(0, answerBytesMost),
      ...(after === null ? {} : { retryAfterMs: retryAfterMs(after) }),
    };
  } catch (error) {
    return { kind: 'retry', unsent: neverConnected(error), because: networkText(error) };
  }
}

/** The header for the credentials that stood in an address of the configuration. */
export function authorizationOf({
  authorization,
}: {
  readonly authorization?: Secret;
}): Readonly<Record<string, string>> {
  return authorization === undefined ? {} : { authorization: authorization.reveal() };
}

/**
 * A gateway that passed the request on and had no answer of the server behind it: the one status by which a message may have arrived
 * all the same. Any other that is not a success is the word of a server that it did not take the message.
 */
export function isLostBehindGateway(status: number): boolean {
  return status === 502 || status === 504 || status >= 520;
}

/** Seconds or an HTTP date; at most an hour. */
function retryAfterMs(value: string): number {
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1_000), 3_600_000) : 60_000;
}

const connectCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** A certificate that is not taken, or a handshake that fails: no request is written before either. */
const handshakeCode =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|UNSUPPORTED_PROTOCOL|TLSV1|SSLV3_ALERT_HANDSHAKE))/u;
const connectCalls = new Set(['connect', 'getaddrinfo']);

/** True only where no connection came about, so that nothing can have been sent. */
export function neverConnected(error: unknown): boolean {
  return chain(error).some(
    ({ code, syscall }) =>
      (typeof code === 'string' && (connectCodes.has(code) || handshakeCode.test(code))) ||
      (typeof syscall === 'string' && connectCalls.has(syscall)),
  );
}

/** The innermost cause in words; it may name the address: what is secret in it is cut out of whatever a channel says (guarded.ts). */
export function networkText(error: unknown): string {
  const causes = chain(error);
  const code = causes.findLast((each) => typeof each['code'] === 'string')?.['code'];
  const last = causes.at(-1)?.['message'];
  return (
    [code, last].filter((part) => typeof part === 'string' && part !== '').join(': ') || 'network failure'
  );
}

function chain(error: unknown): readonly Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let current = error;
  while (typeof current === 'object' && current !== null && found.length < 5) {
    found.push(current as Record<string, unknown>);
    const { cause, original, errors } = current as {
      cause?: unknown;
      original?: unknown;
      errors?: unknown[];
    };
    current = cause ?? original ?? errors?.[0];
  }
  return found.map((each) => ({ ...each, message: each['message'] }));
}
