/** Which fields' values an alert form reads (not those it groups by): the match step hands these over uncut. */
import type { AlertSpec, Comparison, Expr } from './ast.ts';

export function fieldsRead(alert: AlertSpec): readonly string[] {
  switch (alert.kind) {
    case 'aggregate':
      return [...new Set(alert.comparisons.flatMap(fieldsOfComparison))];
    case 'stays':
    case 'changes':
    case 'new':
      return [alert.field.name];
    case 'not_followed_by':
    case 'then':
    case 'all_of':
    case 'nothing':
      return [];
  }
}

function fieldsOfComparison(comparison: Comparison): readonly string[] {
  return [...fieldsOfExpr(comparison.left), ...fieldsOfExpr(comparison.right)];
}

function fieldsOfExpr(expr: Expr): readonly string[] {
  if (expr.kind === 'ratio') return [...fieldsOfExpr(expr.numerator), ...fieldsOfExpr(expr.denominator)];
  if (expr.kind === 'number' || expr.kind === 'baseline' || expr.kind === 'count') return [];
  return [expr.field.name];
}
