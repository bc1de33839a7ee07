/** Inline tests: their events and groups name real fields, and each test expects something. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { write } from '../mending.ts';
import type { Entry, Text } from '../file.ts';
import type { RuleCheck, CheckContext } from './check.ts';
import { alertOf, clausesOf } from '../block.ts';
import { unknownField } from './fields.ts';

const REPEATS_MAX = 100_000;
/** Greatest number of events of one test. All are kept in memory, at about 2.5 kB each. */
const EVENTS_MAX = 200_000;

export const checkTests: RuleCheck = (rule, context) => {
  const found: Diagnostic[] = [];
  const by = alertOf(rule)?.by.map((field) => field.name);
  for (const test of clausesOf(rule, 'test')) {
    if (!test.steps.some((step) => step.kind === 'expect' || step.kind === 'expect_nothing'))
      found.push(
        at(
          test.name.span,
          'TOC229',
          `the test "${test.name.text}" expects nothing, so it cannot fail`,
          'add: expect fire, or expect nothing',
        ),
      );
    let events = 0;
    for (const step of test.steps) {
      if (step.kind === 'at') {
        found.push(...checkEntries(step.event, context));
        const { times } = step;
        const count = Number(times?.count.text ?? 1);
        if (times !== undefined && (!Number.isInteger(count) || count < 1 || count > REPEATS_MAX))
          found.push(
            at(
              times.count.span,
              'TOC225',
              `an event is repeated from 1 to ${REPEATS_MAX} times`,
              write(times.count.span, '5', 'for instance x 5 every 10s'),
            ),
          );
        else if (events <= EVENTS_MAX && (events += count) > EVENTS_MAX)
          found.push(
            at(
              step.span,
              'TOC225',
              `the test "${test.name.text}" has more than ${EVENTS_MAX} events up to here`,
              'repeat less, or put a log in the rules folder and replay it',
            ),
          );
      }
      if (step.kind === 'replay') found.push(...checkLog(step.path, context));
      if (step.kind === 'expect' && by !== undefined)
        for (const { key } of step.group ?? [])
          if (!by.includes(key.text))
            found.push(
              at(
                key.span,
                'TOC229',
                `\`${key.text}\` is not a field that this rule groups by`,
                by.length === 0 ? 'leave the braces out: there is no `by`' : `by ${by.join(', ')}`,
              ),
            );
    }
  }
  return found;
};

function checkLog(path: Text, { named }: CheckContext): readonly Diagnostic[] {
  const refused = named?.refusedLog(path.text);
  if (refused === undefined) return [];
  const isMissing = refused.kind === 'missing';
  const message = isMissing
    ? `there is no file \`${path.text}\` in the rules folder`
    : `\`${path.text}\` ${refused.problem}`;
  return [
    at(path.span, 'TOC229', message, isMissing ? 'the path is relative to the rules folder' : refused.fix),
  ];
}

function checkEntries(entries: readonly Entry[], context: CheckContext): Diagnostic[] {
  return entries.flatMap(({ key }) => unknownField({ name: key.text, span: key.span }, context));
}
