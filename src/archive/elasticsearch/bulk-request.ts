/** One bulk request and what its answer means for each document. Decides nothing but that; the loop acts on it. */
import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { Nonsense, TooLong } from '../../event/answer.ts';
import { ask, inBounds, refusalOf } from './ask.ts';
import type { Refusal } from './ask.ts';
import { writeAlias } from './indices.ts';

/** A document on its way. */
export interface BulkDocument {
  readonly id: string;
  readonly index: string;
  /** JSON of the document. */
  readonly source: string;
  /** UTF-8 bytes that it adds to a request. */
  readonly bytes: number;
}

/** What the store did with a document. */
export type ItemOutcome =
  | { readonly kind: 'created' | 'existing' }
  /** Never taken as it is: for the dead letters. */
  | { readonly kind: 'dead'; readonly refusal: Refusal }
  /** Not taken now. `missing`: its index is not there, or not made by the archive. */
  | { readonly kind: 'retry' | 'missing'; readonly refusal: Refusal };

/** Answer to a request: outcomes in the order of its documents, or the whole request refused. */
export type BulkAnswer =
  | { readonly kind: 'items'; readonly outcomes: readonly ItemOutcome[] }
  /** `split`: the request is too big. `suspect`: it may hold a document that spoils it. */
  | { readonly kind: 'retry' | 'split' | 'suspect'; readonly refusal: Refusal };

const bulkItem = z.object({
  create: z.object({
    status: z.int().min(200).max(599),
    error: z.object({ type: z.string().optional(), reason: z.string().nullish() }).optional(),
  }),
});
const bulkItems = z.object({ items: z.array(bulkItem) });

const FILTER = ['errors', 'items.*.status', 'items.*.error.type', 'items.*.error.reason'].join(',');

/** Bounds of an answer: a reason may quote the value that it is about, which is as long as a line. */
const ANSWER_BYTES = 4 << 20;
const ITEM_BYTES = 4 << 10;

export async function sendBulk(
  client: Client,
  documents: readonly BulkDocument[],
  signal: AbortSignal,
): Promise<BulkAnswer> {
  try {
    const { items } = await ask(
      bulkItems,
      (options) =>
        client.transport.request(
          {
            method: 'POST',
            path: '/_bulk',
            querystring: { filter_path: FILTER, require_alias: true },
            bulkBody: bulkBody(documents),
          },
          options,
        ),
      { signal, bytesMax: ANSWER_BYTES + ITEM_BYTES * documents.length },
    );
    // What is there already is found by its id, when all are sent again.
    if (items.length !== documents.length)
      throw new Nonsense(`${items.length} answers to ${documents.length} documents`);
    return { kind: 'items', outcomes: items.map(outcomeOf) };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.status === 413) return { kind: 'split', refusal };
    // Of fewer documents the answer may be short enough.
    const isSuspect = refusal.status === 400 || error instanceof TooLong;
    return { kind: isSuspect ? 'suspect' : 'retry', refusal };
  }
}

function bulkBody(documents: readonly BulkDocument[]): string {
  let body = '';
  for (const { id, index, source } of documents) {
    body += `{"create":{"_index":${JSON.stringify(writeAlias(index))},"_id":${JSON.stringify(id)}}}\n${source}\n`;
  }
  return body;
}

/** The table of streaming: 2xx and 409 done, 408, 429 and 5xx again, 401 and 403 again when mended, else never. */
function outcomeOf({ create: { status, error } }: z.infer<typeof bulkItem>): ItemOutcome {
  if (status >= 200 && status < 300) return { kind: 'created' };
  if (status === 409) return { kind: 'existing' };
  const refusal = { status, ...inBounds(error?.type ?? `http_${status}`, error?.reason ?? '') };
  if (status === 404) return { kind: 'missing', refusal };
  const isForNow = status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
  return { kind: isForNow ? 'retry' : 'dead', refusal };
}
