/**
 * Sends requests to Elasticsearch. Each ends with the answer in the expected form, or with a refusal. Every answer of Elasticsearch comes
 * in here. No answer is believed only because of its status or its first bytes.
 */
import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { Nonsense, oneLine, understood } from '../../event/answer.ts';

/** A request that went wrong. `status`: status of the answer; undefined if there was no answer or none that could be understood. */
export interface Refusal {
  readonly status: number | undefined;
  /** Name of the error as Elasticsearch or its client gives it, or NONSENSE. */
  readonly type: string;
  /** One line of at most REASON_LIMIT characters. */
  readonly reason: string;
}

/** `type` of the refusal when an answer does not fit the request. */
export const NONSENSE = 'nonsense';

const REASON_LIMIT = 1_000;
const TYPE_LIMIT = 100;

/** Error for an answer of the service that is a refusal. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.type}: ${refusal.reason}`);
    this.refusal = refusal;
  }
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Maximum bytes of the answer. Default: the client's own bound. */
  readonly bytesMax?: number;
}

/** Options for the client with which it returns every answer, whatever its status, and interprets none. */
interface Uninterpreted {
  readonly meta: true;
  readonly maxRetries: 0;
  readonly ignore: number[];
  readonly signal?: AbortSignal;
  readonly maxResponseSize?: number;
}

type Request = (
  options: Uninterpreted,
) => Promise<{ readonly statusCode?: number | null; readonly body: unknown }>;

/** All statuses that the client would turn into an error of its own, after reading the body in its own way. */
const EVERY_STATUS = Array.from({ length: 600 }, (_, i) => 400 + i);

/** Returns the answer. Rejects with an error that `refusalOf` reads. */
export async function ask<T>(shape: ZodType<T>, request: Request, options: AskOptions = {}): Promise<T> {
  const { status, body } = await answerTo(request, options);
  return successOf(shape, status, body);
}

/** Does the same as `ask`, but returns undefined if the answer has the status `unless`. */
export async function askUnless<T>(
  unless: number,
  shape: ZodType<T>,
  request: Request,
): Promise<T | undefined> {
  const { status, body } = await answerTo(request, {});
  return status === unless ? undefined : successOf(shape, status, body);
}

async function answerTo(
  request: Request,
  { signal, bytesMax }: AskOptions,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { statusCode, body } = await request({
    meta: true,
    maxRetries: 0,
    ignore: EVERY_STATUS,
    ...(signal !== undefined && { signal }),
    ...(bytesMax !== undefined && { maxResponseSize: bytesMax }),
  });
  return { status: statusCode ?? 0, body };
}

function successOf<T>(shape: ZodType<T>, status: number, body: unknown): T {
  if (status < 200 || status > 299) throw new Refused(refusalIn(status, body));
  return understood(shape, body);
}

/** Answer of Elasticsearch to a request that changes something. */
export const acknowledged = z.object({ acknowledged: z.boolean() });

const errorBody = z.object({
  error: z.union([z.string(), z.object({ type: z.string(), reason: z.string().nullish() })]),
});

function refusalIn(status: number, body: unknown): Refusal {
  const parsed = errorBody.safeParse(body);
  const cause = parsed.success ? parsed.data.error : undefined;
  const type = typeof cause === 'object' ? cause.type : `http_${status}`;
  const reason = typeof cause === 'object' ? (cause.reason ?? 'no reason given') : (cause ?? bodyText(body));
  return { status, ...inBounds(type, reason) };
}

function bodyText(body: unknown): string {
  if (typeof body === 'string') return body.trim() === '' ? 'an empty answer' : body;
  try {
    return JSON.stringify(body) || 'an empty answer';
  } catch {
    // The body is nested deeper than the stack allows.
    return 'an answer that cannot be shown';
  }
}

/** Cuts the words of a refusal to the length in which they are kept and shown. */
export function inBounds(type: string, reason: string): Pick<Refusal, 'type' | 'reason'> {
  return { type: oneLine(type, TYPE_LIMIT), reason: oneLine(reason, REASON_LIMIT) };
}

/** Returns the refusal in an error that `ask` threw. Any other error is a defect and is thrown on. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof Nonsense) return { status: undefined, ...inBounds(NONSENSE, error.message) };
  if (error instanceof errors.DeserializationError)
    return { status: undefined, ...inBounds(NONSENSE, `the answer is no JSON: ${oneLine(error.data, 200)}`) };
  if (error instanceof errors.ElasticsearchClientError)
    return { status: undefined, ...inBounds(error.name, error.message) };
  throw error;
}
