/**
 * A rule or a condition as a sentence, in English or Chinese, for `explain` and for messages. It says how the rule acts, not how it is
 * written. Names of fields and texts stay unchanged.
 */
import type { Schema } from '../../event/event.ts';
import type { AlertSpec, Condition, Expr, LetRef, Literal, Rule } from '../ast.ts';
import { durationUnits } from '../../event/duration.ts';
import type { Say } from '../forms/form.ts';
import { formOf } from '../forms/forms.ts';
import { printLiteral, quote } from '../print.ts';
import type { Words } from './prose-words.ts';
import { EN, ZH } from './prose-words.ts';

export type ProseLanguage = 'en' | 'zh';

/** Returns the sentence. With the schema, values of text fields read as contained, values of other fields as equal. */
export function toProse(subject: Condition | Rule, language: ProseLanguage, schema?: Schema): string {
  const words = WORDS[language];
  const prose = 'kind' in subject ? condition(subject, words, schema) : rule(subject, language, schema);
  return language === 'zh' ? spaced(prose) : prose;
}

/** Puts a space between Han and Latin, as Chinese typography does, and removes double spaces. */
function spaced(text: string): string {
  return text
    .replace(/([\p{Script=Han}])(?=[A-Za-z0-9"])/gu, '$1 ')
    .replace(/([A-Za-z0-9"%])(?=\p{Script=Han})/gu, '$1 ')
    .replace(/ {2,}/g, ' ');
}

const WORDS: Readonly<Record<ProseLanguage, Words>> = { en: EN, zh: ZH };

function condition(tree: Condition, words: Words, schema: Schema | undefined): string {
  const inner = (operand: Condition): string => {
    const text = condition(operand, words, schema);
    return operand.kind === 'and' || operand.kind === 'or' ? words.group(text) : text;
  };
  switch (tree.kind) {
    case 'and':
      return tree.operands.map(inner).join(words.and);
    case 'or':
      return tree.operands.map(inner).join(words.or);
    case 'not':
      return words.not(condition(tree.operand, words, schema));
    case 'value':
      return words.says(tree.value.kind === 'prefix' ? printLiteral(tree.value) : quote(tree.value.text));
    case 'field':
      return field(tree.field.name, tree.values, words, schema);
    case 'exists':
      return words.exists(tree.field.name);
    case 'compare':
      return words.compares[tree.op](tree.field.name, tree.value.text);
  }
}

function field(name: string, values: readonly Literal[], words: Words, schema: Schema | undefined): string {
  const isText = schema?.byName.get(name)?.type === 'text';
  const whole = values.filter(({ kind }) => kind !== 'prefix');
  const texts = whole.map(({ text }) => (isText ? quote(text) : text)).join(words.or);
  const said = whole.length === 0 ? [] : [isText ? words.contains(name, texts) : words.is(name, texts)];
  const begun = values.filter(({ kind }) => kind === 'prefix').map(({ text }) => words.begins(name, text));
  return [...said, ...begun].join(words.or);
}

function rule(subject: Rule, language: ProseLanguage, schema: Schema | undefined): string {
  const words = WORDS[language];
  const sentences = [words.fires(alert(subject.alert, language))];
  if (subject.when !== undefined) sentences.push(words.among(condition(subject.when, words, schema)));
  for (const [name, tree] of subject.lets) sentences.push(words.where(name, condition(tree, words, schema)));
  if (subject.forMs > 0) sentences.push(words.held(duration(subject.forMs, words)));
  if (subject.resolveNever) sentences.push(words.never);
  else if (subject.resolveAfterMs > 0)
    sentences.push(words.resolves(duration(subject.resolveAfterMs, words)));
  if (subject.cooldownMs > 0) sentences.push(words.cooldown(duration(subject.cooldownMs, words)));
  return sentences.join(words.gap);
}

function alert(spec: AlertSpec, language: ProseLanguage): string {
  const words = WORDS[language];
  const by = spec.by.length === 0 ? '' : words.by(spec.by.map(({ name }) => name).join(words.stop));
  const form = formOf(spec);
  const say: Say = {
    words,
    span: duration(form.window(spec).ms, words),
    duration: ({ ms }) => duration(ms, words),
    named,
    expr: (tree) => expr(tree, words),
  };
  return form.prose[language](spec, say) + by;
}

function expr(tree: Expr, words: Words): string {
  if ('field' in tree) return words.measure[tree.kind](tree.field.name);
  switch (tree.kind) {
    case 'number':
      return tree.text;
    case 'ratio':
      return words.ratio(expr(tree.numerator, words), expr(tree.denominator, words));
    case 'baseline':
      return words.baseline(tree.factorText, duration(tree.over.ms, words));
    case 'count':
      return words.measure.count(
        tree.of === undefined ? words.events : `${named(tree.of)}${words.unitGap}${words.events}`,
      );
  }
}

function named({ name }: LetRef): string {
  return `“${name}”`;
}

function duration(ms: number, words: Words): string {
  return durationUnits(ms)
    .flatMap((amount, i) => (amount === 0 ? [] : [`${amount} ${words.units[i]![amount === 1 ? 0 : 1]}`]))
    .join(' ');
}
