import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { readRuleTexts } from './rulebook.ts';
import { sourceFindings } from './source-findings.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-findings-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const RULES = `rule failures "Failures" {
  when level:ERROR AND message:boom
  alert count >= 3 within 1m by order_id
}
`;

/** The findings about `orders`, decoded so, as `line:column code hint`. */
function findings(orders: string, rules = RULES, more = ''): readonly string[] {
  const file = join(folder, 'tocsin.yaml');
  writeFileSync(
    file,
    `sources:
  orders:
    stdin: {}
${orders}${more}
fields:
  level: { type: keyword }
  order_id: { type: keyword, path: [order.id, order_id] }
  message: { type: text }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  const { config, problems } = loadConfig(file, {});
  expect(problems).toEqual([]);
  const { ruleset, diagnostics } = readRuleTexts(config!, [{ file: 'a.rule', text: rules }]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return sourceFindings(config!, ruleset!.rules).map(
    ({ code, line, column, message, hint }) => `${line}:${column} ${code} ${message} | ${hint!}`,
  );
}

const regex = (pattern: string, time = ''): string =>
  `    decode: [{ regex: '${pattern}' }]\n${time === '' ? '' : `    timestamp: { field: ${time} }\n`}`;
const WHOLE = '^(?<time>\\S+) (?<level>\\S+) (?<order_id>\\S+) (?<message>.*)$';

test('a time that no step gives is a warning that names the field which has it', () => {
  expect(findings(regex(WHOLE))).toEqual([
    expect.stringMatching(
      /^2:3 TOC401 no step of `orders` gives `@timestamp`.*\| write `timestamp: \{ field: time \}`$/u,
    ),
  ]);
  expect(findings(regex(WHOLE, 'when'))).toEqual([expect.stringMatching(/^5:5 TOC401 .*gives `when`/u)]);
  expect(findings(regex(WHOLE, '[[day, time]]'))).toEqual([expect.stringContaining('`day and time`')]);
  expect(findings(regex(WHOLE.replace('<time>', '<x>')))).toEqual([
    expect.stringContaining('field: arrival'),
  ]);
});

test.each([
  regex(WHOLE, 'time'),
  regex(WHOLE, '[ts, time]'),
  regex(WHOLE, 'arrival'),
  '',
  `    decode: [{ regex: '${WHOLE}' }, { kv: message }]\n`,
  '    decode: { dissect: "%{@timestamp} %{level} %{order_id} %{message}" }\n',
])('nothing is said of what may be there: %s', (orders) => {
  expect(findings(orders)).toEqual([]);
});

test('a field that a rule asks for and none of its sources can give is a warning at the rule', () => {
  const without = regex('^(?<time>\\S+) (?<message>.*)$', 'time');
  expect(findings(without)).toEqual([
    expect.stringMatching(/^1:\d+ TOC402 no step of `orders` gives `level`, which `failures` asks for/u),
    expect.stringMatching(/TOC402 .* gives `order_id`/u),
  ]);
  expect(findings(without, RULES, '  other: { kafka: { brokers: [a:1], topic: b } }')).toEqual([]);
  const named = RULES.replace('  when', '  from orders\n  when');
  expect(findings(without, named, '  other: { kafka: { brokers: [a:1], topic: b } }')).toHaveLength(2);
});
