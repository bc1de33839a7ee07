/** `all of A, B, … within D until U`. */
import type { LetRef, SpecOf } from '../ast.ts';
import { at, type Diagnostic } from '../diagnostics.ts';
import { GROUP_BYTES, KEPT_EVENT_BYTES, WEEK_MS, type AlertForm } from './form.ts';
import { namedTwice } from './named-twice.ts';
import { namedSteps, names, printWaiting, readSteps, stepsForm, unless, type StepsNode } from './steps.ts';

export const allOfForm: AlertForm<SpecOf<'all_of'>> = {
  ...stepsForm,
  title: '`all of`',
  read: (node: StepsNode, parts, common) => ({ kind: 'all_of', ...readSteps(node, parts), ...common }),
  print: (spec, by) => `all of ${names(spec.steps, ', ')}${printWaiting(spec, by)}`,
  resolveAfterMs: () => WEEK_MS,
  check({ steps, until, span }) {
    const found = namedTwice(steps, 'asking for it twice changes nothing');
    if (steps.length < 2)
      found.push(
        at(span, 'TOC232', '`all of` needs at least two conditions', 'for instance all of paid, cancelled'),
      );
    return [...found, ...untilAmong(steps, until)];
  },
  prose: {
    en: (spec, say) =>
      `${namedSteps(spec, say, ' and ')} all come, in any order, within ${say.span}${unless(spec, say).en}`,
    zh: (spec, say) => `${say.span}内${namedSteps(spec, say, '、')}都出现（不分先后）${unless(spec, say).zh}`,
  },
  stateSize: ({ steps }) => ({ groupBytes: GROUP_BYTES + steps.length * KEPT_EVENT_BYTES, eventBytes: 0 }),
};

function untilAmong(steps: readonly LetRef[], until: LetRef | undefined): Diagnostic[] {
  if (until === undefined || !steps.some((step) => step.name === until.name)) return [];
  return [
    at(until.span, 'TOC232', `\`${until.name}\` would cancel what it brings about`, 'name another condition'),
  ];
}
