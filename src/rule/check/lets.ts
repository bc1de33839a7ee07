/**
 * Named conditions: each is defined once, is used, and has a name that cannot be taken for a word of the language. A rule may also use the
 * lets that it shares with others (shared-lets.ts).
 */
import { letsUsed } from '../alert-parts.ts';
import type { AlertSpec, LetRef, Span } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import type { Text } from '../file.ts';
import { formOf } from '../forms/forms.ts';
import { writeNearest } from '../mending.ts';
import { nearest } from '../../event/did-you-mean.ts';
import type { SharedLets } from '../shared-lets.ts';
import { RESERVED } from '../vocabulary.ts';
import { namesAsWords } from './names-as-words.ts';
import type { RuleCheck } from './check.ts';
import { alertOf, clausesOf, conditionsOf } from '../block.ts';
import { leavesOf } from '../leaves.ts';

/** So many shared lets are compared with a misspelled name. */
const SUGGESTED_MAX = 1_000;

export const checkLets: RuleCheck = (rule, { shared }) => {
  const own = clausesOf(rule, 'let').map(({ name }) => name);
  const found: Diagnostic[] = [...checkLetNames(own)];
  for (const { text, span } of own) {
    const named = shared.get(text);
    if (named !== undefined) found.push(sharedToo(text, span, named.span));
  }
  for (const condition of conditionsOf(rule)) found.push(...namesAsWords(condition, shared));
  const spec = alertOf(rule);
  const uses = spec === undefined ? [] : letsUsed(spec);
  if (!rule.damaged) found.push(...undefinedUses(uses, own, shared));
  if (spec !== undefined) found.push(...unused(rule, uses, spec, shared));
  return found;
};

/** Returns the findings about the names of lets that stand in one place. */
export function checkLetNames(names: readonly Text[]): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const defined = new Map<string, number>();
  for (const name of names) {
    const earlier = defined.get(name.text);
    if (earlier !== undefined)
      found.push(
        at(
          name.span,
          'TOC212',
          `\`${name.text}\` is defined twice; the first is on line ${earlier}`,
          'rename one',
        ),
      );
    else defined.set(name.text, name.span.line);
    if (RESERVED.includes(name.text))
      found.push(
        at(name.span, 'TOC213', `\`${name.text}\` is a word of the language`, `call it ${name.text}_events`),
      );
    else if (!/^[\p{L}_][\p{L}\p{M}\p{N}_-]*$/u.test(name.text))
      found.push(
        at(
          name.span,
          'TOC213',
          `\`${name.text}\` cannot name a condition`,
          'letters, digits and `_`, a letter first',
        ),
      );
  }
  return found;
}

function sharedToo(name: string, span: Span, shared: Span): Diagnostic {
  return at(
    span,
    'TOC234',
    `\`${name}\` is already a \`let\` of ${shared.file}:${shared.line}, which this rule shares`,
    'delete it here if it means the same, else rename it',
  );
}

function undefinedUses(
  uses: readonly LetRef[],
  own: readonly Text[],
  shared: SharedLets,
): readonly Diagnostic[] {
  // Nobody knows the names in a file that could not be read, whose finding is enough.
  if (!shared.isComplete) return [];
  const lacking = uses.filter(
    ({ name }) => !own.some(({ text }) => text === name) && shared.get(name) === undefined,
  );
  if (lacking.length === 0) return [];
  const names = [
    ...new Set([...own.map(({ text }) => text), ...Iterator.from(shared.names()).take(SUGGESTED_MAX)]),
  ];
  return lacking.map(({ name, span }) =>
    at(
      span,
      'TOC210',
      `no \`let\` defines \`${name}\``,
      names.length === 0 ? `add: let ${name} = …` : writeNearest(span, name, names, 'defined here'),
    ),
  );
}

const unused = (
  rule: Parameters<RuleCheck>[0],
  uses: readonly LetRef[],
  spec: AlertSpec,
  shared: SharedLets,
): Diagnostic[] => {
  const names = clausesOf(rule, 'let').map(({ name }) => name.text);
  // A misspelled use is one fault, not two.
  const used = new Set(
    uses.map(({ name }) =>
      names.includes(name) || shared.get(name) !== undefined ? name : (nearest(name, names) ?? name),
    ),
  );
  const inConditions = new Set(
    conditionsOf(rule)
      .flatMap(leavesOf)
      .flatMap((leaf) => (leaf.kind === 'value' && leaf.value.kind === 'word' ? [leaf.value.text] : [])),
  );
  return clausesOf(rule, 'let')
    .filter(({ name }) => !used.has(name.text))
    .map(({ name }) =>
      at(
        name.span,
        'TOC211',
        `\`${name.text}\` is defined but the alert does not use it`,
        inConditions.has(name.text)
          ? 'in a condition the name is only a word to search for; names count in `alert` alone'
          : `${formOf(spec).letUse(name.text)}, or delete it`,
      ),
    );
};
