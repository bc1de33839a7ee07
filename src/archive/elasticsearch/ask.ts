/**
 * Requests to Elasticsearch, and how each went: the answer in the form that was expected, or a refusal. Every answer comes in here;
 * none is believed for its status or its beginning.
 */
import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { Nonsense, oneLine, understood } from '../../event/answer.ts';

/** How a request went wrong: the status of the answer, undefined where there was none, or none that could be understood. */
export interface Refusal {
  readonly status: number | undefined;
  /** Elasticsearch's name of the error, or the client's, or NONSENSE. */
  readonly type: string;
  /** One line of at most REASON_LIMIT characters. */
  readonly reason: string;
}

/** Type of the refusal where an answer is none to what was asked. */
export const NONSENSE = 'nonsense';

const REASON_LIMIT = 1_000;
const TYPE_LIMIT = 100;

/** The service answered with a refusal. */
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
  /** Bound of the answer, the client's by default. */
  readonly bytesMax?: number;
}

/** To be handed to the client: it gives every answer back, whatever its status, and interprets none. */
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

/** Every status that the client would make an error of, reading the body as it pleases. */
const EVERY_STATUS = Array.from({ length: 600 }, (_, i) => 400 + i);

/** The answer. Rejects with what `refusalOf` reads. */
export async function ask<T>(shape: ZodType<T>, request: Request, options: AskOptions = {}): Promise<T> {
  const { status, body } = await answerTo(request, options);
  return successOf(shape, status, body);
}

/** As `ask`, but undefined where the answer has this status. */
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
    ...{ meta: true, maxRetries: 0, ignore: EVERY_STATUS },
    ...(signal !== undefined && { signal }),
    ...(bytesMax !== undefined && { maxResponseSize: bytesMax }),
  });
  return { status: statusCode ?? 0, body };
}

function successOf<T>(shape: ZodType<T>, status: number, body: unknown): T {
  if (status < 200 || status > 299) throw new Refused(refusalIn(status, body));
  return understood(shape, body);
}

/** Elasticsearch does so with changes. */
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
    // Nested deeper than the stack allows.
    return 'an answer that cannot be shown';
  }
}

/** A refusal's words as they are kept and shown. */
export function inBounds(type: string, reason: string): Pick<Refusal, 'type' | 'reason'> {
  return { type: oneLine(type, TYPE_LIMIT), reason: oneLine(reason, REASON_LIMIT) };
}

/** Reads what `ask` threw; anything else is a defect, and is thrown on. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof Nonsense) return { status: undefined, ...inBounds(NONSENSE, error.message) };
  if (error instanceof errors.DeserializationError)
    return { status: undefined, ...inBounds(NONSENSE, `the answer is no JSON: ${oneLine(error.data, 200)}`) };
  if (error instanceof errors.ElasticsearchClientError)
    return { status: undefined, ...inBounds(error.name, error.message) };
  throw error;
}
