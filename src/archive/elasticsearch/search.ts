/** Searches Elasticsearch in a point in time, page by page, newest event first. */
import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { Nonsense, TooLong } from '../../event/answer.ts';
import type { ElasticsearchConfig } from '../../config/archives/elasticsearch.ts';
import type { SearchHit, SearchRequest } from '../archive.ts';
import { ask } from './ask.ts';
import { foundDocument, searchHit } from './document.ts';
import { indexPatterns } from './index-template.ts';
import { archiveError } from './indices.ts';

const PAGE = 1_000;
const KEEP_ALIVE = '2m';

/** Yields the hits of the query, newest first, as the indices were when the search began. Fails with FixableError. */
export async function* searchElasticsearch(
  client: Client,
  config: ElasticsearchConfig,
  query: object,
  { sinceMs, untilMs, limit }: SearchRequest,
): AsyncGenerator<SearchHit, void, undefined> {
  const range = { gte: sinceMs, lte: untilMs, format: 'epoch_millis' };
  const wanted = { bool: { filter: [query, { range: { '@timestamp': range } }] } };
  let pit: string | undefined;
  try {
    const index = indexPatterns(config.index);
    const opened = await ask(pointInTime, (options) =>
      client.openPointInTime({ index, keep_alive: KEEP_ALIVE, ignore_unavailable: true }, options),
    );
    pit = opened.id;
    let after: Sort | undefined;
    let most = PAGE;
    for (let left = limit; left > 0;) {
      const size = Math.min(left, most);
      const hits = await page(client, pit, wanted, size, after);
      if (hits === undefined) {
        most = size >> 1;
        continue;
      }
      for (const hit of hits) yield searchHit(hit);
      if (hits.length < size) return;
      left -= hits.length;
      after = hits.at(-1)?.sort;
    }
  } catch (error) {
    throw archiveError(error, config, 'does not answer the search');
  } finally {
    if (pit !== undefined) await client.closePointInTime({ id: pit }).catch(() => undefined);
  }
}

const pointInTime = z.object({ id: z.string().min(1) });
const sortValues = z.array(z.union([z.number(), z.string(), z.null()]));
type Sort = z.infer<typeof sortValues>;
const pageOfHits = z.object({
  hits: z.object({ hits: z.array(foundDocument.extend({ sort: sortValues })) }),
});
type Hits = z.infer<typeof pageOfHits>['hits']['hits'];

/** Returns the next hits, or undefined if `size` hits make an answer that is too long to read. */
async function page(
  client: Client,
  pit: string,
  query: object,
  size: number,
  after: Sort | undefined,
): Promise<Hits | undefined> {
  const request = {
    pit: { id: pit, keep_alive: KEEP_ALIVE },
    query,
    // `missing` must be finite: otherwise the second page fails for a document without a time.
    sort: [{ '@timestamp': { order: 'desc', missing: 0, unmapped_type: 'date' } }] as const,
    size,
    track_total_hits: false,
    ...(after !== undefined && { search_after: after }),
  };
  try {
    const answer = await ask(pageOfHits, (options) =>
      client.search({ ...request, sort: [...request.sort] }, options),
    );
    if (answer.hits.hits.length <= size) return answer.hits.hits;
    throw new Nonsense(`${answer.hits.hits.length} hits where ${size} were asked for`);
  } catch (error) {
    if (error instanceof TooLong && size > 1) return undefined;
    throw error;
  }
}
