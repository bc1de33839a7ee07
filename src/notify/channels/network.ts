/** HTTP for the channels: one bounded attempt. A failure says whether the request can have arrived. The texts of failures are made here. */
import type { Secret } from '../../config/secret.ts';
import { Nonsense, oneLine, readBytes } from '../../event/answer.ts';
import type { Clock } from '../../event/clock.ts';
import { durationText } from '../../event/duration.ts';
import type { Outcome } from '../channel.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Empty if the caller did not ask for it. */
  readonly body: string;
  /** Why the body could not be read. */
  readonly nonsense?: Nonsense;
  readonly pause?: Pause;
}

/** How long a service asks for no further requests. */
export interface Pause {
  /** At least a second, at most a quarter of an hour. */
  readonly afterMs: number;
  /** The pause that the service asked for, in words. Present if that was longer than `afterMs`. */
  readonly note?: string;
}

/** Well below the 15 s that a channel has. */
export const REQUEST_TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 64_000;
const TEXT_LENGTH_MAX = 300;
/** Longest pause that a service gets. During a pause nobody is alerted, so a header that asks for more is a mistake or an attack. */
const PAUSE_MAX_MS = 900_000;

export async function postJson(
  url: string,
  body: string,
  options: {
    readonly clock: Pick<Clock, 'wallMs'>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly wantsBody: boolean;
  },
): Promise<HttpAnswer | (Outcome & { kind: 'retry' })> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...options.headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const { status, headers } = response;
    const after = headers.get('retry-after');
    const answer = { status, ...(after !== null && { pause: pauseOf(after, options.clock.wallMs()) }) };
    if (options.wantsBody) return { ...answer, ...(await bodyOf(response)) };
    dropBody(response);
    return { ...answer, body: '' };
  } catch (error) {
    return { kind: 'retry', unsent: neverConnected(error), because: networkText(error) };
  }
}

/** Returns the header with the credentials that stood in an address of the configuration. */
export function authorizationOf({
  authorization,
}: {
  readonly authorization?: Secret;
}): Readonly<Record<string, string>> {
  return authorization === undefined ? {} : { authorization: authorization.reveal() };
}

async function bodyOf(response: Response): Promise<Pick<HttpAnswer, 'body' | 'nonsense'>> {
  try {
    return { body: await readText(response, ANSWER_MAX_BYTES) };
  } catch (error) {
    if (error instanceof Nonsense) return { body: '', nonsense: error };
    throw error;
  }
}

/** Returns the unpacked body. Rejects with Nonsense if it is longer than `bytesMax`. */
export async function readText(response: Response, bytesMax: number): Promise<string> {
  return response.body === null ? '' : (await readBytes(response.body, bytesMax)).toString();
}

/** Reads nothing of the body and ends its connection. */
export function dropBody(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

/** Reads `Retry-After`: seconds or an HTTP date. Any other value counts as a minute. `wallMs`: now, ms since epoch. */
export function pauseOf(header: string, wallMs: number): Pause {
  const text = header.trim();
  const seconds = text === '' ? NaN : Number(text);
  const askedMs = Number.isNaN(seconds) ? Date.parse(text) - wallMs : seconds * 1000;
  if (Number.isNaN(askedMs)) return { afterMs: 60_000 };
  if (askedMs <= PAUSE_MAX_MS) return { afterMs: Math.max(askedMs, 1_000) };
  const asked =
    askedMs > Number.MAX_SAFE_INTEGER ? 'ever' : durationText(Math.round(askedMs / 1_000) * 1_000);
  return {
    afterMs: PAUSE_MAX_MS,
    note: `asks for a pause of ${asked}; it is left alone for ${durationText(PAUSE_MAX_MS)}`,
  };
}

/**
 * Returns true if a gateway may have passed the request on and got no answer from the server behind it. Then the message may have arrived.
 * With any other status that is not a success, a server says that it did not take the message.
 */
export function isLostBehindGateway(status: number): boolean {
  return status === 502 || status === 504 || status >= 520;
}

const connectCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** The certificate is not accepted, or the handshake fails. In both cases no request was written. */
const HANDSHAKE_CODE =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|UNSUPPORTED_PROTOCOL|TLSV1|SSLV3_ALERT_HANDSHAKE))/u;
const connectCalls = new Set(['connect', 'getaddrinfo']);

/** Returns true only if no connection was made, so that nothing can have been sent. */
export function neverConnected(error: unknown): boolean {
  return chain(error).some(
    ({ code, syscall }) =>
      (typeof code === 'string' && (connectCodes.has(code) || HANDSHAKE_CODE.test(code))) ||
      (typeof syscall === 'string' && connectCalls.has(syscall)),
  );
}

/**
 * Returns the innermost cause in one line. It may name the address; guarded.ts removes the secrets in it from everything that a channel
 * reports.
 */
export function networkText(error: unknown): string {
  const causes = chain(error);
  const code = causes.findLast((each) => typeof each['code'] === 'string')?.['code'];
  const last = causes.at(-1)?.['message'];
  const parts = [code, last].filter((part) => typeof part === 'string' && part !== '');
  return oneLine(parts.join(': '), TEXT_LENGTH_MAX) || 'network failure';
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
