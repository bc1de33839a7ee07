/** Conditions and alert forms as text: the tree's own words, one space between them, parentheses only where they are needed. */
import type { AlertSpec, Comparison, Condition, Duration, Expr, FieldName, LetRef, Literal } from './ast.ts';
import { durationText } from '../event/duration.ts';
import { escapeOf, hiddenCharacters } from '../event/hidden-characters.ts';

export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
      return condition.operands
        .map((operand) => (isList(operand) ? inParens(operand) : printCondition(operand)))
        .join(' AND ');
    case 'or':
      return condition.operands
        .map((operand) =>
          isList(operand) || operand.kind === 'not' ? inParens(operand) : printCondition(operand),
        )
        .join(' OR ');
    case 'not':
      return `NOT ${isList(condition.operand) || condition.operand.kind === 'not' ? inParens(condition.operand) : printCondition(condition.operand)}`;
    case 'value':
      return printLiteral(condition.value);
    case 'field': {
      const values = condition.values.map(printLiteral).join(' OR ');
      return `${condition.field.name}:${condition.values.length > 1 ? `(${values})` : values}`;
    }
    case 'exists':
      return `${condition.field.name}:*`;
    case 'compare':
      return `${condition.field.name} ${condition.op} ${printLiteral(condition.value)}`;
  }
}

function isList(condition: Condition): boolean {
  return condition.kind === 'and' || condition.kind === 'or';
}

function inParens(condition: Condition): string {
  return `(${printCondition(condition)})`;
}

export function printLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return quote(literal.text);
    case 'prefix':
      return `${literal.text}*`;
    case 'word':
    case 'number':
      return literal.text;
  }
}

/** A text in the language's quotes, what nobody would see of it by its code. */
export function quote(text: string): string {
  let written = '';
  let from = 0;
  for (const { start, length } of hiddenCharacters(text)) {
    written += escaped(text.slice(from, start)) + escapeOf(text.slice(start, start + length));
    from = start + length;
  }
  return `"${written}${escaped(text.slice(from))}"`;
}

function escaped(text: string): string {
  return text.replace(/["\\\n\r]/g, (sign) => (sign === '"' || sign === '\\' ? `\\${sign}` : escapeOf(sign)));
}

export function printDuration(duration: Duration): string {
  return duration.text ?? durationText(duration.ms);
}

/** An alert clause without the word `alert`. */
export function printSpec(spec: AlertSpec): string {
  const by = spec.by.length === 0 ? '' : ` by ${spec.by.map(nameOf).join(', ')}`;
  const within = 'within' in spec ? ` within ${printDuration(spec.within)}` : '';
  switch (spec.kind) {
    case 'aggregate':
      return `${spec.comparisons.map(printComparison).join(' and ')}${within}${by}${seen(spec.seenWithin)}`;
    case 'not_followed_by':
      return `${spec.first.name} not followed by ${spec.then.name}${within}${by}${skew(spec.skew)}`;
    case 'then':
      return `${spec.steps.map(nameOf).join(' then ')}${within}${by}${until(spec.until)}`;
    case 'all_of':
      return `all of ${spec.steps.map(nameOf).join(', ')}${within}${by}${until(spec.until)}`;
    case 'stays':
      return `${spec.field.name} stays ${printLiteral(spec.value)} for ${printDuration(spec.during)}${by}`;
    case 'changes': {
      const [from, to] = [spec.from, spec.to].map((side) => (side === undefined ? '*' : printLiteral(side)));
      return `${spec.field.name} changes from ${from!} to ${to!}${within}${by}`;
    }
    case 'new':
      return `new ${spec.field.name}${within}${by}`;
    case 'nothing': {
      const { expected } = spec;
      const listed =
        expected === undefined ? '' : ` expected ${expected.field.name} in ${quote(expected.file)}`;
      return `nothing for ${printDuration(spec.during)}${by}${seen(spec.seenWithin)}${listed}`;
    }
  }
}

function nameOf(name: FieldName | LetRef): string {
  return name.name;
}

function seen(duration: Duration | undefined): string {
  return duration === undefined ? '' : ` seen within ${printDuration(duration)}`;
}

function skew(duration: Duration | undefined): string {
  return duration === undefined ? '' : ` skew ${printDuration(duration)}`;
}

function until(name: LetRef | undefined): string {
  return name === undefined ? '' : ` until ${name.name}`;
}

function printComparison({ left, op, right }: Comparison): string {
  return `${printExpr(left)} ${op} ${printExpr(right)}`;
}

/** A measure or a number as a rule writes it. */
export function printExpr(expr: Expr): string {
  if ('field' in expr) return `${expr.kind}(${expr.field.name})`;
  switch (expr.kind) {
    case 'number':
      return expr.text;
    case 'ratio':
      return `${printExpr(expr.numerator)} / ${printExpr(expr.denominator)}`;
    case 'baseline':
      return `${expr.factorText} * baseline(${printDuration(expr.over)})`;
    case 'count':
      return expr.of === undefined ? 'count' : `count(${expr.of.name})`;
  }
}
