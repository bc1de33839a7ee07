/** In quotes a `*` is an ordinary sign: `path:"/health*"` looks for a path that ends in a star, and no line has one. */
import type { Literal } from '../ast.ts';
import { alertOf, conditionsOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import { formOf } from '../forms/forms.ts';
import { leavesOf } from '../leaves.ts';
import { write } from '../mending.ts';
import type { Lint } from './lint.ts';

/** A star that touches a word. A decoration such as `***` is meant as it stands. */
const WILDCARD = /[\p{L}\p{N}_/.:-]\*|\*[\p{L}\p{N}_/.-]/u;
/** Texts that the language takes as `word*` without quotes. */
const PREFIX = /^[\p{L}\p{M}\p{N}_@./][\p{L}\p{M}\p{N}_@.$/+-]*\*$/u;

export const lintQuotedWildcard: Lint = ({ block }, { schema }) => {
  const inConditions = conditionsOf(block)
    .flatMap(leavesOf)
    .flatMap((leaf) => {
      const values = leaf.kind === 'value' ? [leaf.value] : leaf.kind === 'field' ? leaf.values : [];
      const field = leaf.kind === 'value' ? undefined : leaf.field.name;
      const isText = field === undefined || schema.byName.get(field)?.type === 'text';
      return values.filter(isWildcard).map((value) => {
        const hint = canBePrefix(value, field, isText)
          ? write(value.span, value.text, `write ${value.text} without quotes`)
          : 'a prefix is one word with `*` at its end and no quotes; of a longer text write the words in full';
        return warnAt(value.span, 'TOC315', problem(value, isText), hint);
      });
    });
  const spec = alertOf(block);
  const inAlert = (spec === undefined ? [] : formOf(spec).values(spec))
    .filter(({ value }) => isWildcard(value))
    .map(({ value }) =>
      warnAt(
        value.span,
        'TOC315',
        problem(value, false),
        'name the whole value: there are no wildcards here',
      ),
    );
  return [...inConditions, ...inAlert];
};

function isWildcard({ kind, text }: Literal): boolean {
  return kind === 'string' && WILDCARD.test(text);
}

/**
 * True if the text can be written as a prefix. A value without a field may not begin with a slash; a prefix in a text field is the
 * beginning of one word.
 */
function canBePrefix({ text }: Literal, field: string | undefined, isText: boolean): boolean {
  if (!PREFIX.test(text) || (field === undefined && text.startsWith('/'))) return false;
  return !isText || /^[\p{L}\p{N}_]+\*$/u.test(text);
}

function problem({ text }: Literal, isText: boolean): string {
  return isText
    ? `in quotes \`*\` is no wildcard: \`${text}\` is searched for without it, as whole words`
    : `in quotes \`*\` is no wildcard: only a value that really is \`${text}\` matches`;
}
