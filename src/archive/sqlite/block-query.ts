/** A query as blocks are asked: terms as bytes, so that the thread that searches needs no schema. */
import type { Schema } from '../../event/event.ts';
import type { CompareOp } from '../../rule/ast.ts';
import { boundedFields } from './blocks/bounds.ts';
import { OWNER_BYTES } from './blocks/term-table.ts';
import { all, any, type IndexQuery } from './candidates.ts';
import { keywordEnd, ownerOf, WORDS } from './terms.ts';

export type BlockQuery =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly BlockQuery[] }
  /** `bytes`: a term, or its beginning. */
  | { readonly kind: 'term'; readonly bytes: Uint8Array; readonly isPrefix: boolean }
  /** `field`: index in `boundedFields`. */
  | { readonly kind: 'range'; readonly field: number; readonly op: CompareOp; readonly limit: number };

/** Returns undefined where blocks do not narrow the search. */
export function blockQuery(query: IndexQuery | undefined, schema: Schema): BlockQuery | undefined {
  switch (query?.kind) {
    case undefined:
      return undefined;
    case 'all':
      return all(query.parts.map((part) => blockQuery(part, schema)));
    case 'any':
      return any(query.parts.map((part) => blockQuery(part, schema)));
    case 'word':
      return { kind: 'term', bytes: termOf(WORDS, Buffer.from(query.text)), isPrefix: query.isPrefix };
    case 'exact': {
      const bytes = Buffer.from(query.text);
      const kept = bytes.subarray(0, keywordEnd(bytes, 0, bytes.length));
      return { kind: 'term', bytes: termOf(ownerOf(query.field, schema), kept), isPrefix: query.isPrefix };
    }
    case 'range': {
      const field = boundedFields(schema).indexOf(query.field);
      return field < 0 ? undefined : { kind: 'range', field, op: query.op, limit: query.limit };
    }
  }
}

function termOf(owner: number, text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(OWNER_BYTES + text.length);
  bytes.set([owner >>> 8, owner & 0xff]);
  bytes.set(text, OWNER_BYTES);
  return bytes;
}
