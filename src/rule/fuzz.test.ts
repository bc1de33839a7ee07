import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { examineRules } from '../../test/support/examined-rules.ts';
import { oddRuleBytes } from '../../test/support/odd-rule-texts.ts';

const dir = mkdtempSync(join(tmpdir(), 'tocsin-odd-'));
afterAll(() => rmSync(dir, { recursive: true }));

// `node test/bench/odd-rules.bench.ts` goes on with this for minutes, with texts of 10 MB, and watches time and memory.
it('whatever is in a file, the answer is rules or findings with a place in the text, in the language’s own words', () => {
  fc.assert(
    fc.property(oddRuleBytes(20_000), (bytes) => {
      expect(() => examineRules(dir, bytes)).not.toThrow();
    }),
    { numRuns: 1200 },
  );
});
