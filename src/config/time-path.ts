/** Where the time of a line stands, by the names of fields. */
import type { TimePath } from './config.ts';

/** Returns the fields without which there is no time: one, those that are joined, or the seconds (nanoseconds only add to them). */
export function namesOfTime(path: TimePath): readonly string[] {
  if (typeof path === 'string') return [path];
  return 'seconds' in path ? [path.seconds] : path;
}
