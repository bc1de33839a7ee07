/** The words that a rule looks up in text, and their places, for the lints that examine them. */
import type { Schema } from '../../event/event.ts';
import { tokenTexts } from '../../event/analysis/analyze.ts';
import type { Condition, Literal } from '../ast.ts';
import { conditionsOf, clausesOf } from '../block.ts';
import { leavesOf } from '../leaves.ts';
import type { RuleBlock } from '../file.ts';

/** A value of a condition that is looked up in text, and its tokens. */
export interface Phrase {
  readonly value: Literal;
  readonly tokens: readonly string[];
}

/** Returns the whole values (not prefixes) of a condition that are looked up in a text field. */
export function phrasesOf(condition: Condition, schema: Schema): readonly Phrase[] {
  const searched = schema.searchFields.some(({ type }) => type === 'text');
  return leavesOf(condition)
    .flatMap((leaf) => {
      if (leaf.kind === 'value') return searched ? [leaf.value] : [];
      if (leaf.kind !== 'field') return [];
      return schema.byName.get(leaf.field.name)?.type === 'text' ? leaf.values : [];
    })
    .filter(({ kind }) => kind !== 'prefix')
    .map((value) => ({ value, tokens: tokenTexts(value.text) }));
}

/** Returns every token of the conditions and the test events of a rule. */
export function tokensOf(block: RuleBlock): readonly string[] {
  const values = conditionsOf(block)
    .flatMap(leavesOf)
    .flatMap((leaf) => (leaf.kind === 'value' ? [leaf.value] : leaf.kind === 'field' ? leaf.values : []));
  const events = clausesOf(block, 'test')
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.kind === 'at' ? step.event.map(({ value }) => value) : []));
  return [...values, ...events].flatMap(({ text }) => tokenTexts(text));
}
