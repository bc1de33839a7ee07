import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderContext } from '../../test/support/rule-context.ts';
import type { Rule } from './ast.ts';
import type { RuleContext } from './context.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { loadRules, loadRuleTexts } from './load.ts';

function only(text: string, context: RuleContext = orderContext): Rule {
  const loaded = loadRuleTexts([{ file: 'x.rule', text }], context);
  expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'text').text).toBe('');
  return loaded.ruleset!.rules[0]!;
}

const rule = (clauses: string): string => `rule r {\n${clauses}\n}`;

describe('a rules folder', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tocsin-rules-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('loads every rule file in it and below, in the order of their names, and nothing else', () => {
    mkdirSync(join(dir, 'pay'));
    mkdirSync(join(dir, '.git'));
    writeFileSync(join(dir, 'pay', 'b.rule'), 'rule b { when ERROR\n alert count > 1 within 5m }');
    writeFileSync(join(dir, 'a.rule'), 'rule a { when ERROR\n alert count > 1 within 5m }');
    writeFileSync(join(dir, 'a.rule~'), 'nonsense');
    writeFileSync(join(dir, '.git', 'c.rule'), 'nonsense');
    const loaded = loadRules(dir, orderContext);
    expect(loaded.files).toEqual(['a.rule', 'pay/b.rule']);
    expect(loaded.ruleset!.rules.map(({ name, file }) => [name, file])).toEqual([
      ['a', 'a.rule'],
      ['b', 'pay/b.rule'],
    ]);
  });

  it('reports the errors of all files and gives no ruleset while there is one', () => {
    writeFileSync(join(dir, 'a.rule'), 'rule a { when ERROR\n alert count > 1 within 5m }');
    writeFileSync(join(dir, 'b.rule'), 'rule a { when EROR: }');
    writeFileSync(join(dir, 'c.rule'), Buffer.from([0xff, 0xfe, 0x72]));
    const loaded = loadRules(dir, orderContext);
    expect(loaded.ruleset).toBeUndefined();
    expect(loaded.diagnostics.map((d) => `${d.file} ${d.code}`)).toEqual(['b.rule TOC101', 'c.rule TOC122']);
  });

  it('warns of a runbook that is not there, and still loads', () => {
    mkdirSync(join(dir, 'runbooks'));
    writeFileSync(join(dir, 'runbooks', 'a.md'), '# A');
    writeFileSync(
      join(dir, 'a.rule'),
      'rule a { when ERROR\n alert count > 1 within 5m\n runbook "runbooks/a.md" }\n' +
        'rule b { when ERROR\n alert count > 1 within 5m\n runbook "runbooks/b.md" }',
    );
    const loaded = loadRules(dir, orderContext);
    expect(loaded.diagnostics.map((d) => `${d.line} ${d.severity} ${d.code}`)).toEqual(['6 warning TOC301']);
    expect(loaded.ruleset!.rules).toHaveLength(2);
  });

  it('says that a folder is missing or empty', () => {
    expect(loadRules(join(dir, 'no'), orderContext).diagnostics.map((d) => d.code)).toEqual(['TOC250']);
    expect(loadRules(dir, orderContext).diagnostics.map((d) => [d.code, d.severity])).toEqual([
      ['TOC302', 'warning'],
    ]);
  });

  it('a rule that nobody would be told of is an error', () => {
    writeFileSync(join(dir, 'a.rule'), 'rule a { severity low when ERROR\n alert count > 1 within 5m }');
    const context = {
      ...orderContext,
      routed: ({ severity }: { severity: string }) => severity === 'critical',
    };
    expect(loadRules(dir, context).diagnostics.map((d) => d.code)).toEqual(['TOC222']);
  });
});

describe('the meaning of a rule', () => {
  const base = 'when "ERROR" AND service:pay\nalert count >= 5 within 5m by service';
  const meaning = (clauses: string, context?: RuleContext): string => only(rule(clauses), context).meaning;

  it('does not depend on title, severity, receivers, labels, clause order, quotes, or names of lets', () => {
    const same =
      'alert   count >= 5\n within 300s by service\nseverity high\nlabels { a: b }\nwhen ERROR AND service:"pay"';
    expect(meaning(same)).toBe(meaning(base));
    expect(only(`rule other "Title" {\n${base}\n}`).meaning).toBe(meaning(base));
    const lets = (a: string): string =>
      `let ${a} = status:PAID\nlet b = status:DONE\nalert ${a} not followed by b within 5m by order_id`;
    expect(meaning(lets('paid'))).toBe(meaning(lets('a')));
  });

  it.each([
    base.replace('5m', '6m'),
    base.replace('>=', '>'),
    base.replace('pay', 'order'),
    base.replace('by service', 'by channel'),
    `${base}\ncooldown 1m`,
    `${base}\nfor 1m`,
    `${base}\nresolve after 1m`,
    `${base}\nresolve never`,
    `${base}\nfrom orders`,
  ])('changes with %j', (clauses) => {
    expect(meaning(clauses)).not.toBe(meaning(base));
  });

  it('changes with the skew of an answer', () => {
    const of = (skew: string): string =>
      meaning(`let a = x\nlet b = y\nalert a not followed by b within 5m by order_id${skew}`);
    expect(new Set([of(''), of(' skew 1m'), of(' skew 2m')]).size).toBe(3);
    expect(of(' skew 120s')).toBe(of(' skew 2m'));
  });

  it('changes with lateness and with the search fields where an unfielded value is used', () => {
    expect(meaning(base, { ...orderContext, latenessMs: () => 1 })).not.toBe(meaning(base));
    const fewer = { ...orderContext.schema, searchFields: orderContext.schema.searchFields.slice(1) };
    expect(meaning(base, { ...orderContext, schema: fewer })).not.toBe(meaning(base));
    const fielded = base.replace('"ERROR" AND ', '');
    expect(meaning(fielded, { ...orderContext, schema: fewer })).toBe(meaning(fielded));
  });
});

describe('findings for machines', () => {
  const loaded = loadRuleTexts(
    [{ file: 'a,b.rule', text: 'rule r { when levle:x\n alert count > 1 within 5m }' }],
    orderContext,
  );

  it('json is a line a finding', () => {
    expect(JSON.parse(formatDiagnostics(loaded.diagnostics, loaded.sources, 'json').text)).toEqual({
      code: 'TOC206',
      severity: 'error',
      file: 'a,b.rule',
      line: 1,
      column: 15,
      endLine: 1,
      endColumn: 20,
      message: '`levle` is not a declared field',
      hint: 'did you mean `level`?',
    });
  });

  it('github is a workflow command a finding, its properties escaped', () => {
    expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'github').text).toBe(
      '::error file=a%2Cb.rule,line=1,endLine=1,col=15,endColumn=20::TOC206: `levle` is not a declared field (fix: did you mean `level`?)\n',
    );
  });

  it('text is coloured only when asked', () => {
    expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'text').text).not.toContain('\u001b');
    expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'text', { color: true }).text).toContain(
      '\u001b[31m',
    );
  });
});

it('carries the tests of a rule with their times in milliseconds', () => {
  const text = `rule r {
  when ERROR
  alert count > 1 within 5m by service
  test "two" {
    at 1s x 2 every 500ms { message: "ERROR", retries: 3 }
    replay "night.ndjson"
    expect fire at 1m { service: pay }
    expect nothing after 2m
  }
}
`;
  const { tests } = loadRuleTexts([{ file: 'x.rule', text }], orderContext).ruleset!.rules[0]!;
  expect(tests).toMatchObject([
    {
      name: 'two',
      steps: [
        {
          kind: 'at',
          atMs: 1000,
          times: 2,
          everyMs: 500,
          event: [
            { field: { name: 'message' }, value: { kind: 'string', text: 'ERROR' } },
            { field: { name: 'retries' }, value: { kind: 'number', text: '3' } },
          ],
        },
        { kind: 'replay', path: 'night.ndjson' },
        { kind: 'expect', outcome: 'fire', atMs: 60_000, group: [{ field: { name: 'service' } }] },
        { kind: 'expect', outcome: 'nothing', afterMs: 120_000 },
      ],
    },
  ]);
});
