/** Prints conditions and parts of alerts: the words of the tree, one space between them, parentheses only where they are needed. */
import type { Condition, Duration, Expr, Literal } from './ast.ts';
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

/** Puts a text in the language's quotes. Characters that nobody would see are written by their code. */
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

/** Prints a measure or a number as a rule writes it. */
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
