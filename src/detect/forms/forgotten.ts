/** How long a group is followed after its last event. */
import type { Duration, FieldName } from '../../rule/ast.ts';
import { SEEN_WITHIN_MS } from '../../rule/forms/spans.ts';

/** Returns the time after the last event of a group at which it is forgotten, ms: `seen within`. Infinity without `by`. */
export function forgetAfterMs({
  by,
  seenWithin,
}: {
  readonly by: readonly FieldName[];
  readonly seenWithin?: Duration;
}): number {
  return by.length === 0 ? Infinity : (seenWithin?.ms ?? SEEN_WITHIN_MS);
}
