/** Says for people why no time could be read from a line. */
import type { SourceConfig, TimePath } from '../../config/config.ts';
import type { JsonObject } from '../../event/event.ts';
import { textReader } from './steps/fields.ts';

/** `kind`: the same for all lines that lack a time for the same reason; `detail`: the text that is no time. */
export function timeProblem(
  document: JsonObject,
  { path, format }: SourceConfig['timestamp'],
): { readonly kind: string; readonly detail?: string } {
  const names = path.flatMap(namesIn);
  for (const name of names) {
    const text = textReader(name)(document, {});
    if (text !== undefined)
      return { kind: `\`${name}\` is no time of the format ${[format].flat().join(', ')}`, detail: text };
  }
  return { kind: `without a time: no ${names.map((name) => `\`${name}\``).join(', ')}` };
}

function namesIn(path: TimePath): readonly string[] {
  if (typeof path === 'string') return [path];
  return 'seconds' in path ? [path.seconds, path.nanos] : path;
}
