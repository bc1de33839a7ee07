/** A placeholder that nothing can fill stands in the message as it was written: `{{service}}`. */
import { alertOf, applying } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import { nearest } from '../../event/did-you-mean.ts';
import type { Lint, LintContext } from './lint.ts';

/** Placeholders that every alert can fill, beside the fields of its lines (docs/runbooks.md). */
const OWN = ['alert_id', 'rule', 'count', 'fired_at', 'first_event_at'];

const PLACEHOLDER = /\{\{\s*([\w@][\w.@-]*)\s*\}\}/gu;

export const lintPlaceholders: Lint = ({ block, defaults }, context) => {
  const clause = applying(block, defaults, 'runbook');
  const spec = alertOf(block);
  if (clause === undefined || spec === undefined) return [];
  const from = applying(block, defaults, 'from')?.sources.map(({ text }) => text) ?? [];
  const fields = context.schema.fields.filter(({ paths }) => canBeGiven(paths, from, context));
  const known = [...OWN, ...fields.map(({ name }) => name), ...spec.by.map(({ name }) => name)];
  const path = clause.path.text;
  return [path, path.replace(/\.md$/u, '.zh.md')].filter(isFirst).flatMap((file) => {
    const text = context.readFile(file) ?? '';
    const unknown = [...text.matchAll(PLACEHOLDER)]
      .map(([, name]) => name!)
      .filter((name) => !known.includes(name));
    return unknown.filter(isFirst).map((name) => {
      const near = nearest(name, known);
      return warnAt(
        block.clauses.includes(clause) ? clause.path.span : block.name.span,
        'TOC316',
        `\`{{${name}}}\` in the runbook \`${file}\` is nothing that an alert of \`${block.name.text}\` can fill`,
        near === undefined
          ? `write what it stands for, or declare the field in tocsin.yaml so that the lines give it; always there: ${OWN.join(', ')}`
          : `did you mean \`{{${near}}}\`?`,
      );
    });
  });
};

/** True if lines of the rule's sources can have a value at one of the paths, or if nobody knows which fields they have. */
function canBeGiven(paths: readonly string[], from: readonly string[], { given }: LintContext): boolean {
  if (given === undefined) return true;
  const sources = from.length === 0 ? [...given.keys()] : from;
  return sources.some((source) => {
    const names = given.get(source);
    return names === undefined || paths.some((path) => names.has(path));
  });
}

const isFirst = <T>(item: T, at: number, list: readonly T[]): boolean => list.indexOf(item) === at;
