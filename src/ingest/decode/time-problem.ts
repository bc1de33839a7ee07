/** Says for people why no time could be read from a line. */
import type { SourceConfig } from '../../config/config.ts';
import { namesOfTime } from '../../config/time-path.ts';
import type { JsonObject } from '../../event/event.ts';
import { textReader } from './steps/fields.ts';

/** `kind`: the same for all lines that lack a time for the same reason; `detail`: the text that is no time. */
export function timeProblem(
  document: JsonObject,
  { path, format }: SourceConfig['timestamp'],
): { readonly kind: string; readonly detail?: string } {
  const names = path.flatMap(namesOfTime);
  for (const name of names) {
    const text = textReader(name)(document, {});
    if (text !== undefined)
      return { kind: `\`${name}\` is no time of the format ${[format].flat().join(', ')}`, detail: text };
  }
  return { kind: `without a time: no ${names.map((name) => `\`${name}\``).join(', ')}` };
}
