/**
 * HTTP as the channels need it: one bounded attempt, whose failure says whether the request can have arrived. The texts of what went
 * wrong are made here.
 */
import type { Secret } from '../../config/secret.ts';
import { Nonsense, oneLine, readBytes } from '../../event/answer.ts';
import type { Clock } from '../../event/clock.ts';
import { durationText } from '../../event/duration.ts';
import type { Outcome } from '../channel.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Empty where it was not asked for. */
  readonly body: string;
  /** Why the body could not be taken. */
  readonly nonsense?: Nonsense;
  readonly pause?: Pause;
}

/** For how long a service asks to be left alone. */
export interface Pause {
  /** At least a second, at most a quarter of an hour. */
  readonly afterMs: number;
  /** What it asked for in words, where that was more than it gets. */
  readonly note?: string;
}

/** Well below the 15 s that a channel has. */
export const REQUEST_TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 64_000;
const TEXT_LENGTH_MAX = 300;
/** Nobody can be told for so long; a header that asks for more is a mistake, or worse. */
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

/** The header for the credentials that stood in an address of the configuration. */
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

/** The body, unpacked. Rejects with Nonsense where it is longer. */
export async function readText(response: Response, bytesMax: number): Promise<string> {
  return response.body === null ? '' : (await readBytes(response.body, bytesMax)).toString();
}

/** Not a byte of it is read; its connection ends. */
export function dropBody(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

/** `Retry-After`: seconds or an HTTP date; a minute where it is neither. `wallMs`: now, ms since epoch. */
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
 * A gateway that passed the request on and had no answer of the server behind it: the one status by which a message may have arrived
 * all the same. Any other that is not a success is the word of a server that it did not take the message.
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
/** A certificate that is not taken, or a handshake that fails: no request is written before either. */
const HANDSHAKE_CODE =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|UNSUPPORTED_PROTOCOL|TLSV1|SSLV3_ALERT_HANDSHAKE))/u;
const connectCalls = new Set(['connect', 'getaddrinfo']);

/** True only where no connection came about, so that nothing can have been sent. */
export function neverConnected(error: unknown): boolean {
  return chain(error).some(
    ({ code, syscall }) =>
      (typeof code === 'string' && (connectCodes.has(code) || HANDSHAKE_CODE.test(code))) ||
      (typeof syscall === 'string' && connectCalls.has(syscall)),
  );
}

/** The innermost cause in one line; it may name the address: what is secret in it is cut out of whatever a channel says (guarded.ts). */
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
