/** The keys of `timestamp` in tocsin.yaml. */
import { z } from 'zod';
import { oneOrMore, word } from '../values.ts';
import type { Preset } from './presets.ts';

const path = z.string().min(1);
const secondsAndNanos = z.strictObject({ seconds: path, nanos: path });

/** `fallback`: what counts where neither the file nor a preset says anything. */
const field = z
  .union([path, secondsAndNanos, z.array(z.union([path, z.array(path).min(1), secondsAndNanos])).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .meta({
    what: 'a field, { seconds: FIELD, nanos: FIELD }, or a list of these and of [fields, whose, texts, are, joined]',
    example: '[[date, time]]',
    fallback: '@timestamp',
  });

const format = oneOrMore('a time format or a list of them', 'iso8601', 'iso8601');

export const timestampSchema = z.strictObject({
  field: field.optional(),
  format: format.optional(),
  timezone: word('an IANA time zone', 'Asia/Shanghai').default('UTC'),
  year: z.int().min(1970).max(9999).meta({ what: 'a year', example: '2016' }).optional(),
});

/** Returns where the time stands and how it is written: as the file says, else as the preset does. */
export function timeOf(
  given: Pick<z.infer<typeof timestampSchema>, 'field' | 'format'>,
  preset: Preset | undefined,
): { readonly field: z.infer<typeof field>; readonly format: readonly string[] } {
  return {
    field: given.field ?? field.parse(preset?.timestamp.field ?? '@timestamp'),
    format: given.format ?? format.parse(preset?.timestamp.format ?? 'iso8601'),
  };
}
