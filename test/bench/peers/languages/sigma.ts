/**
 * The rules of the benches in Sigma. Sigma looks for parts of texts, not for words, so there are three ways to write a word: `fields`, as
 * people do (`message|contains`); `keywords` (anywhere in the line); `words`, a whole word of the message by the blanks around it, which
 * is the only one that says the same as the rule.
 */
import type { Wanted } from '../../lines/order-rules.ts';

export type SigmaWay = 'fields' | 'keywords' | 'words';

/** All rules as one file of YAML documents. JSON is YAML, and needs no care for quotes. */
export function sigmaRules(rules: readonly Wanted[], way: SigmaWay): string {
  return rules.map((rule, i) => `${JSON.stringify(sigmaRule(rule, `r${i}`, way))}\n`).join('---\n');
}

function sigmaRule(rule: Wanted, title: string, way: SigmaWay): object {
  const detection: Record<string, unknown> = {};
  detection['condition'] = conditionOf(rule, way, (selection) => {
    const name = `s${Object.keys(detection).length}`;
    detection[name] = selection;
    return name;
  });
  return { title, id: idOf(title), logsource: { category: 'application' }, detection, level: 'medium' };
}

/** An id as Sigma wants it. */
const idOf = (title: string): string => `00000000-0000-4000-8000-${title.slice(1).padStart(12, '0')}`;

/** `select` gives a selection its name. */
function conditionOf(rule: Wanted, way: SigmaWay, select: (selection: unknown) => string): string {
  switch (rule.kind) {
    case 'not':
      return `not ${conditionOf(rule.of, way, select)}`;
    case 'or': {
      const texts = rule.of.map((each) => plainText(each, way));
      if (texts.every((text) => text !== undefined)) return select(anyOf(texts, way));
      return `(${rule.of.map((each) => conditionOf(each, way, select)).join(' or ')})`;
    }
    case 'and':
      return `(${conjunction(rule.of, way, select)})`;
    case 'words':
    case 'prefix':
    case 'field':
      return select(leaf(rule, way));
  }
}

/** Fields and words that must all be there are one selection, the rest stands beside it. */
function conjunction(of: readonly Wanted[], way: SigmaWay, select: (selection: unknown) => string): string {
  const texts: string[] = [];
  const selection: Record<string, unknown> = {};
  const rest: string[] = [];
  for (const each of of) {
    const text = plainText(each, way);
    if (text !== undefined) texts.push(text);
    else if (each.kind === 'field' || isError(each, way)) Object.assign(selection, leaf(each, way));
    else rest.push(conditionOf(each, way, select));
  }
  if (texts.length > 0 && way === 'keywords') rest.push(select({ '|all': texts }));
  if (texts.length === 1 && way === 'fields') selection['message|contains'] = texts[0];
  if (texts.length > 1 && way === 'fields') selection['message|contains|all'] = texts;
  const names = Object.keys(selection).length > 0 ? [select(selection)] : [];
  return [...names, ...rest].join(' and ');
}

/** The text that is looked for as such; undefined for what is a field, or takes more than one text. */
function plainText(rule: Wanted, way: SigmaWay): string | undefined {
  if (way === 'words' || isError(rule, way)) return undefined;
  if (rule.kind === 'words') return rule.words.join(' ');
  return rule.kind === 'prefix' ? rule.prefix : undefined;
}

/** The word is that of a level, wherever people name fields. */
const isError = (rule: Wanted, way: SigmaWay): boolean =>
  way !== 'keywords' && rule.kind === 'words' && rule.words.join(' ') === 'error';

const anyOf = (texts: readonly string[], way: SigmaWay): unknown =>
  way === 'keywords' ? texts : { 'message|contains': texts };

function leaf(rule: Wanted, way: SigmaWay): unknown {
  if (rule.kind === 'field')
    return { [rule.field]: rule.field === 'status' ? Number(rule.value) : rule.value };
  if (isError(rule, way)) return { level: 'ERROR' };
  const text = rule.kind === 'words' ? rule.words.join(' ') : (rule as { readonly prefix: string }).prefix;
  if (way !== 'words') return anyOf([text], way);
  const closed = rule.kind === 'words' ? ' ' : '';
  const begins = { 'message|startswith': `${text}${closed}` };
  const ends = { 'message|endswith': ` ${text}` };
  return [{ 'message|contains': ` ${text}${closed}` }, begins, ...(closed === '' ? [] : [ends])];
}
