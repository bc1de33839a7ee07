/** How long a group is followed that nothing is heard of any more. */
import type { Duration, FieldName } from '../../rule/ast.ts';
import { SEEN_WITHIN_MS } from '../../rule/forms/spans.ts';

/** Ms after its last event: `seen within`; Infinity without `by`. */
export function forgetAfterMs({
  by,
  seenWithin,
}: {
  readonly by: readonly FieldName[];
  readonly seenWithin?: Duration;
}): number {
  return by.length === 0 ? Infinity : (seenWithin?.ms ?? SEEN_WITHIN_MS);
}
