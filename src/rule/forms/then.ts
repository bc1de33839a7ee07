/** `A then B then … within D until U`. */
import type { SpecOf } from '../ast.ts';
import { GROUP_BYTES, KEPT_EVENT_BYTES, type AlertForm } from './form.ts';
import { namedSteps, names, printWaiting, readSteps, stepsForm, unless, type StepsNode } from './steps.ts';

export const thenForm: AlertForm<SpecOf<'then'>> = {
  ...stepsForm,
  title: '`then`',
  read: (node: StepsNode, parts, common) => ({ kind: 'then', ...readSteps(node, parts), ...common }),
  print: (spec, by) => names(spec.steps, ' then ') + printWaiting(spec, by),
  resolveAfterMs: ({ within }) => within.ms,
  prose: {
    en: (spec, say) =>
      `${namedSteps(spec, say, ', then ')} come in this order within ${say.span}${unless(spec, say).en}`,
    zh: (spec, say) => `${say.span}内依次出现${namedSteps(spec, say, '、')}${unless(spec, say).zh}`,
  },
  stateSize: ({ steps }) => ({
    groupBytes: GROUP_BYTES + (steps.length - 1) * KEPT_EVENT_BYTES,
    eventBytes: 0,
  }),
};
