/** The parts that `then` and `all of` share: the lets that they wait for, and the let that ends the waiting. */
import type { JsonValue } from '../../event/event.ts';
import type { LetRef, SpecOf } from '../ast.ts';
import type { Token } from '../parse/lexer.ts';
import type { List, SpanNode, SpecNode } from '../parse/node.ts';
import { listOf, type PartBuilder } from '../parse/tree-parts.ts';
import { printDuration } from '../print.ts';
import { plainForm, type MeaningWriter, type Say } from './form.ts';

type StepsSpec = SpecOf<'then'> | SpecOf<'all_of'>;

export interface StepsNode extends SpecNode {
  readonly steps: List<Token>;
  readonly within: SpanNode;
  readonly until: { readonly name: Token } | null;
}

export const stepsForm = {
  ...plainForm,
  meaning: ({ steps, within, until }: StepsSpec, by: JsonValue, writer: MeaningWriter) => [
    steps.map((step) => writer.let(step)),
    within.ms,
    by,
    until === undefined ? null : writer.let(until),
  ],
  lets: ({ steps, until }: StepsSpec) => (until === undefined ? steps : [...steps, until]),
  window: ({ within }: StepsSpec) => within,
  growsWithLines: ({ until }: StepsSpec) => until === undefined,
  ignoresWhen: true,
  memory: {
    en: ({ steps }: StepsSpec, span: string) => [
      `the events of the ${steps.length} steps of the last ${span}`,
    ],
    zh: ({ steps }: StepsSpec, span: string) => [`最近 ${span} 内 ${steps.length} 个步骤的事件`],
  },
} as const;

export function readSteps({ steps, within, until }: StepsNode, parts: PartBuilder) {
  return {
    steps: listOf(steps).map((step) => parts.name(step)),
    within: parts.duration(within.duration),
    ...(until !== null && { until: parts.name(until.name) }),
  };
}

/** ` within D by G until U`. */
export function printWaiting({ within, until }: StepsSpec, by: string): string {
  return ` within ${printDuration(within)}${by}${until === undefined ? '' : ` until ${until.name}`}`;
}

export function names(steps: readonly LetRef[], between: string): string {
  return steps.map(({ name }) => name).join(between);
}

export function namedSteps({ steps }: StepsSpec, say: Say, between: string): string {
  return steps.map((step) => say.named(step)).join(between);
}

export function unless({ until }: StepsSpec, { named }: Say): { readonly en: string; readonly zh: string } {
  return until === undefined
    ? { en: '', zh: '' }
    : { en: `, unless ${named(until)} comes`, zh: `，除非出现${named(until)}` };
}
