/** The clauses that a rule must have, those that it may have once, and those that a `defaults` block may have. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import type { Clause, DefaultsBlock, RuleBlock, RuleFile } from '../file.ts';
import type { RuleCheck } from './check.ts';
import { clausesOf } from '../block.ts';

const ONLY_IN_RULES = new Set<Clause['kind']>(['let', 'when', 'alert', 'test']);

export const checkClauses: RuleCheck = (rule) => {
  const found = repeated(rule);
  if (clausesOf(rule, 'alert').length === 0 && !rule.damaged)
    found.push(
      at(
        rule.name.span,
        'TOC203',
        `rule \`${rule.name.text}\` has no \`alert\` clause: it would never fire`,
        'add for instance: alert count >= 5 within 5m by service',
      ),
    );
  const tests = new Set<string>();
  for (const { name } of clausesOf(rule, 'test')) {
    if (tests.has(name.text))
      found.push(at(name.span, 'TOC202', `two tests are called "${name.text}"`, 'give each its own name'));
    tests.add(name.text);
  }
  return found;
};

/** Checks that `defaults` stands first, once, and holds no part of a rule's meaning. */
export function checkDefaults(file: RuleFile): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const [i, block] of file.blocks.entries()) {
    if (block.kind !== 'defaults') continue;
    if (i > 0)
      found.push(
        at(
          {
            ...block.span,
            end: block.span.start + 8,
            endLine: block.span.line,
            endColumn: block.span.column + 8,
          },
          'TOC226',
          '`defaults` stands before the rules of its file, and once',
          'move it to the top of the file, into the one that is there',
        ),
      );
    found.push(...repeated(block));
    for (const clause of block.clauses)
      if (ONLY_IN_RULES.has(clause.kind))
        found.push(
          at(
            clause.span,
            'TOC227',
            `\`${clause.kind}\` cannot be a default`,
            'move it into each rule that needs it',
          ),
        );
  }
  return found;
}

function repeated(block: RuleBlock | DefaultsBlock): Diagnostic[] {
  const found: Diagnostic[] = [];
  const first = new Map<Clause['kind'], Clause>();
  for (const clause of block.clauses) {
    if (clause.kind === 'let' || clause.kind === 'test') continue;
    const earlier = first.get(clause.kind);
    if (earlier === undefined) first.set(clause.kind, clause);
    else
      found.push(
        at(
          clause.span,
          'TOC202',
          `\`${clause.kind}\` stands here a second time; the first is on line ${earlier.span.line}`,
          clause.kind === 'when' ? 'join the two conditions with AND' : 'keep one of them',
        ),
      );
  }
  return found;
}
