/** The documents of a sample, seen by their fields. */
import type { JsonObject, JsonValue } from '../../../event/event.ts';
import { documentLeaves } from '../../../event/document-leaves.ts';

export interface SampleDocuments {
  readonly count: number;
  /** The values of each path that are no lists and not null, one a document, in the order in which paths are met. */
  readonly values: ReadonlyMap<string, readonly JsonValue[]>;
}

/** More fields of a document are not looked at, and of a log not known. */
const LEAVES_MAX = 200;
const PATHS_MAX = 1_000;

export function documentsOf(documents: Iterable<JsonObject>): SampleDocuments {
  const values = new Map<string, JsonValue[]>();
  let count = 0;
  for (const document of documents) {
    count += 1;
    for (const [path, value] of documentLeaves(document, LEAVES_MAX)) {
      const first = Array.isArray(value) ? ((value as readonly JsonValue[])[0] ?? null) : value;
      if (first === null || typeof first === 'object') continue;
      const known = values.get(path);
      if (known !== undefined) known.push(first);
      else if (values.size < PATHS_MAX) values.set(path, [first]);
    }
  }
  return { count, values };
}
