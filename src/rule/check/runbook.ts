/**
 * Checks the runbook that a rule names. A missing runbook is only advice, because the alert goes out without it. An existing file is an
 * error if it is no text, or if it has characters that make it read otherwise than it is.
 */
import { codePointName, hiddenCharacters } from '../../event/hidden-characters.ts';
import type { FileText } from '../../event/text-file.ts';
import { at, warnAt } from '../diagnostics.ts';
import { sourceText, spanOf } from '../source-text.ts';
import type { RuleCheck } from './check.ts';
import { applying } from '../block.ts';

export const checkRunbook: RuleCheck = (rule, context) => {
  const clause = applying(rule, context.defaults, 'runbook');
  const read = clause && context.named?.read(clause.path.text, 'runbook');
  if (clause === undefined || read === undefined) return [];
  const path = clause.path.text;
  const span = rule.clauses.includes(clause) ? clause.path.span : rule.name.span;
  if ('text' in read) {
    const turns = turningIn(read, path);
    if (turns === undefined) return [];
    const message = `the runbook ${path}:${turns.place} has the character ${turns.character}, which makes steps read otherwise than they are`;
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

interface Turning {
  /** `line:column`. */
  readonly place: string;
  readonly character: string;
}

/** Thousands of rules may name one runbook, so each runbook is searched once. */
const known = new WeakMap<FileText, { readonly turning: Turning | undefined }>();

/** Returns the first character that makes steps read otherwise than they are. */
function turningIn(read: FileText, path: string): Turning | undefined {
  let found = known.get(read);
  if (found === undefined) known.set(read, (found = { turning: firstTurning(read, path) }));
  return found.turning;
}

function firstTurning({ text }: FileText, path: string): Turning | undefined {
  const first = hiddenCharacters(text).find(({ kind }) => kind !== 'nothing');
  if (first === undefined) return undefined;
  const { line, column } = spanOf(sourceText(path, text), first.start, first.start);
  return { place: `${line}:${column}`, character: codePointName(first.codePoint) };
}
