import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyRuleFile } from '../../test/support/any-rule.ts';
import { orderContext } from '../../test/support/rule-context.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { loadRuleTexts } from './load.ts';

const wrong = new URL('../../test/fixtures/rules/wrong/', import.meta.url);
const texts = readdirSync(wrong)
  .filter((name) => name.endsWith('.rule'))
  .map((name) => readFileSync(new URL(name, wrong), 'utf8'));

/** A rule text with some of its pieces cut, doubled, or replaced by what a keyboard or an editor may put there. */
const mutated = fc
  .tuple(
    fc.oneof(fc.constantFrom(...texts), anyRuleFile()),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(12),
        fc.constantFrom(
          '',
          '"',
          '(',
          ')',
          '{',
          '}',
          'AND',
          ' OR ',
          '\n',
          'rule r {',
          '*',
          '\\',
          '：',
          '\0',
          '\ud800',
          '“',
          '#',
        ),
      ),
      {
        maxLength: 4,
      },
    ),
  )
  .map(([text, cuts]) =>
    cuts.reduce((now, [place, length, put]) => {
      const from = place % (now.length + 1);
      return now.slice(0, from) + put + now.slice(from + length);
    }, text),
  );

it('whatever is written, the answer is rules or findings with a place in the text, in the language’s own words', () => {
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ unit: 'binary' })), (text) => {
      const loaded = loadRuleTexts([{ file: 'x.rule', text }], orderContext);
      const lines = text.split(/\r\n?|\n/);
      for (const d of loaded.diagnostics) {
        expect(d.line).toBeLessThanOrEqual(lines.length);
        expect(d.column).toBeLessThanOrEqual(lines[d.line - 1]!.length + 1);
      }
      expect(loaded.ruleset === undefined).toBe(loaded.diagnostics.some((d) => d.severity === 'error'));
      const shown = formatDiagnostics(loaded.diagnostics, loaded.sources, 'text');
      if (!text.includes('undefined')) expect(shown).not.toMatch(/nearley|Unexpected|undefined|NaN|\[object/);
    }),
    { numRuns: Number(process.env['TOCSIN_CASES'] ?? 1500) },
  );
});
