import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../../test/support/rule-context.ts';
import { loadRuleTexts } from '../load.ts';
import { lintRules } from './all.ts';
import type { LintContext } from './lint.ts';

const runbooks: Readonly<Record<string, string>> = {
  'runbooks/stuck.md': '# Stuck\n\n## Restore service first\n\n1. Restart {{service}}, see {{ alert_id }}.\n',
  'runbooks/placeholder.md':
    '# Stuck\n\n## Restore service first\n\n1. Restart {{servic}}: `fix {{order_no}}`.\n',
  'runbooks/wall-of-text.md': '# Stuck\n\nRestart it.\n\n```sh\n## not a heading\nrestart\n```\n',
};

const context: LintContext = {
  schema: orderSchema,
  retentionMs: 30 * 86_400_000,
  readFile: (path) => runbooks[path],
};

function codes(text: string): readonly string[] {
  const load = loadRuleTexts([{ file: 'x.rule', text }], orderContext);
  expect(load.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return lintRules(load, context).map(({ code }) => code);
}

const PAGE = readFileSync(new URL('../../../docs/lint.md', import.meta.url), 'utf8');
const SECTIONS = PAGE.split(/^## /mu)
  .slice(1)
  .map((section) => ({
    code: section.slice(0, 6),
    examples: [...section.matchAll(/```rule\n([\s\S]*?)```/gu)].map((block) => block[1]!),
  }));

describe('docs/lint.md', () => {
  it('has a section for every code of lint and check, and no other', () => {
    const folders = ['./', '../check/'].map((path) => new URL(path, import.meta.url));
    const sources = folders.flatMap((folder) =>
      readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8')),
    );
    const used = [...sources, readFileSync(new URL('../load.ts', import.meta.url), 'utf8')].flatMap(
      (text) => text.match(/'TOC3\d\d'/gu) ?? [],
    );
    const unique = [...new Set(used.map((code) => code.slice(1, -1)))].sort();
    expect(SECTIONS.map(({ code }) => code)).toEqual(unique);
  });

  it.each(SECTIONS.filter(({ examples, code }) => examples.length > 0 && code !== 'TOC301'))(
    '$code is said of its first example and not of its second',
    ({ code, examples }) => {
      expect(examples).toHaveLength(2);
      expect(codes(examples[0]!)).toContain(code);
      expect(codes(examples[1]!)).not.toContain(code);
    },
  );
});

const rule = (clauses: string): string =>
  `rule r {\n owner o\n ${clauses}\n test "t" { at 0s { message: a }\n expect nothing }\n}`;

describe('lint', () => {
  it('has nothing to say of a rule that has all it needs', () => {
    expect(
      codes(rule('severity high runbook "runbooks/stuck.md" when "a b" alert count > 1 within 5m')),
    ).toEqual([]);
  });

  it.each([
    'count >= 0',
    'count < 0',
    '0 > count',
    'count == 1.5',
    'distinct(user_id) >= 0',
    'count > 5 and count <= 5',
    'avg(duration_ms) > 5 and avg(duration_ms) < 3',
    'count(a) / count(b) >= 0',
  ])('finds that %s is always or never true', (comparison) => {
    const lets = comparison.includes('(a)') ? 'let a = status:A let b = status:*' : 'when level:ERROR';
    expect(codes(rule(`${lets} alert ${comparison} within 5m`))).toEqual(['TOC309']);
  });

  it.each(['count < 1', 'count > 0 and count < 2', 'avg(duration_ms) >= 0', 'count >= 5 and 9 >= count'])(
    'takes %s as it is',
    (comparison) => {
      expect(codes(rule(`when level:ERROR alert ${comparison} within 5m`))).toEqual([]);
    },
  );

  it.each(['level:A AND NOT level:A', 'a OR (NOT a)', 'duration_ms > 800 AND duration_ms < 500'])(
    'finds that %s is always or never true',
    (condition) => {
      expect(codes(rule(`when ${condition}\n alert count > 1 within 5m`))).toEqual(['TOC309']);
    },
  );

  it('takes a word for a part of another where the rules or their tests hold both', () => {
    const used = `rule r {\n owner o\n when "declined"\n alert count > 1 within 5m\n test "t" { at 0s { message: "ERROR card_declined" }\n expect nothing }\n}`;
    expect(codes(used)).toEqual(['TOC310']);
    expect(codes(used.replace('card_declined', 'card declined'))).toEqual([]);
    expect(codes(rule('when status:timeout\n alert count > 1 within 5m'))).toEqual([]);
  });

  it.each([
    ['"java.net.SocketTimeoutException"', ['TOC311']],
    ['IOException', ['TOC311']],
    ['"IOException" OR "java.io.IOException"', []],
    ['Error', []],
    ['"pay.example.com"', []],
  ])('knows the class names in %s', (condition, expected) => {
    expect(codes(rule(`when ${condition}\n alert count > 1 within 5m`))).toEqual(expected);
  });

  it.each([
    ['let a = level:A alert count(a) > 2 * baseline(1h) within 5m', ['TOC320']],
    ['when level:A alert 2 * baseline(1h) <= avg(duration_ms) within 5m', ['TOC320']],
    ['when level:A alert 2 * baseline(1h) < count and 9 <= count within 5m', []],
    ['when level:A alert count < 0.5 * baseline(1h) within 5m', []],
  ])('asks for a floor beside a baseline that is exceeded, as in %s', (clauses, expected) => {
    expect(codes(rule(clauses))).toEqual(expected);
  });

  it('takes owner and runbook from the defaults of the file', () => {
    const text =
      'defaults { owner o  runbook "runbooks/stuck.md" }\nrule r { severity critical\n when "a b" alert count > 1 within 5m }';
    expect(codes(text)).toEqual(['TOC306']);
  });

  const ratio = (above: string, below: string, comparison = 'count(a) / count(b) > 1'): string =>
    rule(`let a = ${above}\n let b = ${below}\n alert ${comparison} and count(a) >= 5 within 5m`);

  it.each([
    ['status:FAILED', 'status:SUCCESS'],
    ['status:FAILED AND service:pay', 'service:order'],
    ['status:(FAILED OR TIMEOUT)', 'status:(FAILED OR SUCCESS)'],
    ['"payment failed"', '"payment done"'],
    ['NOT status:OK', 'status:OK'],
  ])('finds a ratio of %s to %s blind where there is none of the latter', (above, below) => {
    expect(codes(ratio(above, below))).toEqual(['TOC314']);
    expect(codes(ratio(above, below, '1 < count(a) / count(b)'))).toEqual(['TOC314']);
    // One that is to be small has nothing to see there.
    expect(codes(ratio(above, below, 'count(a) / count(b) < 1'))).toEqual([]);
  });

  it.each([
    ['status:FAILED', 'status:*'],
    ['service:pay AND status:FAILED', 'service:pay AND status:*'],
    ['status:FAILED', 'status:(FAILED OR SUCCESS)'],
    ['path:/api/orders', 'path:/api*'],
    ['"payment failed"', 'payment'],
    ['status:FAILED OR status:TIMEOUT', 'status:*'],
    ['NOT status:OK', 'level:ERROR OR (NOT status:OK)'],
  ])('takes a share of %s in %s', (above, below) => {
    expect(codes(ratio(above, below))).toEqual([]);
  });

  it('counts what `when` asks for in a ratio too', () => {
    const share = rule('when status:*\n let a = status:FAILED\n alert count(a) / count > 5% within 5m');
    expect(codes(share)).toEqual([]);
    expect(codes(share.replace('count(a) / count', 'count / count(a)'))).toEqual(['TOC314']);
  });

  it.each([
    ['path:"/health*"', ['TOC315']],
    ['path:("/a" OR "/health*")', ['TOC315']],
    ['path:"*/health"', ['TOC315']],
    ['message:"timeo*"', ['TOC315']],
    ['"order timeo*"', ['TOC315']],
    ['path:/health*', []],
    ['message:"*** FATAL ***"', []],
    ['path:"/health"', []],
  ])('says of %s whether its star is a wildcard', (condition, expected) => {
    expect(codes(rule(`when level:ERROR AND NOT ${condition}\n alert count > 1 within 5m`))).toEqual(
      expected,
    );
  });

  it('says that the value of an alert has no wildcard', () => {
    const stays = 'when order_state:* alert order_state stays "PROC*" for 2h by service';
    expect(codes(rule(stays))).toEqual(['TOC315']);
  });

  it('names each placeholder that the rule cannot fill, once, with what was meant', () => {
    const load = loadRuleTexts(
      [
        {
          file: 'x.rule',
          text: rule('when "a b" alert count > 1 within 5m runbook "runbooks/placeholder.md"'),
        },
      ],
      orderContext,
    );
    const said = lintRules(load, context).filter(({ code }) => code === 'TOC316');
    expect(said.map(({ message, hint }) => `${message} | ${hint}`)).toEqual([
      expect.stringMatching(
        /^`\{\{servic\}\}` in the runbook `runbooks\/placeholder\.md`.*did you mean `\{\{service\}\}`/u,
      ),
      expect.stringMatching(/^`\{\{order_no\}\}`/u),
    ]);
  });

  it('knows the placeholders that no source of the rule can fill', () => {
    const text = rule('from audit\n when "a b" alert count > 1 within 5m runbook "runbooks/stuck.md"');
    const load = loadRuleTexts([{ file: 'x.rule', text }], orderContext);
    const given = new Map([
      ['audit', new Set(['user_id', 'message'])],
      ['orders', undefined],
    ]);
    const named = (load: Parameters<typeof lintRules>[0]) =>
      lintRules(load, { ...context, given }).map(({ code }) => code);
    expect(named(load)).toEqual(['TOC316']);
    const both = loadRuleTexts([{ file: 'x.rule', text: text.replace('from audit', '') }], orderContext);
    expect(named(both)).toEqual([]);
  });
});
