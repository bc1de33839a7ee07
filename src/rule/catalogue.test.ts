import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orderContext } from '../../test/support/rule-context.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { loadRuleTexts } from './load.ts';

const wrong = new URL('../../test/fixtures/rules/wrong/', import.meta.url);

describe('wrong rules get the message that stands beside them', () => {
  it.each(readdirSync(wrong).filter((name) => name.endsWith('.rule')))('%s', async (file) => {
    const text = readFileSync(new URL(file, wrong), 'utf8');
    const loaded = loadRuleTexts([{ file, text }], orderContext);
    expect(loaded.ruleset).toBeUndefined();
    // What is wrong with a receiver the configuration says, its fix included.
    for (const { code, hint } of loaded.diagnostics) if (code !== 'TOC208') expect(hint).toBeDefined();
    const shown = formatDiagnostics(loaded.diagnostics, loaded.sources, 'text');
    expect(shown).not.toMatch(/nearley|parse table|Unexpected|literal|undefined|token:/);
    await expect(shown).toMatchFileSnapshot(new URL(file.replace(/\.rule$/, '.txt'), wrong).pathname);
  });
});
