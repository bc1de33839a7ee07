/**
 * What Elasticsearch may answer to each request of the archive. Right: nothing is taken for stored, or for refused for good, that the
 * answer does not say of each document; everything else is a refusal or a FixableError, in bounded words.
 */
import { expect } from 'vitest';
import type { Client } from '@elastic/elasticsearch';
import { Ageing } from '../../src/archive/ageing.ts';
import { sendBulk, type BulkAnswer } from '../../src/archive/elasticsearch/bulk-request.ts';
import { createClient } from '../../src/archive/elasticsearch/client.ts';
import { dropOldIndices, ensureIndex, prepareIndices } from '../../src/archive/elasticsearch/indices.ts';
import { searchElasticsearch } from '../../src/archive/elasticsearch/search.ts';
import { silent } from '../../src/event/telemetry.ts';
import { orderSchema } from '../support/archived-events.ts';
import { rightClock } from '../support/clock.ts';
import type { HostileAnswer, HostileServer } from '../support/hostile-server.ts';
import type { Random } from '../support/timelines.ts';
import type { Fuzzer } from './harness.ts';
import { ACTS_UNSEEN, hostileAnswer, plainSuccess } from './hostile-answers.ts';
import { FixableError } from '../../src/event/fixable-error.ts';

type Request = 'bulk' | 'prepare' | 'ensure' | 'drop' | 'search';

interface Step {
  readonly request: Request;
  readonly documents: number;
  /** In the order of the requests; the last one for all further ones. */
  readonly answers: readonly HostileAnswer[];
}

const headers = { 'x-elastic-product': 'Elasticsearch' };
const failed = { type: 'document_parsing_exception', reason: 'failed to parse' };
const mapping = { dynamic: 'false', subobjects: false, properties: { raw: { type: 'flattened' } } };
const hit = {
  _id: 'x',
  sort: [7],
  _source: {
    '@timestamp': '2026-03-01T12:00:00Z',
    raw: { a: 1 },
    'tocsin.source': 's',
    'tocsin.document': '{"b":2}',
  },
};

function rightOf(random: Random, documents: number): unknown {
  switch (random.below(6)) {
    case 0:
      return { acknowledged: true, shards_acknowledged: true, index: 'logs' };
    case 1:
      return {
        'logs-2026.03.01': { mappings: mapping },
        'logs-2020.01.01': { settings: {}, mappings: mapping },
      };
    case 2:
      return { id: 'pit', hits: { hits: Array.from({ length: random.below(4) }, () => hit) } };
    case 3:
      return {
        error: { type: 'cluster_block_exception', reason: 'blocked', root_cause: [failed] },
        status: 503,
      };
    default:
      return {
        errors: true,
        items: Array.from({ length: documents }, () => {
          const status = random.pick([201, 201, 201, 200, 409, 400, 429, 404, 403, 503]);
          return { create: { status, ...(status > 299 && { error: failed }) } };
        }),
      };
  }
}

export function elasticsearchAnswers(
  server: HostileServer,
  answerWith: (answers: () => HostileAnswer) => void,
): Fuzzer<Step> {
  const config = { kind: 'elasticsearch', node: server.url, index: 'logs', retentionMs: 86_400_000 } as const;
  const client = createClient(config, 1_000);
  return {
    name: 'answers of Elasticsearch',
    input(random) {
      const documents = 1 + random.below(4);
      return {
        request: random.pick<Request>(['bulk', 'bulk', 'bulk', 'prepare', 'ensure', 'drop', 'search']),
        documents,
        answers: Array.from({ length: 1 + random.below(4) }, () =>
          hostileAnswer(random, rightOf(random, documents), headers),
        ),
      };
    },
    async run({ request, documents, answers }) {
      let at = 0;
      answerWith(() => answers[Math.min(at++, answers.length - 1)]!);
      if (request === 'bulk') {
        check(await bulkOf(client, documents), answers[0]!, documents);
        return;
      }
      try {
        await ask(request, client, config);
      } catch (error) {
        expect(error).toBeInstanceOf(FixableError);
        inBounds((error as FixableError).message);
      }
    },
  };
}

function bulkOf(client: Client, count: number): Promise<BulkAnswer> {
  const documents = Array.from({ length: count }, (_, i) => ({
    id: `d${i}`,
    index: 'logs',
    source: '{}',
    bytes: 100,
  }));
  return sendBulk(client, documents, { signal: AbortSignal.timeout(10_000), isPacked: true });
}

async function ask(
  request: Exclude<Request, 'bulk'>,
  client: Client,
  config: Parameters<typeof ensureIndex>[1],
): Promise<void> {
  switch (request) {
    case 'prepare':
      return prepareIndices(client, config, orderSchema, silent);
    case 'ensure': {
      const refusal = await ensureIndex(client, config, orderSchema, 'logs-2026.03.01');
      if (refusal !== undefined) inBounds(refusal.reason);
      return;
    }
    case 'drop':
      return dropOldIndices(client, config, new Ageing(rightClock()), silent);
    case 'search': {
      const asked = { condition: { kind: 'all' } as never, limit: 20, matches: () => true };
      for await (const { timeMs, document } of searchElasticsearch(client, config, {}, asked)) {
        expect(timeMs).not.toBeNaN();
        expect(typeof document).toBe('object');
      }
    }
  }
}

/** By what the answer says, read without any help of the archive. */
function check(answer: BulkAnswer, given: HostileAnswer, documents: number): void {
  if (answer.kind !== 'items') {
    inBounds(answer.refusal.reason);
    return;
  }
  const { items } = plainSuccess(given) as { items: { create: { status: number } }[] };
  expect(items).toHaveLength(documents);
  for (const [i, outcome] of answer.outcomes.entries()) {
    const { status } = items[i]!.create;
    if (outcome.kind === 'created') expect(status).toSatisfy((code: number) => code >= 200 && code < 300);
    if (outcome.kind === 'existing') expect(status).toBe(409);
    if (outcome.kind === 'dead') expect([401, 403, 404, 408, 409, 429]).not.toContain(status);
    if ('refusal' in outcome) inBounds(outcome.refusal.reason);
  }
}

function inBounds(text: string): void {
  expect(text.length).toBeLessThan(2_500);
  expect(text).not.toMatch(ACTS_UNSEEN);
}
