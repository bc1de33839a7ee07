/** Grok gives the fields that Elasticsearch's own gives, and matches the same lines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CORE_PATTERNS } from '../../src/config/decode/grok/core.ts';
import { grokParser } from '../../src/ingest/decode/steps/grok.ts';
import { askElasticsearchGrok, type GrokQuestion } from '../support/elasticsearch-grok.ts';
import { elasticsearchRuns } from '../support/elasticsearch.ts';

/** The files of Elasticsearch's legacy set whose patterns Tocsin has. */
const FILES = [
  'grok-patterns',
  'httpd',
  'linux-syslog',
  'java',
  'haproxy',
  'postgresql',
  'redis',
  'mongodb',
  'ruby',
  'squid',
];

/** Where the two differ, each for a reason that docs/reading.md gives. */
const DIFFERENCES: readonly (GrokQuestion & { readonly why: string })[] = [
  { why: 'nothing looks ahead', pattern: '%{IPV4:a}', text: '10.0.0.1abc' },
  { why: 'nothing looks ahead', pattern: '%{TIME:a}', text: '11:10:055' },
  { why: 'nothing looks ahead', pattern: '%{MONGO_QUERY:a}', text: '{ a: 1 } nreturned:1' },
  { why: 'letters beyond ASCII end a word', pattern: '%{WORD:a}', text: 'x上海' },
  { why: 'nothing is atomic', pattern: '%{NUMBER:a}.%{INT:b}', text: '12.5' },
  { why: 'a label of a host may be long', pattern: '%{HOSTNAME:a}', text: 'x'.repeat(64) },
  { why: 'a zone of IPv6 has no white space', pattern: '%{IP:a}', text: 'fe80::1%eth0 rest' },
  { why: 'HAProxy escapes braces', pattern: 'x%{HAPROXYCAPTUREDREQUESTHEADERS}y', text: 'x{}y' },
];

const FIXTURE = join(import.meta.dirname, '..', 'fixtures', 'grok', 'lines.yaml');
const CASES = parse(readFileSync(FIXTURE, 'utf8')) as { pattern: string; lines: string[] }[];
const QUESTIONS = CASES.flatMap(({ pattern, lines }) => lines.map((text) => ({ pattern, text })));

const parsers = new Map<string, ReturnType<typeof grokParser>>();

function own({ pattern, text }: GrokQuestion): unknown {
  const parser = parsers.get(pattern) ?? grokParser(pattern, {});
  parsers.set(pattern, parser);
  const fields = parser(text);
  return typeof fields === 'string' ? undefined : fields;
}

describe.runIf(elasticsearchRuns())('grok', async () => {
  const { names, answers } = await askElasticsearchGrok([...QUESTIONS, ...DIFFERENCES], FILES);

  test('knows every pattern of the core set, and no other', () => {
    expect(Object.keys(CORE_PATTERNS).toSorted()).toEqual([...new Set(names)].toSorted());
  });

  test('is compared by every pattern of the core set, directly or as a part', () => {
    const used = new Set<string>();
    const open = CASES.map(({ pattern }) => pattern);
    for (let pattern = open.pop(); pattern !== undefined; pattern = open.pop())
      for (const [, name] of pattern.matchAll(/%\{(\w+)/gu))
        if (!used.has(name!)) {
          used.add(name!);
          open.push(CORE_PATTERNS[name!]!);
        }
    expect(names.filter((name) => !used.has(name))).toEqual([]);
    expect(QUESTIONS.length).toBeGreaterThan(200);
  });

  test.each(QUESTIONS.map((question, i) => ({ ...question, i })))(
    '$pattern on $text',
    ({ pattern, text, i }) => {
      expect(own({ pattern, text })).toEqual(answers[i]);
    },
  );

  test.each(DIFFERENCES.map((difference, i) => ({ ...difference, i })))(
    'differs, since $why: $pattern on $text',
    ({ pattern, text, i }) => {
      expect(own({ pattern, text })).not.toEqual(answers[QUESTIONS.length + i]);
    },
  );
});
