/**
 * A condition means one thing: matcher, Elasticsearch, Kibana and SQLite select the same lines. Random conditions over random
 * lines, and every difference that was ever found as a case of its own. TOCSIN_SEED, TOCSIN_CASES.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSteps, stepsSchema } from '../../src/config/decode/schema.ts';
import type { Schema } from '../../src/event/event.ts';
import { compileCondition } from '../../src/match/condition.ts';
import type { Condition } from '../../src/rule/ast.ts';
import { parseCondition } from '../../src/rule/load.ts';
import { ELASTICSEARCH_VERSIONS, elasticsearchRuns, startElasticsearch } from '../support/elasticsearch.ts';
import type { ElasticsearchServer } from '../support/elasticsearch.ts';
import { FourReadings } from '../support/four-readings.ts';
import { oddConditions } from '../support/odd-conditions.ts';
import { oddLine, onlyKeywords, textAndKeywords } from '../support/odd-lines.ts';
import { seeded } from '../support/timelines.ts';

const SEED = Number(process.env.TOCSIN_SEED ?? Date.now() % 1_000_000_000);
const LINES = 300;
const CONDITIONS = Number(process.env.TOCSIN_CASES ?? 60);

interface Found {
  readonly condition: string;
  readonly selected: readonly string[];
  readonly others?: readonly string[];
}

/** Differences of before: what a condition selects, and what of the like it does not. */
const FOUND: readonly Found[] = [
  // Kibana reads the end of the name as its operator `not`.
  { condition: 'cannot >= 0', selected: ['{"cannot":0}'], others: ['{"cannot":-1}'] },
  // A negative zero, which to Elasticsearch's doubles is less than 0.
  { condition: 'duration_ms:-0', selected: ['{"duration_ms":0}', '{"duration_ms":-0}'] },
  { condition: 'duration_ms > -0.0', selected: ['{"duration_ms":5e-324}'], others: ['{"duration_ms":0}'] },
  // Kibana reads `\\not` as a line end and "ot".
  { condition: 'service:not*', selected: ['{"service":"nothing"}'], others: ['{"service":"other"}'] },
  // A number beyond a double was null in SQLite, and to a keyword it is its text, also behind a byte order mark.
  {
    condition: 'service:"1e400"',
    selected: ['{"service":1e400}', '\ufeff{"service":1e400}'],
    others: ['{"service":1e401}'],
  },
  // The field that Kibana filters by is the time of the event, also where the line has none.
  { condition: '@timestamp:*', selected: ['{}', '{"@timestamp":"soon"}'] },
  // In UTC these are of the years -1 and 10000, which Elasticsearch's ISO format does not read.
  {
    condition: 'due < "0000-01-01T00:00:00.000+08:00"',
    selected: ['{"due":"-000001-12-31T15:59:59.999Z"}'],
    others: ['{"due":"-000001-12-31T16:00:00.000Z"}'],
  },
  {
    condition: 'due:"9999-12-31T23:59:59.999-08:00"',
    selected: ['{"due":"+010000-01-01T07:59:59.999Z"}'],
    others: ['{"due":"+010000-01-01T07:59:59.998Z"}', '{"due":"+010000-01-01T08:00:00.000Z"}'],
  },
];

/** Steps that change fields of every type, add some, and take some away. */
const STEPS = buildSteps(
  stepsSchema.parse([
    'json',
    { json: { field: 'message', optional: true } },
    { regex: '(?<sku>[A-Z]-\\d+)', field: 'error.message', optional: true },
    { set: { region: 'EU-West', 'http.response.status': 503, paid: true, seen: '{level}/{service}' } },
    { levels: 'pino' },
    { map: { service: { order: 'orders', else: 'keep' }, cannot: { '0': 7, else: 'none' } } },
    { replace: { field: 'message', regex: '\\d+', with: '#' } },
    'strip_ansi',
    'trim',
  ]),
);

const SCHEMAS: readonly [string, Schema][] = [
  ['text and keywords', textAndKeywords],
  ['keywords alone', onlyKeywords],
];

describe.runIf(elasticsearchRuns()).each(ELASTICSEARCH_VERSIONS)(
  `conditions mean the same to all who read them, Elasticsearch %s (${CONDITIONS} conditions on ${LINES} lines from seed ${SEED})`,
  { timeout: 300_000 },
  (version) => {
    let server: ElasticsearchServer;

    beforeAll(async () => {
      server = await startElasticsearch({ version });
    });
    afterAll(() => server.stop());

    test.each(SCHEMAS)('random ones, unfielded values looked up in %s', async (_title, schema) => {
      const random = seeded(SEED);
      const lines = Array.from({ length: LINES }, () => oddLine(random));
      const readings = await FourReadings.of(schema, lines, server.url);
      try {
        const asked = randomConditions(random, schema, readings);
        expect(await readings.differences(asked)).toEqual([]);
        // All agree on conditions that select nothing: enough of them must tell lines apart.
        const telling = asked.map((condition) => readings.events.filter(compileCondition(condition, schema)));
        const some = telling.filter(({ length }) => length > 0 && length < LINES);
        expect(some.length).toBeGreaterThan(CONDITIONS / 3);
      } finally {
        await readings.close();
      }
    });

    test('random ones, on lines that steps have changed', async () => {
      const random = seeded(SEED);
      const lines = Array.from({ length: LINES }, () => oddLine(random));
      const readings = await FourReadings.of(textAndKeywords, lines, server.url, STEPS);
      try {
        expect(await readings.differences(randomConditions(random, textAndKeywords, readings))).toEqual([]);
        const made = parseCondition(
          'region:eu-west AND status:503 AND paid:true',
          textAndKeywords,
        ).condition!;
        const [found] = await readings.read([made]);
        expect(found!.matcher.length).toBeGreaterThan(LINES / 2);
      } finally {
        await readings.close();
      }
    });

    test('those that were once read differently', async () => {
      const lines = [...new Set(FOUND.flatMap(({ selected, others = [] }) => [...selected, ...others]))];
      const readings = await FourReadings.of(textAndKeywords, lines, server.url);
      try {
        const asked = FOUND.map(({ condition }) => parseCondition(condition, textAndKeywords).condition!);
        expect(await readings.differences(asked)).toEqual([]);
        const matches = (await readings.read(asked)).map(({ matcher }) => matcher);
        for (const [i, { condition, selected, others = [] }] of FOUND.entries()) {
          const told = [...selected, ...others].filter((line) => matches[i]!.includes(lines.indexOf(line)));
          expect([condition, told]).toEqual([condition, selected]);
        }
      } finally {
        await readings.close();
      }
    });
  },
);

/** Conditions that the checks accept; most do. */
function randomConditions(
  random: ReturnType<typeof seeded>,
  schema: Schema,
  { events }: FourReadings,
): readonly Condition[] {
  const generated = oddConditions(random, schema, events);
  const accepted: Condition[] = [];
  for (let tries = 0; accepted.length < CONDITIONS; tries++) {
    if (tries > 20 * CONDITIONS) throw new Error('the checks refuse nearly every condition');
    const { condition } = parseCondition(generated.next(), schema);
    if (condition !== undefined) accepted.push(condition);
  }
  return accepted;
}
