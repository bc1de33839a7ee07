/** One bulk request and what its answer means for each document. Decides nothing but that; the loop acts on it. */
import { redactText } from '../../event/redact.ts';
import type { Client } from '@elastic/elasticsearch';
import type { Refusal } from './client.ts';
import { refusalOf } from './client.ts';
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
export type Outcome =
  | { readonly kind: 'created' | 'existing' }
  /** Never taken as it is: for the dead letters. */
  | { readonly kind: 'dead'; readonly refusal: Refusal }
  /** Not taken now. `missing`: its index is not there, or not made by the archive. */
  | { readonly kind: 'retry' | 'missing'; readonly refusal: Refusal };

/** Answer to a request: outcomes in the order of its documents, or the whole request refused. */
export type BulkAnswer =
  | { readonly kind: 'items'; readonly outcomes: readonly Outcome[] }
  /** `split`: the request is too big. `suspect`: it may hold a document that spoils it. */
  | { readonly kind: 'retry' | 'split' | 'suspect'; readonly refusal: Refusal };

interface BulkItem {
  readonly create?: { readonly status?: number; readonly error?: { type?: string; reason?: string } };
}

const FILTER = ['errors', 'items.*.status', 'items.*.error.type', 'items.*.error.reason'].join(',');

export async function sendBulk(
  client: Client,
  documents: readonly BulkDocument[],
  signal: AbortSignal,
): Promise<BulkAnswer> {
  try {
    const body = await client.transport.request<{ items?: readonly BulkItem[] }>(
      {
        method: 'POST',
        path: '/_bulk',
        querystring: { filter_path: FILTER, require_alias: true },
        bulkBody: bulkBody(documents),
      },
      { signal, maxRetries: 0 },
    );
    const outcomes = body.items?.map(outcomeOf) ?? [];
    // Not an answer to what was asked (a proxy, a cut response): what is there already is found by its id.
    if (outcomes.length !== documents.length) {
      const reason = `${outcomes.length} answers to ${documents.length} documents`;
      return { kind: 'retry', refusal: { status: undefined, type: 'unexpected_answer', reason } };
    }
    return { kind: 'items', outcomes };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.status === 413) return { kind: 'split', refusal };
    return { kind: refusal.status === 400 ? 'suspect' : 'retry', refusal };
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
function outcomeOf(item: BulkItem): Outcome {
  const { status = 500, error } = item.create ?? {};
  if (status >= 200 && status < 300) return { kind: 'created' };
  if (status === 409) return { kind: 'existing' };
  const type = error?.type ?? `http_${status}`;
  const refusal = { status, type, reason: redactText(error?.reason ?? '').slice(0, 1_000) };
  if (status === 404) return { kind: 'missing', refusal };
  const isForNow = status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
  return { kind: isForNow ? 'retry' : 'dead', refusal };
}
