/** The parts of a block of a rule file: its clauses by kind, its alert, its conditions. */
import type { AlertSpec, Condition } from './ast.ts';
import type { Clause, DefaultsBlock, RuleBlock } from './file.ts';

export type ClauseOf<K extends Clause['kind']> = Extract<Clause, { readonly kind: K }>;

/** Returns the clauses of a kind that the block itself has. */
export function clausesOf<K extends Clause['kind']>(
  block: RuleBlock | DefaultsBlock,
  kind: K,
): readonly ClauseOf<K>[] {
  return block.clauses.filter((clause): clause is ClauseOf<K> => clause.kind === kind);
}

/** Returns the clause that applies: the rule's own, else that of the file's defaults. */
export function applying<K extends Clause['kind']>(
  rule: RuleBlock,
  defaults: DefaultsBlock | undefined,
  kind: K,
): ClauseOf<K> | undefined {
  return clausesOf(rule, kind)[0] ?? (defaults === undefined ? undefined : clausesOf(defaults, kind)[0]);
}

export function alertOf(rule: RuleBlock): AlertSpec | undefined {
  return clausesOf(rule, 'alert')[0]?.spec;
}

/** Returns every condition that the rule writes down. */
export function conditionsOf(rule: RuleBlock): readonly Condition[] {
  return [...clausesOf(rule, 'when'), ...clausesOf(rule, 'let')].map((clause) => clause.condition);
}
