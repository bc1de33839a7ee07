import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { loadRules } from '../../src/rule/load.ts';
import { readRunbook } from '../../src/notify/runbook.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { config } = loadConfig(join(root, 'tocsin.yaml'), {});
const load = loadRules(join(root, 'rules'), {
  schema: config!.schema,
  sources: config!.sources.map((source) => source.name),
  receivers: () => undefined,
  routed: () => true,
  latenessMs: () => 5_000,
});
const rules = load.ruleset?.rules ?? [];

test('the shipped rules load without a warning', () => {
  expect(load.diagnostics).toEqual([]);
  expect(rules.map((rule) => rule.name).sort()).toEqual([
    'order_sync_failures',
    'payment_gateway_errors',
    'redis_refusing_writes',
  ]);
});

test.each(rules.map((rule) => [rule.name, rule] as const))(
  '%s has an owner and a runbook in both languages whose placeholders all have a value',
  (_name, rule) => {
    expect(rule.owner).toBeDefined();
    const known = new Set([
      ...config!.schema.fields.map((field) => field.name),
      ...['alert_id', 'rule', 'count', 'fired_at', 'first_event_at'],
    ]);
    for (const path of [rule.runbook!, rule.runbook!.replace('.md', '.zh.md')]) {
      const file = join(root, 'rules', path);
      expect(existsSync(file), path).toBe(true);
      const markdown = readFileSync(file, 'utf8');
      for (const [, name] of markdown.matchAll(/\{\{(\w+)\}\}/gu)) expect(known).toContain(name);
      const headings = readRunbook(markdown, {}).blocks.filter((block) => block.kind === 'heading');
      expect(headings.length, path).toBeGreaterThanOrEqual(4);
    }
  },
);
