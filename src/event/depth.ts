/** How deep values of JSON are nested. */

/** Every thread can read and write a document that is nested less deep. */
const DEPTH_MAX = 1_000;

/** Returns true if the value is nested so deep that not every thread can write it. `text`: the JSON that it was read from, or a longer text. */
export function isDeep(value: unknown, text: string): boolean {
  // No document is nested deeper than half of its text is long.
  if (text.length < 2 * DEPTH_MAX) return false;
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return true;
    level = level.flatMap(childrenOf);
  }
  return false;
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value as Record<string, unknown>) : [];
}
