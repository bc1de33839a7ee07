import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { examineRules } from '../../test/support/examined-rules.ts';
import { oddRuleBytes } from '../../test/support/odd-rule-texts.ts';
import { orderContext, orderSchema } from '../../test/support/rule-context.ts';
import { formatRuleText } from './format.ts';
import { lintRules } from './lint/all.ts';
import { loadRuleTexts } from './load.ts';
import { LENGTH_MAX, sourceText } from './source-text.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-odd-'));
afterAll(() => rmSync(DIR, { recursive: true }));

// `node test/bench/odd-rules.bench.ts` goes on with this for minutes, with texts of 10 MB, and watches time and memory.
it('whatever is in a file, the answer is rules or findings with a place in the text, in the language’s own words', () => {
  fc.assert(
    fc.property(oddRuleBytes(20_000), (bytes) => {
      expect(() => examineRules(DIR, bytes)).not.toThrow();
    }),
    { numRuns: 1200 },
  );
});

describe('what was found in this way', () => {
  it('a file with a slip in each of thousands of rules is told a bounded number of them', () => {
    const text = 'defaults { when ERROR }\nrule r { }\n'.repeat(4000);
    const load = loadRuleTexts([{ file: 'x.rule', text }], orderContext);
    const told = lintRules(load, { schema: orderSchema, retentionMs: 1, readFile: () => undefined });
    expect(told.length).toBeGreaterThan(1000);
    expect(told.length).toBeLessThan(10_000);
  });

  it('a text whose layout would be too large to be read again is refused', () => {
    const block = 'rule r { when a\nalert count > 1 within 5m }\n';
    const text = block.repeat(Math.floor(LENGTH_MAX / block.length));
    const result = formatRuleText('x.rule', text);
    expect('diagnostics' in result && result.diagnostics.map(({ code }) => code)).toEqual(['TOC120']);
  });

  it('of a text beyond what is read no places are kept', () => {
    expect(sourceText('x.rule', '\r'.repeat(2 * LENGTH_MAX)).lineStarts.length).toBe(LENGTH_MAX + 1);
  });
});
