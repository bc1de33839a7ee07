/** An archive on a test server, and what the server says of it without going through the archive. */
import { rightClock } from './clock.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElasticsearchArchive } from '../../src/archive/elasticsearch/elasticsearch-archive.ts';
import type { ElasticsearchArchiveOptions } from '../../src/archive/elasticsearch/elasticsearch-archive.ts';
import type { ElasticsearchConfig } from '../../src/config/config.ts';
import type { Schema } from '../../src/event/event.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { Telemetry } from '../../src/event/telemetry.ts';
import { toElasticsearch } from '../../src/rule/elasticsearch.ts';
import { orderSchema } from './archived-events.ts';

export const DAY_MS = 86_400_000;

/** A folder of its own, a name of its own for the indices, and the archives on them. */
export class ArchiveBench {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'tocsin-archive-'));
  readonly url: string;
  readonly index: string;
  readonly config: ElasticsearchConfig;
  readonly #open: ElasticsearchArchive[] = [];

  constructor(url: string) {
    this.url = url;
    this.index = `bench-${Math.random().toString(36).slice(2, 10)}`;
    this.config = { kind: 'elasticsearch', node: url, index: this.index, retentionMs: 30 * DAY_MS };
  }

  async archive(
    options: Partial<ElasticsearchArchiveOptions> = {},
    schema: Schema = orderSchema,
    telemetry: Partial<Telemetry> = {},
  ): Promise<ElasticsearchArchive> {
    const defaults = { toQuery: toElasticsearch, requestTimeoutMs: 10_000, clock: rightClock() };
    const archive = new ElasticsearchArchive(
      this.config,
      schema,
      this.dataDir,
      { ...silent, ...telemetry },
      { ...defaults, ...options },
    );
    this.#open.push(archive);
    await archive.open();
    return archive;
  }

  /** Ends as a crash does for the store: nothing more is written or recorded. */
  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((archive) => archive.close()));
    rmSync(this.dataDir, { recursive: true, force: true });
    // A server that is gone has taken it along.
    await fetch(`${this.url}/_index_template/${this.index}`, { method: 'DELETE' }).catch(() => undefined);
  }

  /** The server's answer as JSON. */
  async ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${this.url}/${path}`, init);
    return (await answer.json()) as Record<string, unknown>;
  }

  /** Documents in the indices with that ending. */
  async count(ending = '*'): Promise<number> {
    await this.ask('POST', `${this.index}-${ending}/_refresh`);
    const { count } = await this.ask('GET', `${this.index}-${ending}/_count?ignore_unavailable=true`);
    return Number(count);
  }

  /** Names of the indices, without the common beginning. */
  async indices(): Promise<string[]> {
    const known = await this.ask('GET', `${this.index}-*/_settings?expand_wildcards=all`);
    return Object.keys(known).map((name) => name.slice(this.index.length + 1));
  }
}
