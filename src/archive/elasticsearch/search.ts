/** Searching Elasticsearch: a point in time, read page by page, newest event first. */
import type { Client } from '@elastic/elasticsearch';
import type { ElasticsearchConfig } from '../../config/config.ts';
import type { SearchHit, SearchRequest } from '../archive.ts';
import { searchHit } from './document.ts';
import type { FoundDocument } from './document.ts';
import { indexPatterns } from './index-template.ts';
import { archiveError } from './indices.ts';

const PAGE = 1_000;
const KEEP_ALIVE = '2m';

/** Hits of the query, newest first, as the indices stood at the beginning. Fails with ArchiveError. */
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
    const opened = await client.openPointInTime({ index, keep_alive: KEEP_ALIVE, ignore_unavailable: true });
    pit = opened.id;
    let after: Sort | undefined;
    for (let left = limit; left > 0;) {
      const size = Math.min(left, PAGE);
      const hits = await page(client, pit, wanted, size, after);
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

type Sort = (number | string | null)[];

interface PageHit extends FoundDocument {
  readonly sort?: Sort;
}

async function page(
  client: Client,
  pit: string,
  query: object,
  size: number,
  after: Sort | undefined,
): Promise<readonly PageHit[]> {
  const answer = await client.search({
    pit: { id: pit, keep_alive: KEEP_ALIVE },
    query,
    // Without a finite `missing` the second page fails where a document has no time.
    sort: [{ '@timestamp': { order: 'desc', missing: 0, unmapped_type: 'date' } }],
    size,
    track_total_hits: false,
    ...(after !== undefined && { search_after: after }),
  });
  return answer.hits.hits as unknown as readonly PageHit[];
}
