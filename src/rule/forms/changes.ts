/** `f changes from X to Y within D`. */
import type { Literal, SpecOf } from '../ast.ts';
import { at } from '../diagnostics.ts';
import type { Token } from '../parse/lexer.ts';
import type { NodePlace, SpanNode, SpecNode } from '../parse/node.ts';
import { printDuration, printLiteral } from '../print.ts';
import { GROUP_BYTES, KEPT_EVENT_BYTES, plainForm, type AlertForm } from './form.ts';

interface Node extends SpecNode {
  readonly field: Token;
  readonly from: SideNode;
  readonly to: SideNode;
  readonly within: SpanNode;
}

type SideNode = Token | (NodePlace & { readonly kind: 'any' });

export const changesForm: AlertForm<SpecOf<'changes'>> = {
  ...plainForm,
  title: '`changes`',
  read: ({ field, from, to, within }: Node, parts, common) => ({
    kind: 'changes',
    field: parts.name(field),
    ...('type' in from && { from: parts.literal(from) }),
    ...('type' in to && { to: parts.literal(to) }),
    within: parts.duration(within.duration),
    ...common,
  }),
  print: ({ field, from, to, within }, by) =>
    `${field.name} changes from ${sideText(from)} to ${sideText(to)} within ${printDuration(within)}${by}`,
  meaning({ field, from, to, within }, by, writer) {
    const side = (value: Literal | undefined) =>
      value === undefined ? null : writer.literal(field.name, value);
    return [writer.field(field.name), side(from), side(to), within.ms, by];
  },
  fields: ({ field }) => [{ field, role: 'value' }],
  values: ({ field, from, to }) =>
    [from, to].flatMap((value) => (value === undefined ? [] : [{ field, value }])),
  window: ({ within }) => within,
  resolveAfterMs: () => 0,
  isEvent: true,
  noResolveAfter: '`changes` fires on an event and has nothing that could resolve',
  check({ from, to, span }) {
    if (from === undefined && to === undefined)
      return [at(span, 'TOC228', 'from `*` to `*` is every change at all', 'name one of the two values')];
    if (from?.text !== to?.text) return [];
    return [at(span, 'TOC228', 'both sides are the same value: that is no change', 'name another value')];
  },
  prose: {
    en: ({ field, from, to }, { span, words }) =>
      `${field.name} changes from ${from?.text ?? words.any} to ${to?.text ?? words.any} within ${span}`,
    zh: ({ field, from, to }, { span, words }) =>
      `${field.name} 在 ${span}内由 ${from?.text ?? words.any} 变为 ${to?.text ?? words.any}`,
  },
  memory: {
    en: ({ field }, span) => [`the last value of ${field.name} and when it came, for ${span}`],
    zh: ({ field }, span) => [`${field.name} 的最后取值及其时间，保留 ${span}`],
  },
  stateSize: () => ({ groupBytes: GROUP_BYTES + KEPT_EVENT_BYTES + 48, eventBytes: 0 }),
};

function sideText(side: Literal | undefined): string {
  return side === undefined ? '*' : printLiteral(side);
}
