import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { testRules } from '../../src/app/past/rule-tests.ts';
import { loadConfig } from '../../src/config/load.ts';
import { lintRules } from '../../src/rule/lint/all.ts';
import { loadRules } from '../../src/rule/load.ts';
import { readRunbook } from '../../src/notify/message/runbook.ts';
import { shippedRules } from './drill.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { config } = loadConfig(join(ROOT, 'tocsin.yaml'), {});
const load = loadRules(join(ROOT, 'rules'), {
  schema: config!.schema,
  sources: config!.sources.map((source) => source.name),
  receivers: () => undefined,
  routed: () => true,
  latenessMs: () => 5_000,
});
const RULES = load.ruleset?.rules ?? [];

test('the shipped rules load without a warning, and nothing can be said against them', () => {
  expect(load.diagnostics).toEqual([]);
  const readFile = (path: string): string => readFileSync(join(ROOT, 'rules', path), 'utf8');
  const { retentionMs } = config!.archive;
  expect(lintRules(load, { schema: config!.schema, retentionMs, readFile })).toEqual([]);
  expect(RULES.map((rule) => rule.name).sort()).toEqual(shippedRules.fires);
});

test('the tests of the shipped rules pass: each rule fires, stays quiet, and resolves where it can', async () => {
  const outcomes = new Map<string, Set<string>>();
  const { untested } = await testRules(config!, {
    rules: [],
    onResult: ({ rule, test: { name, steps }, unmet }) => {
      expect(unmet, `${rule.name}: ${name}`).toEqual([]);
      const seen = outcomes.get(rule.name) ?? new Set();
      for (const step of steps) if (step.kind === 'expect') seen.add(step.outcome);
      outcomes.set(rule.name, seen);
      return Promise.resolve();
    },
  });
  expect(untested).toEqual([]);
  for (const rule of RULES) {
    const wanted = rule.resolveNever ? ['fire', 'nothing'] : ['fire', 'nothing', 'resolve'];
    expect([...outcomes.get(rule.name)!].sort(), rule.name).toEqual(wanted);
  }
});

test('the statement that releases a lock takes an order number, and nothing that could be SQL', () => {
  const markdown = readFileSync(join(ROOT, 'rules/runbooks/ghost-order.md'), 'utf8');
  const code = (order: string): string =>
    readRunbook(markdown, { order_id: [order] })
      .blocks.flatMap((block) => (block.kind === 'code' ? block.text : []))
      .join('\n');
  expect(code('ORD-20481042')).toContain("EXECUTE release_lock ('ORD-20481042');");
  const evil = "1'); DELETE FROM orders; --";
  expect(code(evil)).toContain("EXECUTE release_lock ('{{order_id}}');");
  expect(code(evil)).not.toContain('DELETE');
});

const RUNBOOKS = [...new Set(RULES.map((rule) => rule.runbook!))];

function codeOf(path: string): readonly string[] {
  const { blocks } = readRunbook(readFileSync(join(ROOT, 'rules', path), 'utf8'), {});
  return blocks.flatMap((block) => (block.kind === 'code' ? block.text : []));
}

test.each(RUNBOOKS)(
  '%s has the same commands in both languages, and binds what stands in its SQL',
  (path) => {
    const code = codeOf(path);
    expect(codeOf(path.replace('.md', '.zh.md'))).toEqual(code);
    for (const line of code
      .filter((block) => block.includes('PREPARE') || block.includes('SELECT'))
      .join('\n')
      .split('\n'))
      if (line.includes('{{')) expect(line).toMatch(/^EXECUTE \w+ \('\{\{\w+\}\}'\);$/u);
  },
);

test.each(RUNBOOKS)(
  'a block of %s that changes something does nothing else, so that looking changes nothing',
  (path) => {
    const looks = /\b(?:get|logs|history|status|INFO|SELECT|search|certificates|s_client|lag)\b/u;
    const acts =
      /\b(?:undo|restart|scale|import|disable|enable|UNLINK|CONFIG SET|hold|refund|resync|reconcile|advance|UPDATE|skip-one)\b/u;
    for (const code of codeOf(path)) expect(looks.test(code) && acts.test(code), code).toBe(false);
  },
);

test.each(RULES.map((rule) => [rule.name, rule] as const))(
  '%s has an owner and a runbook in both languages whose placeholders all have a value',
  (_name, rule) => {
    expect(rule.owner).toBeDefined();
    const known = new Set([
      ...config!.schema.fields.map((field) => field.name),
      ...['alert_id', 'rule', 'count', 'fired_at', 'first_event_at'],
    ]);
    for (const path of [rule.runbook!, rule.runbook!.replace('.md', '.zh.md')]) {
      const file = join(ROOT, 'rules', path);
      expect(existsSync(file), path).toBe(true);
      const markdown = readFileSync(file, 'utf8');
      for (const [, name] of markdown.matchAll(/\{\{(\w+)\}\}/gu)) expect(known).toContain(name);
      const headings = readRunbook(markdown, {}).blocks.filter((block) => block.kind === 'heading');
      expect(headings.length, path).toBeGreaterThanOrEqual(4);
    }
  },
);
