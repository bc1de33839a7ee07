/**
 * The same lines in front of everyone who reads conditions: the matcher, Elasticsearch with the rule's query, Elasticsearch with
 * what Kibana makes of the link's KQL, and the SQLite archive. Lines go the whole way, through the decoder and the archives.
 */
import { archiveReading } from '../../src/app/pipeline/archive-reading.ts';
import { unreadBatch } from './archived-events.ts';
import { rightClock } from './clock.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventId } from '../../src/archive/event-id.ts';
import { SqliteArchive } from '../../src/archive/sqlite/sqlite-archive.ts';
import type { StepConfig } from '../../src/config/decode/steps.ts';
import type { SourceConfig } from '../../src/config/config.ts';
import type { LogEvent, Schema } from '../../src/event/event.ts';
import { silent } from '../../src/event/telemetry.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { compileCondition } from '../../src/match/condition.ts';
import type { Condition } from '../../src/rule/ast.ts';
import { toElasticsearch } from '../../src/rule/elasticsearch.ts';
import { toKql } from '../../src/rule/kql.ts';
import { printCondition } from '../../src/rule/print.ts';
import { SOME_TIME_MS } from './archived-events.ts';
import { makeBatch } from './byte-batch.ts';
import { ArchiveBench, DAY_MS } from './elasticsearch-archive.ts';
import { kibanaQuery } from './kql.ts';

/** Those that are held to the matcher. */
const READERS = ['elasticsearch', 'kibana', 'sqlite'] as const;

/** What each selects, as offsets in order, or why it could not. */
interface Readings {
  readonly matcher: readonly number[];
  readonly elasticsearch: readonly number[] | string;
  readonly kibana: readonly number[] | string;
  readonly sqlite: readonly number[] | string;
}

/** Most searches that Elasticsearch is given in one request. */
const AT_ONCE = 50;

const JSON_ALONE: readonly StepConfig[] = [{ kind: 'json' }];

const sourceWith = (steps: readonly StepConfig[]): SourceConfig => ({
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 0 },
  decode: { steps },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: 30_000,
});

export class FourReadings {
  readonly events: readonly LogEvent[];
  readonly #schema: Schema;
  readonly #bench: ArchiveBench;
  readonly #sqlite: SqliteArchive;
  readonly #folder: string;

  private constructor(source: SourceConfig, schema: Schema, events: readonly LogEvent[], url: string) {
    this.events = events;
    this.#schema = schema;
    this.#bench = new ArchiveBench(url);
    this.#folder = mkdtempSync(join(tmpdir(), 'tocsin-readings-'));
    const config = {
      kind: 'sqlite',
      path: join(this.#folder, 'archive.db'),
      retentionMs: 30 * DAY_MS,
    } as const;
    this.#sqlite = new SqliteArchive(
      config,
      schema,
      silent,
      rightClock(() => SOME_TIME_MS),
      archiveReading({ sources: [source], schema, mask: { kinds: [], patterns: {}, archive: false } }),
    );
  }

  /** Archives the lines in both. The offset of a line is its index. */
  static async of(
    schema: Schema,
    lines: readonly string[],
    url: string,
    steps = JSON_ALONE,
  ): Promise<FourReadings> {
    const source = sourceWith(steps);
    const batch = makeBatch(lines, { readAtMs: SOME_TIME_MS });
    const decoder = createDecoder(source, schema);
    const { events } = decoder.decode(batch, undefined);
    const made = new FourReadings(source, schema, events, url);
    const elasticsearch = await made.#bench.archive({ clock: rightClock(() => SOME_TIME_MS) }, schema);
    await made.#sqlite.open();
    for (const archive of [elasticsearch, made.#sqlite]) {
      await archive.write(unreadBatch(batch, decoder));
      if (!(await archive.flush(60_000))) throw new Error('the archive does not take the lines');
    }
    const stored = await made.#bench.count();
    if (stored !== lines.length) throw new Error(`${stored} of ${lines.length} lines are in Elasticsearch`);
    return made;
  }

  async close(): Promise<void> {
    await this.#bench.ask('DELETE', `${this.#bench.index}-2026.11.23`);
    await this.#bench.close();
    await this.#sqlite.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async read(conditions: readonly Condition[]): Promise<readonly Readings[]> {
    const dates = new Set(this.#schema.fields.filter(({ type }) => type === 'date').map(({ name }) => name));
    const own = await this.#ask(
      conditions.map((condition) => () => toElasticsearch(condition, this.#schema)),
    );
    const links = conditions.map((condition) => () => kibanaQuery(toKql(condition, this.#schema), dates));
    const kibana = await this.#ask(links);
    const readings: Readings[] = [];
    for (const [i, condition] of conditions.entries()) {
      const matches = compileCondition(condition, this.#schema);
      const matcher = this.events.filter(matches).map(({ position }) => position.offset);
      const sqlite = await this.#searchSqlite(condition, matches);
      readings.push({ matcher, elasticsearch: own[i]!, kibana: kibana[i]!, sqlite });
    }
    return readings;
  }

  /** What the conditions are read differently on, each difference narrowed down to the smallest part that shows it. */
  async differences(conditions: readonly Condition[]): Promise<readonly string[]> {
    const readings = await this.read(conditions);
    const different = conditions.filter((_, i) => !areSame(readings[i]!));
    const parts = new Map(different.flatMap(partsOf).map((part) => [printCondition(part), part]));
    const smallest = [...parts].sort(([a], [b]) => a.length - b.length).map(([, part]) => part);
    const again = await this.read(smallest);
    const told: Condition[] = [];
    const texts: string[] = [];
    for (const [i, part] of smallest.entries()) {
      const inner = new Set(partsOf(part).slice(1).map(printCondition));
      if (areSame(again[i]!) || told.some((other) => inner.has(printCondition(other)))) continue;
      told.push(part);
      texts.push(this.#describe(part, again[i]!));
    }
    return texts;
  }

  #describe(condition: Condition, readings: Readings): string {
    const { matcher } = readings;
    const text = [`${printCondition(condition)}   KQL: ${toKql(condition, this.#schema)}`];
    for (const reader of READERS) {
      const found = readings[reader];
      if (typeof found === 'string') text.push(`  ${reader}: ${found}`);
      else {
        for (const offset of found.filter((one) => !matcher.includes(one)).slice(0, 3))
          text.push(`  ${reader} alone finds ${this.events[offset]!.line.slice(0, 1_000)}`);
        for (const offset of matcher.filter((one) => !found.includes(one)).slice(0, 3))
          text.push(`  ${reader} does not find ${this.events[offset]!.line.slice(0, 1_000)}`);
      }
    }
    return text.join('\n');
  }

  /** Offsets that each query selects. A query that cannot be made is an answer too. */
  async #ask(makers: readonly (() => object)[]): Promise<readonly (readonly number[] | string)[]> {
    const answers: (readonly number[] | string)[] = [];
    for (let from = 0; from < makers.length; from += AT_ONCE) {
      const made = makers.slice(from, from + AT_ONCE).map(attempted);
      const found = await this.#search(made.filter((query) => typeof query !== 'string'));
      let next = 0;
      for (const query of made) answers.push(typeof query === 'string' ? query : found[next++]!);
    }
    return answers;
  }

  async #search(queries: readonly object[]): Promise<readonly (readonly number[] | string)[]> {
    if (queries.length === 0) return [];
    const searches = queries.flatMap((query) => [
      '{}',
      JSON.stringify({
        query,
        size: 10_000,
        _source: false,
        sort: ['tocsin.offset'],
        track_total_hits: false,
      }),
    ]);
    const answer = await fetch(`${this.#bench.url}/${this.#bench.index}-*/_msearch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${searches.join('\n')}\n`,
    });
    const { responses, error } = (await answer.json()) as SearchAnswers;
    if (responses === undefined)
      throw new Error(`Elasticsearch refuses the searches: ${JSON.stringify(error)}`);
    return responses.map(({ hits, error: refused }) =>
      hits === undefined ? JSON.stringify(refused).slice(0, 500) : hits.hits.map(({ sort }) => sort[0]),
    );
  }

  async #searchSqlite(
    condition: Condition,
    matches: (event: LogEvent) => boolean,
  ): Promise<readonly number[] | string> {
    const offsets = new Map(this.events.map((event) => [eventId(event), event.position.offset]));
    const found: number[] = [];
    try {
      for await (const { id } of this.#sqlite.search({ condition, limit: 1_000_000, matches }))
        found.push(offsets.get(id) ?? Number.NaN);
    } catch (error) {
      return String(error);
    }
    return found.sort((a, b) => a - b);
  }
}

interface SearchAnswers {
  readonly responses?: readonly {
    readonly hits?: { readonly hits: readonly { readonly sort: readonly [number] }[] };
    readonly error?: unknown;
  }[];
  readonly error?: unknown;
}

function attempted(make: () => object): object | string {
  try {
    return make();
  } catch (error) {
    return String(error);
  }
}

function areSame(readings: Readings): boolean {
  return READERS.every((reader) => JSON.stringify(readings[reader]) === JSON.stringify(readings.matcher));
}

/** The condition and every condition in it. */
function partsOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [condition, ...condition.operands.flatMap(partsOf)];
    case 'not':
      return [condition, ...partsOf(condition.operand)];
    case 'field':
      if (condition.values.length === 1) return [condition];
      return [condition, ...condition.values.map((value) => ({ ...condition, values: [value] }))];
    case 'value':
    case 'exists':
    case 'compare':
      return [condition];
  }
}
