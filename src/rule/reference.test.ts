import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../test/support/rule-context.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { loadRuleTexts, parseCondition } from './load.ts';

const README = readFileSync(new URL('../../grammar/README.md', import.meta.url), 'utf8');

function blocks(language: string): string[] {
  return [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter((m) => m[1] === language).map((m) => m[2]!);
}

describe('the reference', () => {
  it.each(blocks('rule'))('example loads: %s', (text) => {
    const loaded = loadRuleTexts([{ file: 'README.md', text }], orderContext);
    expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'text').text).toBe('');
  });

  it('the example of shared lets loads', () => {
    const [lets, rule] = blocks('lets');
    const texts = [
      { file: 'lets.rule', text: lets! },
      { file: 'payment.rule', text: rule! },
    ];
    const loaded = loadRuleTexts(texts, orderContext);
    expect(formatDiagnostics(loaded.diagnostics, loaded.sources, 'text').text).toBe('');
    expect(loaded.ruleset!.rules.length).toBeGreaterThan(0);
  });

  it.each(blocks('condition').flatMap((block) => block.trim().split('\n')))(
    'condition parses: %s',
    (text) => {
      expect(parseCondition(text, orderSchema).diagnostics).toEqual([]);
    },
  );

  it('lists every code that the program can give, and no other', () => {
    const listed = [...README.matchAll(/^\| (TOC\d+) \|/gm)].map((m) => m[1]!);
    // Those of lint/ are advice and stand in docs/lint.md.
    const sources = readdirSync(new URL('../', import.meta.url), {
      recursive: true,
      encoding: 'utf8',
    }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('rule/lint'));
    const given = sources
      .map((name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
      .flatMap((text) => [...text.matchAll(/'(TOC\d+)'/g)].map((m) => m[1]!));
    expect(listed).toEqual([...new Set(given)].sort());
  });
});
