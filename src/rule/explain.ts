/** Everything that can be said of a rule without running it: its meaning in words, the tokens of its phrases, and the queries to the archive. */
import { tokenTexts } from '../event/analysis/analyze.ts';
import type { Schema } from '../event/event.ts';
import type { Condition, Rule } from './ast.ts';
import { leavesOf } from './leaves.ts';
import { toElasticsearch } from './elasticsearch.ts';
import { toKql } from './kql.ts';
import { memoryOf } from './explain/memory.ts';
import { printCondition } from './print.ts';
import { toProse, type ProseLanguage } from './explain/prose.ts';

interface ExplainedCondition {
  /** `when`, or the name of a let. */
  readonly name: string;
  readonly text: string;
  /** File and line of a let that the rule shares with others. */
  readonly sharedFrom?: string;
  /** Values that are looked up in text, and the tokens into which they are cut. */
  readonly phrases: readonly { readonly text: string; readonly tokens: readonly string[] }[];
  readonly elasticsearch: object;
  readonly kql: string;
}

export interface Explanation {
  readonly rule: string;
  readonly alert: string;
  readonly prose: string;
  readonly conditions: readonly ExplainedCondition[];
  readonly memory: readonly string[];
  /** Fields whose values are looked up in another form than events have them. */
  readonly normalised: readonly { readonly field: string; readonly as: string }[];
}

export function explainRule(rule: Rule, schema: Schema, language: ProseLanguage): Explanation {
  const conditions: readonly (readonly [string, Condition])[] = [
    ...(rule.when === undefined ? [] : [['when', rule.when] as const]),
    ...rule.lets,
  ];
  const used = new Set(conditions.flatMap(([, condition]) => fieldsOf(condition, schema)));
  return {
    rule: rule.name,
    alert: rule.alertText,
    prose: toProse(rule, language, schema),
    conditions: conditions.map(([name, condition]) => ({
      name,
      text: printCondition(condition),
      ...(condition.span.file !== rule.file && {
        sharedFrom: `${condition.span.file}:${condition.span.line}`,
      }),
      phrases: phrasesOf(condition, schema),
      elasticsearch: toElasticsearch(condition, schema),
      kql: toKql(condition, schema),
    })),
    memory: memoryOf(rule, language),
    normalised: schema.fields
      .filter(({ name }) => used.has(name))
      .flatMap(({ name, normalise }) => (normalise === undefined ? [] : [{ field: name, as: normalise }])),
  };
}

function fieldsOf(condition: Condition, schema: Schema): readonly string[] {
  return leavesOf(condition).flatMap((leaf) =>
    leaf.kind === 'value' ? schema.searchFields.map(({ name }) => name) : [leaf.field.name],
  );
}

function phrasesOf(condition: Condition, schema: Schema): ExplainedCondition['phrases'] {
  const searched = schema.searchFields.some(({ type }) => type === 'text');
  const values = leavesOf(condition).flatMap((leaf) => {
    if (leaf.kind === 'value') return searched ? [leaf.value] : [];
    if (leaf.kind !== 'field' || schema.byName.get(leaf.field.name)?.type !== 'text') return [];
    return leaf.values;
  });
  return values.map(({ text }) => ({ text, tokens: tokenTexts(text) }));
}
