/**
 * The single values that blocks of tocsin.yaml consist of. `meta` gives the words for messages: the expected value, and an example. The
 * JSON Schema of the file (json-schema.ts) says them too.
 */
import { z } from 'zod';
import { DURATION_SHAPE, durationMs } from '../event/duration.ts';
import { parseRate, RATE_SHAPE } from './units.ts';

export const word = (what: string, example: string) => z.string().min(1).meta({ what, example });

/**
 * The secret part of a value: all of it, the credentials in an address, or an address that is one credential as a whole. Values that the
 * schema marks so are removed from every text that leaves the process (secret-places.ts).
 */
export type SecretKind = 'value' | 'address' | 'whole_address';

export const secret = (kind: SecretKind, what: string, example: string) =>
  z.string().min(1).meta({ what, example, secret: kind });

/**
 * A text that `parse` understands. Where it does not, `what`, `example` and the message of a RangeError explain the problem. `shape`: what
 * every such text looks like, for editors.
 */
export function parsed<T>(
  what: string,
  example: string,
  parse: (text: string) => T | undefined,
  shape?: RegExp,
) {
  return z
    .string()
    .transform((text, context) => {
      try {
        const value = parse(text);
        if (value !== undefined) return value;
        context.addIssue({ code: 'custom' });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        context.addIssue({ code: 'custom', params: { reason: error.message } });
      }
      return z.NEVER;
    })
    .meta({ what, example, ...(shape !== undefined && { shape: shape.source }) });
}

export const duration = (example: string) =>
  parsed('a duration (500ms, 30s, 5m, 1h30m, 72h, 7d)', example, durationMs, DURATION_SHAPE);

export const positive = (example: string) =>
  parsed(
    'a duration longer than 0 (30s, 5m, 72h, 7d)',
    example,
    (text) => {
      const ms = durationMs(text);
      return ms === undefined || ms <= 0 ? undefined : ms;
    },
    DURATION_SHAPE,
  );

/** A rate of messages to one receiver. `max`: the rate that its service allows. */
export const rate = (max: string, example: string) =>
  parsed(
    `a rate up to ${max} (of messages, by second or minute)`,
    example,
    (text) => {
      const [perMinute, perMinuteMax] = [parseRate(text), parseRate(max)!];
      return perMinute === undefined || perMinute > perMinuteMax ? undefined : perMinute;
    },
    RATE_SHAPE,
  ).optional();

/** One text or a list of texts; the result is always a list. `fallback`: what counts where the file says nothing, for the reference. */
export const oneOrMore = (what: string, example: string, fallback?: string) =>
  z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .meta({ what, example, ...(fallback !== undefined && { fallback }) });

/** A block that may be written with nothing in it. */
export const maybeEmpty = <T extends z.ZodType>(block: T) => z.preprocess((value) => value ?? {}, block);
