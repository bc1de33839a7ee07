/** What an alert form is made of, read off its tree: sides, measures, times back, the lets and the fields' values that it needs. */
import type { AlertSpec, Duration, Expr, LetRef, Measure } from './ast.ts';

/** Both sides of every comparison, in the order of the text; none for forms that compare nothing. */
function sidesOf(spec: AlertSpec): readonly Expr[] {
  return spec.kind === 'aggregate' ? spec.comparisons.flatMap(({ left, right }) => [left, right]) : [];
}

/** The measures of an aggregate in the order of the text; none for other forms. */
export function measuresOf(spec: AlertSpec): readonly Measure[] {
  return sidesOf(spec).flatMap((side): readonly Measure[] => {
    if (side.kind === 'number' || side.kind === 'baseline') return [];
    return side.kind === 'ratio' ? [side.numerator, side.denominator] : [side];
  });
}

/** The spans of the baselines in an alert form. */
export function baselineSpans(spec: AlertSpec): readonly Duration[] {
  return sidesOf(spec).flatMap((side) => (side.kind === 'baseline' ? [side.over] : []));
}

/** Every use of a `let`, `until` included, in the order of the text. */
export function letsUsed(spec: AlertSpec): readonly LetRef[] {
  switch (spec.kind) {
    case 'aggregate':
      return measuresOf(spec).flatMap((m) => (m.kind === 'count' && m.of !== undefined ? [m.of] : []));
    case 'not_followed_by':
      return [spec.first, spec.then];
    case 'then':
    case 'all_of':
      return spec.until === undefined ? spec.steps : [...spec.steps, spec.until];
    case 'stays':
    case 'changes':
    case 'new':
    case 'nothing':
      return [];
  }
}

/** Names of the fields whose values the form reads (not those it groups by): the match step hands these over uncut. */
export function fieldsRead(spec: AlertSpec): readonly string[] {
  switch (spec.kind) {
    case 'aggregate':
      return [...new Set(measuresOf(spec).flatMap((m) => (m.kind === 'count' ? [] : [m.field.name])))];
    case 'stays':
    case 'changes':
    case 'new':
      return [spec.field.name];
    case 'not_followed_by':
    case 'then':
    case 'all_of':
    case 'nothing':
      return [];
  }
}
