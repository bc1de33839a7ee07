import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRuleFile } from '../../test/support/any-rule.ts';
import type { RuleFile } from './file.ts';
import { parseRuleFile } from './parse/parse.ts';
import { printRuleFile } from './print-file.ts';
import { sourceText } from './source-text.ts';

function parse(text: string): RuleFile {
  const { tree, diagnostics } = parseRuleFile(sourceText('x.rule', text));
  expect(diagnostics, text).toEqual([]);
  return tree;
}

/** The tree without its places. */
function shape(tree: RuleFile): unknown {
  return JSON.parse(
    JSON.stringify([tree.blocks, tree.lets], (key, value: unknown) => (key === 'span' ? undefined : value)),
  );
}

const corpus = new URL('../../test/fixtures/rules/right/', import.meta.url);

describe('printing', () => {
  it.each(readdirSync(corpus))(
    '%s keeps its tree and comments, and printing twice changes nothing',
    (file) => {
      const tree = parse(readFileSync(new URL(file, corpus), 'utf8'));
      const printed = printRuleFile(tree);
      const again = parse(printed);
      expect(shape(again)).toEqual(shape(tree));
      expect(again.comments.map((c) => c.text)).toEqual(tree.comments.map((c) => c.text));
      expect(printRuleFile(again)).toBe(printed);
    },
  );

  it('is tried on at least 60 rules besides the examples, of every alert form', () => {
    const trees = readdirSync(corpus).map((file) => parse(readFileSync(new URL(file, corpus), 'utf8')));
    const blocks = trees.flatMap((tree) => tree.blocks).filter((block) => block.kind === 'rule');
    expect(blocks.length).toBeGreaterThanOrEqual(70);
    const forms = blocks
      .flatMap(({ clauses }) => clauses)
      .flatMap((clause) => (clause.kind === 'alert' ? [clause.spec.kind] : []));
    expect([...new Set(forms)].sort()).toEqual(
      ['aggregate', 'all_of', 'changes', 'new', 'not_followed_by', 'nothing', 'stays', 'then'].sort(),
    );
  });

  it('any rule keeps its tree, and printing twice changes nothing', () => {
    fc.assert(
      fc.property(anyRuleFile(), (text) => {
        const tree = parse(text);
        const printed = printRuleFile(tree);
        const again = parse(printed);
        expect(shape(again)).toEqual(shape(tree));
        expect(again.comments.map((c) => c.text.trimEnd()).sort()).toEqual(
          tree.comments.map((c) => c.text.trimEnd()).sort(),
        );
        expect(printRuleFile(again)).toBe(printed);
      }),
      { numRuns: 300 },
    );
  });

  it('puts comments where a reader left them', () => {
    const text = `# file

defaults { severity low }  # all
# about r
rule r { # head
  # why

  when "a" AND # first
    "b"
  alert count > 1   within 5m # often


  test "t" { # starts
    at 0s { message: a } # one
    # last
    expect nothing }
  # end
} # done
# tail`;
    expect(printRuleFile(parse(text))).toBe(`# file

defaults {
  severity low
} # all

# about r
rule r { # head
  # why

  # first
  when "a" AND "b"
  alert count > 1 within 5m # often

  test "t" { # starts
    at 0s { message: a } # one
    # last
    expect nothing
  }
  # end
} # done
# tail
`);
  });

  it('breaks a long condition at its outermost operator', () => {
    const words = Array.from({ length: 9 }, (_, i) => `"a long phrase ${i}"`);
    const printed = printRuleFile(parse(`rule r { when ${words.join(' OR ')} alert count > 1 within 5m }`));
    expect(printed).toContain(`  when ${words.join('\n    OR ')}\n`);
    expect(printRuleFile(parse(printed))).toBe(printed);
  });
});
