/**
 * Sends one bulk request and reads from the answer what happened to each document. Decides nothing more: `BulkLoop` acts on the outcomes.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { Nonsense, TooLong } from '../../event/answer.ts';
import { ask, inBounds, refusalOf } from './ask.ts';
import type { Refusal } from './ask.ts';
import { writeAlias } from './indices.ts';

/** A document to be stored. */
export interface BulkDocument {
  readonly id: string;
  readonly index: string;
  /** JSON of the document, as a text or its UTF-8. */
  readonly source: string | Uint8Array;
  /** UTF-8 bytes that the document adds to a request. */
  readonly bytes: number;
}

/** The result for one document. */
export type ItemOutcome =
  | { readonly kind: 'created' | 'existing' }
  /** The store will never take the document as it is: it becomes a dead letter. */
  | { readonly kind: 'dead'; readonly refusal: Refusal }
  /** The store did not take the document now. `missing`: its index does not exist, or the archive did not make it. */
  | { readonly kind: 'retry' | 'missing'; readonly refusal: Refusal };

/** Answer to a request: the outcomes in the order of its documents, or the refusal of the whole request. */
export type BulkAnswer =
  | { readonly kind: 'items'; readonly outcomes: readonly ItemOutcome[] }
  /** `split`: the request is too big. `suspect`: one document may make the store refuse the whole request. */
  | { readonly kind: 'retry' | 'split' | 'suspect'; readonly refusal: Refusal };

export interface SendOptions {
  readonly signal: AbortSignal;
  /** Compress the request. */
  readonly isPacked: boolean;
}

const bulkItem = z.object({
  create: z.object({
    status: z.int().min(200).max(599),
    error: z.object({ type: z.string().optional(), reason: z.string().nullish() }).optional(),
  }),
});
const bulkItems = z.object({ items: z.array(bulkItem) });

const pack = promisify(gzip);
/**
 * The level takes 5 µs for a document of 1 KB where the client's own takes 14, for a body that is a sixth larger. A small `chunkSize` costs
 * this thread a turn for each part of the packed body.
 */
const PACKING = { level: 1, chunkSize: 512 << 10 };

const FILTER = ['errors', 'items.*.status', 'items.*.error.type', 'items.*.error.reason'].join(',');

/**
 * Maximum bytes of an answer and of the part for one document. A reason may quote the refused value, which can be as long as a log line.
 */
const ANSWER_BYTES = 4 << 20;
const ITEM_BYTES = 4 << 10;

export async function sendBulk(
  client: Client,
  documents: readonly BulkDocument[],
  { signal, isPacked }: SendOptions,
): Promise<BulkAnswer> {
  try {
    const body = bulkBody(documents);
    const bulk = isPacked ? await pack(body, PACKING) : body;
    const headers = isPacked ? { 'content-encoding': 'gzip' } : {};
    const { items } = await ask(
      bulkItems,
      (options) =>
        client.transport.request(
          {
            method: 'POST',
            path: '/_bulk',
            querystring: { filter_path: FILTER, require_alias: true },
            bulkBody: bulk,
          },
          // The client would compress at its own level.
          { ...options, compression: false, headers },
        ),
      { signal, bytesMax: ANSWER_BYTES + ITEM_BYTES * documents.length },
    );
    // All documents are sent again then. Documents that were stored already are found by their id.
    if (items.length !== documents.length)
      throw new Nonsense(`${items.length} answers to ${documents.length} documents`);
    return { kind: 'items', outcomes: items.map(outcomeOf) };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.status === 413) return { kind: 'split', refusal };
    // The answer to fewer documents may be short enough.
    const isSuspect = refusal.status === 400 || error instanceof TooLong;
    return { kind: isSuspect ? 'suspect' : 'retry', refusal };
  }
}

const NEWLINE = Buffer.from('\n');

function bulkBody(documents: readonly BulkDocument[]): Buffer {
  const parts: Uint8Array[] = [];
  // Texts that stand side by side become bytes together.
  let text = '';
  for (const { id, index, source } of documents) {
    text += `{"create":{"_index":${JSON.stringify(writeAlias(index))},"_id":${JSON.stringify(id)}}}\n`;
    if (typeof source === 'string') {
      text += `${source}\n`;
      continue;
    }
    parts.push(Buffer.from(text), source, NEWLINE);
    text = '';
  }
  parts.push(Buffer.from(text));
  return Buffer.concat(parts);
}

/**
 * Reads the outcome from the status. 2xx is stored now, 409 was stored before. Documents with 408, 429, 5xx, 401 or 403 are sent again, and
 * with 404 once their index is made. Any other status is final.
 */
function outcomeOf({ create: { status, error } }: z.infer<typeof bulkItem>): ItemOutcome {
  if (status >= 200 && status < 300) return { kind: 'created' };
  if (status === 409) return { kind: 'existing' };
  const refusal = { status, ...inBounds(error?.type ?? `http_${status}`, error?.reason ?? '') };
  if (status === 404) return { kind: 'missing', refusal };
  const isForNow = status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
  return { kind: isForNow ? 'retry' : 'dead', refusal };
}
