import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orderContext } from '../../test/support/rule-context.ts';
import { formatDiagnostics, type Diagnostic } from './diagnostics.ts';
import { loadRuleTexts } from './load.ts';
import { mended } from './mending.ts';

const wrong = new URL('../../test/fixtures/rules/wrong/', import.meta.url);
const mendedByHand = new URL('../../test/fixtures/rules/mended/', import.meta.url);
const FILES = readdirSync(wrong).filter((name) => name.endsWith('.rule'));
const read = (file: string, folder = wrong): string => readFileSync(new URL(file, folder), 'utf8');

describe('wrong rules get the message that stands beside them', () => {
  it.each(FILES)('%s', async (file) => {
    const loaded = loadRuleTexts([{ file, text: read(file) }], orderContext);
    expect(loaded.ruleset).toBeUndefined();
    for (const { hint } of loaded.diagnostics) expect(hint).toBeDefined();
    const shown = formatDiagnostics(loaded.diagnostics, loaded.sources, 'text').text;
    expect(shown).not.toMatch(/nearley|parse table|Unexpected|literal|undefined|token:/);
    await expect(shown).toMatchFileSnapshot(new URL(file.replace(/\.rule$/, '.txt'), wrong).pathname);
  });
});

const STEPS_MAX = 12;

const errorsOf = (text: string): readonly Diagnostic[] =>
  loadRuleTexts([{ file: 'x.rule', text }], orderContext).diagnostics;

/** Does as the hints say, one after the other and each of their ways; gives the texts in which no hint names a change any more. */
function follow(text: string, steps = 0): readonly string[] {
  expect(steps, `hints without end: ${text}`).toBeLessThan(STEPS_MAX);
  const told = errorsOf(text).find(({ fixes }) => fixes !== undefined);
  return told === undefined
    ? [text]
    : told.fixes!.flatMap((fix) => follow(changed(text, fix, told), steps + 1));
}

function changed(text: string, fix: NonNullable<Diagnostic['fixes']>[number], { hint }: Diagnostic): string {
  const after = mended(text, fix);
  expect(after).not.toBe(text);
  // What is written is what the hint says to write.
  for (const { text: written } of fix)
    if (/[\p{L}\p{N}]/u.test(written) && !hint!.includes('…'))
      expect(hint!.replace(/\s+/gu, ' ')).toContain(written.replace(/\s+/gu, ' ').trim());
  return after;
}

describe('whoever does as the hint says has a right rule', () => {
  it.each(FILES)('%s', (file) => {
    const ends = follow(read(file));
    for (const text of ends) {
      const left = errorsOf(text);
      // What the author alone can say is said in words: a person did so once, and it stands in the other folder.
      if (left.length > 0)
        expect(existsSync(new URL(file, mendedByHand)), `${text}\n${JSON.stringify(left)}`).toBe(true);
    }
  });

  it.each(readdirSync(mendedByHand))('by hand: %s', (file) => {
    expect(FILES).toContain(file);
    expect(read(file, mendedByHand)).not.toBe(read(file));
    expect(errorsOf(read(file, mendedByHand))).toEqual([]);
    // Where changes are named all the way, nothing is left to do by hand.
    expect(follow(read(file)).some((text) => errorsOf(text).length > 0)).toBe(true);
  });
});
