/** An archive on a test server, what the server says of it without going through the archive, and the frame of its tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { ElasticsearchArchive } from '../../src/archive/elasticsearch/elasticsearch-archive.ts';
import type { ElasticsearchArchiveOptions } from '../../src/archive/elasticsearch/elasticsearch-archive.ts';
import type { ElasticsearchConfig } from '../../src/config/archives/elasticsearch.ts';
import type { LogEvent, Schema } from '../../src/event/event.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { Telemetry } from '../../src/event/telemetry.ts';
import { toElasticsearch } from '../../src/rule/elasticsearch.ts';
import { archiveBatch, logEvent, orderSchema, SOME_TIME_MS } from './archived-events.ts';
import { rightClock } from './clock.ts';
import { ELASTICSEARCH_VERSIONS, elasticsearchRuns, startElasticsearch } from './elasticsearch.ts';
import type { ElasticsearchServer, ElasticsearchVersion } from './elasticsearch.ts';

export const DAY_MS = 86_400_000;
/** Far more than is needed, on a machine that does a lot beside. */
export const WITHIN_MS = 60_000;

/** Options of an archive that lives at the time of the events. */
export const today = { clock: rightClock(() => SOME_TIME_MS) };

/** Events with the offsets from `from` to before `to`, 1 ms apart. */
export function lines(from: number, to: number): LogEvent[] {
  return Array.from({ length: to - from }, (_, i) =>
    logEvent(
      { message: `order ${from + i}`, order_id: `A${from + i}` },
      { offset: from + i, timeMs: SOME_TIME_MS + from + i },
    ),
  );
}

/** Writes the events and waits until the server has them, or their dead letters are kept. */
export async function stored(archive: ElasticsearchArchive, events: readonly LogEvent[]): Promise<void> {
  await archive.write(archiveBatch(events));
  expect(await archive.flush(WITHIN_MS)).toBe(true);
}

/** Server and bench of a test of `onElasticsearch`. */
export interface OnElasticsearch {
  readonly version: ElasticsearchVersion;
  /** One for all tests of the file. */
  readonly server: ElasticsearchServer;
  /** One for each test. */
  readonly bench: ArchiveBench;
}

/** Tests of a file, run on each release of Elasticsearch that is tested here. `title`: with %s for the release. */
export function onElasticsearch(title: string, tests: (on: OnElasticsearch) => void): void {
  const each = describe.runIf(elasticsearchRuns()).each(ELASTICSEARCH_VERSIONS);
  each(title, { timeout: 120_000 }, (version) => {
    let server: ElasticsearchServer;
    let bench: ArchiveBench;
    beforeAll(async () => {
      server = await startElasticsearch({ version });
    });
    afterAll(() => server.stop());
    beforeEach(() => {
      bench = new ArchiveBench(server.url);
    });
    afterEach(() => bench.close());
    tests({
      version,
      get server() {
        return server;
      },
      get bench() {
        return bench;
      },
    });
  });
}

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
