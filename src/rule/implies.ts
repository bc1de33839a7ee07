/** Tells whether each event that satisfies one condition satisfies another, as far as their texts show. False may mean "not known". */
import { tokenTexts } from '../event/analysis/analyze.ts';
import type { Schema } from '../event/event.ts';
import type { Condition, Literal } from './ast.ts';
import type { Leaf } from './leaves.ts';
import { printCondition } from './print.ts';

/** `status:FAILED` implies `status:*`, `a AND b` implies `a`, and `"order failed"` in a text implies `"failed"`. */
export function implies(a: Condition, b: Condition, schema: Schema): boolean {
  const through = (one: Condition, other: Condition): boolean => implies(one, other, schema);
  if (printCondition(a) === printCondition(b)) return true;
  if (b.kind === 'and') return b.operands.every((operand) => through(a, operand));
  if (a.kind === 'or') return a.operands.every((operand) => through(operand, b));
  if (a.kind === 'and' && a.operands.some((operand) => through(operand, b))) return true;
  if (b.kind === 'or') return b.operands.some((operand) => through(a, operand));
  if (a.kind === 'and' || a.kind === 'not' || b.kind === 'not') return false;
  return leafImplies(a, b, schema);
}

function leafImplies(a: Leaf, b: Leaf, schema: Schema): boolean {
  if (a.kind === 'value' || b.kind === 'value')
    return a.kind === 'value' && b.kind === 'value' && contains(a.value, b.value, true);
  if (a.field.name !== b.field.name) return false;
  if (b.kind === 'exists') return true;
  if (a.kind !== 'field' || b.kind !== 'field') return false;
  const isText = schema.byName.get(a.field.name)?.type === 'text';
  return a.values.every((value) => b.values.some((other) => contains(value, other, isText)));
}

/** True if each field that holds `value` also holds `other`. */
function contains(value: Literal, other: Literal, isText: boolean): boolean {
  if (other.kind === 'prefix' && !isText) return value.text.startsWith(other.text);
  if (value.kind === 'prefix' || other.kind === 'prefix') return false;
  if (!isText) return value.text === other.text;
  const separate = (text: string): string => ` ${tokenTexts(text).join(' ')} `;
  return separate(value.text).includes(separate(other.text));
}
