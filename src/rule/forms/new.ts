/** `new f within D`. */
import type { SpecOf } from '../ast.ts';
import { DISTINCT_MAX } from '../bounds.ts';
import type { Token } from '../parse/lexer.ts';
import type { SpanNode, SpecNode } from '../parse/node.ts';
import { printDuration } from '../print.ts';
import { GROUP_BYTES, plainForm, type AlertForm } from './form.ts';

interface Node extends SpecNode {
  readonly field: Token;
  readonly within: SpanNode;
}

export const newForm: AlertForm<SpecOf<'new'>> = {
  ...plainForm,
  title: '`new`',
  read: ({ field, within }: Node, parts, common) => ({
    kind: 'new',
    field: parts.name(field),
    within: parts.duration(within.duration),
    ...common,
  }),
  print: ({ field, within }, by) => `new ${field.name} within ${printDuration(within)}${by}`,
  meaning: ({ field, within }, by, writer) => [writer.field(field.name), within.ms, by],
  fields: ({ field }) => [{ field, role: 'value' }],
  window: ({ within }) => within,
  resolveAfterMs: () => 0,
  isEvent: true,
  noResolveAfter: '`new` fires on an event and has nothing that could resolve',
  needsBy: false,
  prose: {
    en: ({ field }, { span }) => `${field.name} has a value that was not seen in the preceding ${span}`,
    zh: ({ field }, { span }) => `${field.name} 出现此前 ${span}内没有过的值`,
  },
  memory: {
    en: ({ field }, span) => [`every value of ${field.name} of the last ${span}`],
    zh: ({ field }, span) => [`最近 ${span} 内 ${field.name} 的每个取值`],
  },
  stateSize: () => ({ groupBytes: GROUP_BYTES + 200, eventBytes: 80, eventsMax: DISTINCT_MAX }),
};
