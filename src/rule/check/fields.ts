/** Checks that fields are declared: a mistyped field would never match. A field of `alert` must have a type that fits its part there. */
import type { Field, FieldType } from '../../event/event.ts';
import { alertFields } from '../alert-parts.ts';
import type { FieldName } from '../ast.ts';
import type { RuleContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { writeNearest } from '../mending.ts';
import type { RuleCheck } from './check.ts';
import { alertOf, conditionsOf } from '../block.ts';
import { leavesOf } from '../leaves.ts';

const FIT: Readonly<Record<'by' | 'number' | 'value', { types: readonly FieldType[]; what: string }>> = {
  by: { types: ['keyword', 'long', 'boolean'], what: 'group by' },
  number: { types: ['long', 'double'], what: 'calculate with' },
  value: { types: ['keyword', 'long', 'double', 'boolean', 'date'], what: 'tell values apart by' },
};

export const checkFields: RuleCheck = (rule, context) => {
  const found: Diagnostic[] = [];
  for (const leaf of conditionsOf(rule).flatMap(leavesOf))
    if (leaf.kind !== 'value') found.push(...unknownField(leaf.field, context));
  const spec = alertOf(rule);
  if (spec === undefined) return found;
  for (const { field, role } of alertFields(spec)) {
    const declared = context.schema.byName.get(field.name);
    if (declared === undefined) found.push(...unknownField(field, context));
    else found.push(...unfit(field, declared, role, context));
  }
  const seen = new Set<string>();
  for (const field of spec.by) {
    if (seen.has(field.name))
      found.push(at(field.span, 'TOC220', `\`${field.name}\` stands in \`by\` twice`, 'delete one'));
    seen.add(field.name);
  }
  return found;
};

export function unknownField(field: FieldName, context: Pick<RuleContext, 'schema'>): readonly Diagnostic[] {
  if (context.schema.byName.has(field.name)) return [];
  const names = context.schema.fields.map(({ name }) => name);
  return [
    at(
      field.span,
      'TOC206',
      `\`${field.name}\` is not a declared field`,
      writeNearest(field.span, field.name, names, 'fields declared in tocsin.yaml'),
    ),
  ];
}

function unfit(
  name: FieldName,
  field: Field,
  role: keyof typeof FIT,
  context: RuleContext,
): readonly Diagnostic[] {
  const { types, what } = FIT[role];
  if (types.includes(field.type)) return [];
  const others = context.schema.fields
    .filter((other) => types.includes(other.type))
    .map((other) => other.name);
  return [
    at(
      name.span,
      'TOC220',
      `\`${field.name}\` is a ${field.type} field, which one cannot ${what}`,
      others.length === 0
        ? `declare it as ${types.join(', ')}`
        : `fields that fit: ${others.slice(0, 8).join(', ')}`,
    ),
  ];
}
