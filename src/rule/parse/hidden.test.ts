import { describe, expect, it } from 'vitest';
import { orderContext } from '../../../test/support/rule-context.ts';
import { formatRuleText } from '../format.ts';
import { loadRuleTexts } from '../load.ts';
import { mended } from '../mending.ts';

const rule = (when: string): string => `rule r {\n  when ${when}\n  alert count > 1 within 5m\n}\n`;
const load = (text: string) => loadRuleTexts([{ file: 'x.rule', text }], orderContext);
const found = (text: string): readonly string[] =>
  load(text).diagnostics.map(({ severity, code, line, column }) => `${severity} ${code} ${line}:${column}`);

describe('characters in a rule that nobody sees', () => {
  it.each([
    ['a text', rule('"a\u202eb"'), '2:10'],
    ['a comment', rule('"a" # \u2066 b'), '2:14'],
    ['a comment of its own line', `# \u202e\n${rule('a')}`, '1:3'],
    ['a title', rule('a').replace('r {', 'r "x\u2067y" {'), '1:10'],
  ])('one that turns the direction of writing is an error in %s', (_where, text, place) => {
    expect(found(text)).toEqual([`error TOC123 ${place}`]);
  });

  it.each([
    ['a text', rule('level:"ERR\u200bOR"'), '2:18'],
    ['a word', rule('level:ERR\u034fOR'), '2:17'],
    ['the beginning of words', rule('order_\u3164*'), '2:14'],
  ])('one that is drawn as nothing is advised against in %s', (_where, text, place) => {
    expect(found(text)).toEqual([`warning TOC107 ${place}`]);
  });

  it('in a comment, one that is drawn as nothing does no harm', () => {
    expect(found(rule('a # b\u200bc'))).toEqual([]);
  });

  it('the finding names it, and whoever does as the hint says has a rule without it, or one that shows it', () => {
    const text = rule('level:"ERR\u200bOR"');
    const [told] = load(text).diagnostics;
    expect(told?.message).toContain('U+200B');
    expect(told?.fixes?.map((fix) => mended(text, fix))).toEqual([
      rule('level:"ERROR"'),
      rule('level:"ERR\\u{200b}OR"'),
    ]);
  });

  it('a code in a text is the character, and fmt writes by its code what nobody sees', () => {
    const values = (text: string): unknown => {
      const [only] = load(text).ruleset!.rules;
      return only!.when?.kind === 'field' && only!.when.values.map((value) => value.text);
    };
    expect(values(rule('service:"a\\u{200B}b\\u{1f600}"'))).toEqual(['a\u200bb😀']);
    const formatted = formatRuleText('x.rule', rule('service:"a\u200bb"'));
    expect('text' in formatted && formatted.text).toBe(rule('service:"a\\u{200b}b"'));
    expect(found('text' in formatted ? formatted.text : '')).toEqual([]);
  });

  it.each(['\\u{d800}', '\\u{110000}', '\\u{}', '\\u200b', '\\u{xyz}'])('%s is no character', (written) => {
    expect(found(rule(`service:"${written}"`))).toEqual(['error TOC104 2:17']);
  });
});
