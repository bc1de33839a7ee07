import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../../test/support/rule-context.ts';
import { formatDiagnostics } from '../diagnostics.ts';
import { loadRuleTexts, parseCondition } from '../load.ts';
import { parseRuleFile } from './parse.ts';
import { printCondition } from '../print.ts';
import { sourceText } from '../source-text.ts';

const corpus = new URL('../../../test/fixtures/rules/right/', import.meta.url);

function load(text: string): ReturnType<typeof loadRuleTexts> {
  return loadRuleTexts([{ file: 'x.rule', text }], orderContext);
}

function messages(text: string): string[] {
  return load(text).diagnostics.map((d) => `${d.line}:${d.column} ${d.code}`);
}

const rule = (clauses: string): string => `rule r {\n  ${clauses}\n}\n`;

describe('rule files', () => {
  it.each(readdirSync(corpus))('%s loads without a finding', (file) => {
    const text = readFileSync(new URL(file, corpus), 'utf8');
    const loaded = loadRuleTexts([{ file, text }], orderContext);
    expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'text').text).toBe('');
    expect(loaded.ruleset!.rules.length).toBeGreaterThan(0);
  });

  it('reads every clause of the first example', () => {
    const text = readFileSync(new URL('examples.rule', corpus), 'utf8');
    const loaded = loadRuleTexts([{ file: 'examples.rule', text }], orderContext);
    expect(loaded.ruleset!.rules[0]).toMatchObject({
      name: 'order_sync_failures',
      title: 'Order sync failures',
      severity: 'high',
      owner: 'team-order',
      labels: { domain: 'order', tier: '1' },
      whenText: '"ERROR" AND ("order_timeout" OR "inventory_rollback")',
      alertText: 'count >= 5 within 5m by service',
      forMs: 60_000,
      resolveAfterMs: 600_000,
      cooldownMs: 900_000,
      notify: [
        { channel: 'slack', target: '#order-oncall' },
        { channel: 'dingtalk', target: 'order-group' },
        { channel: 'email', target: 'oncall@example.com' },
      ],
      runbook: 'runbooks/order-sync.md',
      maxGroups: 1_000_000,
    });
  });

  it('applies the defaults of a file to its rules, labels key by key', () => {
    const loaded = load(
      'defaults { severity low  owner team-order  notify slack:"#order-oncall"  labels { a: x, b: y } }\n' +
        'rule r { labels { b: z }\n when ERROR\n alert count > 1 within 5m }',
    );
    expect(loaded.diagnostics).toEqual([]);
    expect(loaded.ruleset!.rules[0]).toMatchObject({
      severity: 'low',
      owner: 'team-order',
      labels: { a: 'x', b: 'z' },
      notify: [{ channel: 'slack', target: '#order-oncall' }],
    });
  });

  it('reads byte order mark, CRLF, tabs and a rule on one line', () => {
    expect(messages('\ufeffrule r {\r\n\twhen ERROR\r\n\talert count > 1 within 5m\r\n}\r\n')).toEqual([]);
    expect(messages('rule r { when ERROR alert count > 1 within 5m by service for 1m }')).toEqual([]);
  });

  it('reads an alert that goes on over several lines, with comments between', () => {
    const text = rule(
      'let failed = status:FAILED\n let total = status:* # all\n alert count(failed) / count(total) > 5% # share\n' +
        '   and count(total) >= 100\n   within 10m\n   by channel',
    );
    expect(messages(text)).toEqual([]);
    expect(load(text).ruleset!.rules[0]!.alertText).toBe(
      'count(failed) / count(total) > 5% and count(total) >= 100 within 10m by channel',
    );
  });

  it('keeps comments with their places', () => {
    const { tree } = parseRuleFile(sourceText('x.rule', '# head\nrule r { # side\n}\n'));
    expect(tree.comments.map((c) => [c.text, c.span.line, c.span.column])).toEqual([
      ['# head', 1, 1],
      ['# side', 2, 10],
    ]);
  });

  it('counts columns in characters, not in UTF-16 units', () => {
    expect(messages(rule('when "🔥🔥" ANND "x"\n  alert count > 1 within 5m'))).toEqual(['2:13 TOC113']);
  });

  it('reports the errors of several rules, and of several clauses of one, in one run', () => {
    const text =
      rule('severty high\n  when level:ERROR AND\n  alert count >= 5 within 5min') +
      'rule s { when leve:ERROR\n alert count > 1 within 5m }\nrule t {\n when ERROR\n alert count >> 1 within 5m }';
    expect(messages(text)).toEqual([
      '2:3 TOC116',
      '3:23 TOC101',
      '4:27 TOC117',
      '6:15 TOC206',
      '10:15 TOC101',
    ]);
  });
});

describe('conditions', () => {
  it.each([
    'a AND b AND NOT c',
    'a OR (b AND c)',
    '(a OR b) AND (c OR d)',
    'NOT (a AND b)',
    'a OR (NOT b)',
    'level:(ERROR OR WARN)',
    'order_state:*',
    'path:/api/order*',
    'path:/api/v1/orders',
    'duration_ms > 800',
    'retries >= -5',
    'paid_at < "2026-11-20T08:00:00.000Z"',
    'vip:true',
    '"支付成功" AND error_code:E-42',
    '"say \\"hi\\" \\\\ there"',
    'order*',
    'error_code:5m',
  ])('%s prints as it was written', (text) => {
    const parsed = parseCondition(text, orderSchema);
    expect(formatDiagnostics(parsed.diagnostics, new Map([['condition', text]]), 'text').text).toBe('');
    expect(printCondition(parsed.condition!)).toBe(text);
  });

  it('refuses what has no field, no word or the wrong type, all in one run', () => {
    const text = 'servce:pay AND "---" AND message > 5 AND retries:many AND payment-gateway AND vip:yes';
    expect(parseCondition(text, orderSchema).diagnostics.map((d) => d.code)).toEqual([
      'TOC206',
      'TOC216',
      'TOC215',
      'TOC214',
      'TOC217',
      'TOC214',
    ]);
  });

  it.each(['', '  ', '\t\n\n', '# nothing but a comment', '\ufeff', '\u200b', '\u3000 # x'])(
    'a text without a condition, %j, is told what to write',
    (text) => {
      const { condition, diagnostics } = parseCondition(text, orderSchema);
      expect(condition).toBeUndefined();
      expect(diagnostics.map(({ code, hint }) => [code, hint !== undefined])).toEqual([
        [/[\u200b\u3000]/u.test(text) ? 'TOC107' : 'TOC102', true],
      ]);
    },
  );

  it('whatever stands in place of a condition, the answer is a condition or findings', () => {
    const parts = fc.constantFrom(
      ...[
        '',
        ' ',
        '\n',
        '#',
        '"',
        '(',
        ')',
        'a',
        'NOT',
        'AND',
        ':',
        '*',
        '\u200b',
        '\ufeff',
        '，',
        "'",
        '\\',
        '>',
      ],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(parts).map((all) => all.join('')),
        ),
        (text) => {
          const { condition, diagnostics } = parseCondition(text, orderSchema);
          expect(condition === undefined).toBe(diagnostics.length > 0);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('bounds', () => {
  it('a text of more words than Elasticsearch takes in one query is refused', () => {
    const codes = (words: number): readonly string[] =>
      parseCondition(`message:"${'支'.repeat(words)}"`, orderSchema).diagnostics.map((d) => d.code);
    expect([codes(200), codes(201)]).toEqual([[], ['TOC230']]);
  });

  it('deep nesting and huge inputs get one short message, quickly', () => {
    const nested = (depth: number): string => rule(`when ${'('.repeat(depth)}a\n alert count > 1 within 5m`);
    expect(messages(nested(1000))).toEqual(['2:58 TOC121']);
    expect(messages(nested(100_000))).toEqual(['1:1 TOC120']);
    expect(messages(`# ${'x'.repeat(2_000_000)}`)).toEqual(['1:1 TOC120']);
  });

  it.each(['/', 'a:/+', ' /', '(', '“', '1h', 'a* ', '\\', '"', '\n', 'rule ', 'a OR '])(
    'no end of %j is answered without delay and in few words',
    (piece) => {
      const start = performance.now();
      const loaded = load(`a: ${piece.repeat(200_000 / piece.length)}`);
      expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'text').text.length).toBeLessThan(
        1_000_000,
      );
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );

  it('a condition of thousands of operands is read without delay', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `w${i}`).join(' OR ');
    const start = performance.now();
    expect(messages(rule(`when ${many}\n alert count > 1 within 5m`))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
