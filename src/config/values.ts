/** The single values that blocks of tocsin.yaml are made of. `meta` gives the words of messages: what is expected, and an example. */
import { z } from 'zod';
import { durationMs } from '../event/duration.ts';
import { parseRate } from './units.ts';

export const word = (what: string, example: string) => z.string().min(1).meta({ what, example });

/**
 * What of a value nobody may see: all of it, the credentials in an address, or an address that is one credential as a whole. Whatever the
 * schema marks so is cut out of every text that leaves the process (secret-places.ts).
 */
export type SecretKind = 'value' | 'address' | 'whole_address';

export const secret = (kind: SecretKind, what: string, example: string) =>
  z.string().min(1).meta({ what, example, secret: kind });

/** A text that `parse` understands; `what` and `example` explain it where it does not, and the words of a RangeError. */
export function parsed<T>(what: string, example: string, parse: (text: string) => T | undefined) {
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
    .meta({ what, example });
}

export const duration = (example: string) =>
  parsed('a duration (500ms, 30s, 5m, 1h30m, 72h, 7d)', example, durationMs);

export const positive = (example: string) =>
  parsed('a duration longer than 0 (30s, 5m, 72h, 7d)', example, (text) => {
    const ms = durationMs(text);
    return ms === undefined || ms <= 0 ? undefined : ms;
  });

/** Messages to one receiver; `most` is what its service takes. */
export const rate = (most: string, example: string) =>
  parsed(`a rate up to ${most} (of messages, by second or minute)`, example, (text) => {
    const [perMinute, perMinuteMax] = [parseRate(text), parseRate(most)!];
    return perMinute === undefined || perMinute > perMinuteMax ? undefined : perMinute;
  }).optional();

/** One text or a list of them, always a list afterwards. */
export const oneOrMore = (what: string, example: string) =>
  z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .meta({ what, example });

/** A block that may be written with nothing in it. */
export const maybeEmpty = <T extends z.ZodType>(block: T) => z.preprocess((value) => value ?? {}, block);
