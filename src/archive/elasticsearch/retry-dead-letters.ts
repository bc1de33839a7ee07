/** `tocsin dlq retry`: sends the dead letters to the store again without changes, and keeps those that it refuses again. */
import type { Client } from '@elastic/elasticsearch';
import type { ArchiveConfig } from '../../config/archives/kinds.ts';
import type { ElasticsearchConfig } from '../../config/archives/elasticsearch.ts';
import type { Schema } from '../../event/event.ts';
import { retryEach } from '../dead-letters.ts';
import type { DeadLetter } from '../dead-letters.ts';
import { sendBulk } from './bulk-request.ts';
import type { BulkAnswer, BulkDocument } from './bulk-request.ts';
import { createClient, isPacked } from './client.ts';
import type { Refusal } from './ask.ts';
import { ensureIndex, refusedError } from './indices.ts';

const REQUEST_TIMEOUT_MS = 30_000;

/** Maximum letters in one request. */
const AT_ONCE = 100;

/**
 * Returns how many letters are stored now and how many stay. Only Elasticsearch refuses documents, so other archives have no letters. Fails
 * with FixableError if Elasticsearch takes nothing at all; every letter then stays as it was.
 */
export async function retryDeadLetters(
  config: ArchiveConfig,
  schema: Schema,
  dataDir: string,
): Promise<{ readonly stored: number; readonly kept: number }> {
  if (config.kind !== 'elasticsearch') return { stored: 0, kept: 0 };
  const client = createClient(config, REQUEST_TIMEOUT_MS);
  try {
    return await retryEach(dataDir, async (letters) => {
      const kept: DeadLetter[] = [];
      for (let from = 0; from < letters.length; from += AT_ONCE) {
        kept.push(...(await sendAgain(client, config, schema, letters.slice(from, from + AT_ONCE))));
      }
      return kept;
    });
  } finally {
    await client.close();
  }
}

/** Returns the letters that were not taken, with the latest reason. */
async function sendAgain(
  client: Client,
  config: ElasticsearchConfig,
  schema: Schema,
  letters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  const send = (): Promise<BulkAnswer> =>
    sendBulk(client, letters.map(asDocument), {
      signal: AbortSignal.timeout(2 * REQUEST_TIMEOUT_MS),
      isPacked: isPacked(config),
    });
  let answer = await send();
  const missing = missingIndices(letters, answer);
  if (missing.size > 0) {
    for (const index of missing) {
      const refusal = await ensureIndex(client, config, schema, index);
      if (refusal !== undefined) throw refusedError(refusal, config, 'takes no dead letters now');
    }
    answer = await send();
  }
  if (answer.kind === 'items') {
    const { outcomes } = answer;
    return letters.flatMap((letter, i) => {
      const outcome = outcomes[i]!;
      return 'refusal' in outcome ? [refusedAgain(letter, outcome.refusal)] : [];
    });
  }
  if (answer.kind === 'retry') throw refusedError(answer.refusal, config, 'takes no dead letters now');
  if (letters.length === 1) return [refusedAgain(letters[0]!, answer.refusal)];
  const middle = letters.length >> 1;
  const first = await sendAgain(client, config, schema, letters.slice(0, middle));
  return [...first, ...(await sendAgain(client, config, schema, letters.slice(middle)))];
}

function asDocument({ id, index, document }: DeadLetter): BulkDocument {
  const source = JSON.stringify(document);
  return { id, index, source, bytes: Buffer.byteLength(source) };
}

function missingIndices(letters: readonly DeadLetter[], answer: BulkAnswer): Set<string> {
  if (answer.kind !== 'items') return new Set();
  return new Set(
    letters.filter((_letter, i) => answer.outcomes[i]?.kind === 'missing').map(({ index }) => index),
  );
}

function refusedAgain(
  { at, id, index, document }: DeadLetter,
  { status, type, reason }: Refusal,
): DeadLetter {
  return { at, id, index, ...(status !== undefined && { status }), type, reason, document };
}
