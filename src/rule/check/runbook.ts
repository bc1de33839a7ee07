/**
 * A runbook that is named should be there: the alert goes out without it, so this is advice. What is there and is no text that a person
 * can trust to read as it is, is an error.
 */
import { codePointName, hiddenCharacters } from '../../event/hidden-characters.ts';
import { at, warnAt } from '../diagnostics.ts';
import { sourceText, spanOf } from '../source-text.ts';
import type { Check } from './check.ts';
import { applying } from '../block.ts';

export const checkRunbook: Check = (rule, context) => {
  const clause = applying(rule, context.defaults, 'runbook');
  const read = clause && context.named?.read(clause.path.text, 'runbook');
  if (clause === undefined || read === undefined) return [];
  const path = clause.path.text;
  const span = rule.clauses.includes(clause) ? clause.path.span : rule.name.span;
  if ('text' in read) {
    const turns = hiddenCharacters(read.text).find(({ kind }) => kind !== 'nothing');
    if (turns === undefined) return [];
    const { line, column } = spanOf(sourceText(path, read.text), turns.start, turns.start);
    const message = `the runbook ${path}:${line}:${column} has the character ${codePointName(turns.codePoint)}, which makes steps read otherwise than they are`;
    return [at(span, 'TOC123', message, 'delete it there')];
  }
  if (read.kind !== 'missing')
    return [at(span, 'TOC250', `the runbook \`${path}\` ${read.problem}`, read.fix)];
  return [
    warnAt(
      span,
      'TOC301',
      `the runbook \`${path}\` is not in the rules folder`,
      'write it, or correct the path: it is relative to the rules folder',
    ),
  ];
};
