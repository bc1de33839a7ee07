/** The value of a literal of a rule, as events have it. */
import type { Field, Value } from '../../event/event.ts';
import { literalValue } from '../../event/field-value.ts';
import type { FieldName, Literal } from '../../rule/ast.ts';
import type { DetectRule } from '../input/input.ts';

/** Returns the value of a literal, in the type of its field. */
export function valueIn({ fields }: DetectRule, { name }: FieldName, literal: Literal): Value {
  const known = fields.find((field) => field.name === name);
  const field: Field = { type: 'keyword', ...known, name, paths: [name] };
  return literalValue(field, literal.text) ?? literal.text;
}
