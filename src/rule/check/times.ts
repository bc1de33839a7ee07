/** Spans of time: none is zero, and `for`, `resolve`, `seen within` stand only where they mean something. */
import type { AlertSpec, Duration } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { remove, write, type Hint } from '../mending.ts';
import type { Clause, RuleBlock } from '../file.ts';
import type { Check, CheckContext } from './check.ts';
import { alertOf, applying } from '../block.ts';
import { printDuration } from '../print.ts';
import { FORM_NAMES } from './check.ts';
import { emptyWindowSatisfies } from './comparisons.ts';

const DAY_MS = 86_400_000;

export const checkTimes: Check = (rule, context) => {
  const spec = alertOf(rule);
  if (spec === undefined) return [];
  return [
    ...checkSpans(spec),
    ...checkSeen(spec),
    ...checkSkew(spec),
    ...checkFor(rule, context, spec),
    ...checkResolve(rule, context, spec),
  ];
};

function checkSpans(spec: AlertSpec): Diagnostic[] {
  const spans: Duration[] = ['during' in spec ? spec.during : spec.within];
  if ('seenWithin' in spec) spans.push(spec.seenWithin);
  if ('skew' in spec) spans.push(spec.skew);
  return spans
    .filter(({ ms }) => ms === 0)
    .map(({ span }) => at(span, 'TOC224', 'this span of time is zero', write(span, '5m', 'for instance 5m')));
}

function checkSeen(spec: AlertSpec): Diagnostic[] {
  if (spec.kind !== 'nothing' && spec.kind !== 'aggregate') return [];
  const { seenWithin } = spec;
  if (spec.kind === 'aggregate' && seenWithin !== undefined && !emptyWindowSatisfies(spec))
    return [
      at(
        seenWithin.span,
        'TOC224',
        '`seen within` is for what silence can satisfy, as `nothing` and `count < 3`; this needs events anyway',
        'leave it out',
      ),
    ];
  if (seenWithin !== undefined && spec.by.length === 0)
    return [
      at(
        seenWithin.span,
        'TOC224',
        '`seen within` says when a group is forgotten, but there is no `by`',
        'leave it out',
      ),
    ];
  const quiet = spec.kind === 'nothing' ? spec.during : spec.within;
  const forgotten = spec.kind === 'nothing' || emptyWindowSatisfies(spec);
  if (!forgotten || spec.by.length === 0 || (seenWithin?.ms ?? DAY_MS) > quiet.ms) return [];
  return [
    at(
      seenWithin?.span ?? quiet.span,
      'TOC224',
      `a group is forgotten ${seenWithin === undefined ? '24h (the default) ' : ''}after its last event, which is before the alert could fire`,
      `say \`seen within\` a span above ${spec.kind === 'nothing' ? 'that of `nothing for`' : 'the window'}`,
    ),
  ];
}

/** Where clocks differ by more than the answer may take, it could come too late by them as well. */
function checkSkew(spec: AlertSpec): Diagnostic[] {
  if (spec.kind !== 'not_followed_by' || spec.skew === undefined || spec.skew.ms <= spec.within.ms) return [];
  return [
    at(
      spec.skew.span,
      'TOC224',
      'the clocks may differ by more than the answer may take',
      write(
        spec.skew.span,
        printDuration(spec.within),
        `write at most skew ${printDuration(spec.within)}, or a longer window`,
      ),
    ),
  ];
}

function checkFor(rule: RuleBlock, context: CheckContext, spec: AlertSpec): Diagnostic[] {
  const clause = applying(rule, context.defaults, 'for');
  if (clause === undefined) return [];
  const span = rule.clauses.includes(clause) ? clause.span : rule.name.span;
  if (spec.kind !== 'aggregate')
    return [
      at(
        span,
        'TOC218',
        `\`for\` holds a comparison for a time; ${FORM_NAMES[spec.kind]} has none`,
        leaveOut(rule, clause, 'leave `for` out'),
      ),
    ];
  const resolve = applying(rule, context.defaults, 'resolve');
  if (resolve !== undefined && resolve.after === undefined)
    return [
      at(
        span,
        'TOC218',
        '`for` waits for a state to last, but `resolve never` makes each firing an event',
        leaveOut(rule, clause, 'leave one of them out'),
      ),
    ];
  return [];
}

function checkResolve(rule: RuleBlock, context: CheckContext, spec: AlertSpec): Diagnostic[] {
  const clause = applying(rule, context.defaults, 'resolve');
  if (clause === undefined) return [];
  const span = rule.clauses.includes(clause) ? clause.span : rule.name.span;
  if (clause.after === undefined) {
    if (!emptyWindowSatisfies(spec)) return [];
    return [
      at(
        span,
        'TOC219',
        'silence satisfies this comparison, so there is no event that `resolve never` could count',
        leaveOut(rule, clause, 'leave it out'),
      ),
    ];
  }
  if (spec.kind === 'changes' || spec.kind === 'new')
    return [
      at(
        span,
        'TOC219',
        `${FORM_NAMES[spec.kind]} fires on an event and has nothing that could resolve`,
        leaveOut(rule, clause, 'leave `resolve after` out'),
      ),
    ];
  if (spec.kind === 'nothing')
    return [
      at(
        span,
        'TOC219',
        '`nothing` resolves when something is heard again',
        leaveOut(rule, clause, 'leave `resolve after` out'),
      ),
    ];
  return [];
}

/** The fix for a clause that means nothing here; one of the defaults is for the author to move. */
function leaveOut(rule: RuleBlock, clause: Clause, words: string): Hint {
  return rule.clauses.includes(clause) ? remove(clause.span, words) : words;
}
