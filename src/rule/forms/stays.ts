/** `f stays V for D`. */
import { printDuration, printLiteral } from '../print.ts';
import type { SpecOf } from '../ast.ts';
import type { Token } from '../parse/lexer.ts';
import type { SpecNode } from '../parse/node.ts';
import { GROUP_BYTES, KEPT_EVENT_BYTES, plainForm, WEEK_MS, type AlertForm } from './form.ts';

interface Node extends SpecNode {
  readonly field: Token;
  readonly value: Token;
  readonly during: Token;
}

export const staysForm: AlertForm<SpecOf<'stays'>> = {
  ...plainForm,
  title: '`stays`',
  read: ({ field, value, during }: Node, parts, common) => ({
    kind: 'stays',
    field: parts.name(field),
    value: parts.literal(value),
    during: parts.duration(during),
    ...common,
  }),
  print: ({ field, value, during }, by) =>
    `${field.name} stays ${printLiteral(value)} for ${printDuration(during)}${by}`,
  meaning: ({ field, value, during }, by, writer) => [
    field.name,
    writer.literal(field.name, value),
    during.ms,
    by,
  ],
  fields: ({ field }) => [{ field, role: 'value' }],
  values: ({ field, value }) => [{ field, value }],
  window: ({ during }) => during,
  resolveAfterMs: () => WEEK_MS,
  prose: {
    en: ({ field, value }, { span }) => `${field.name} stays ${value.text} for ${span}`,
    zh: ({ field, value }, { span }) => `${field.name} 持续 ${span}为 ${value.text}`,
  },
  memory: {
    en: ({ field }, span) => [`the last value of ${field.name} and when it came, for ${span}`],
    zh: ({ field }, span) => [`${field.name} 的最后取值及其时间，保留 ${span}`],
  },
  stateSize: () => ({ groupBytes: GROUP_BYTES + KEPT_EVENT_BYTES + 1, eventBytes: 0 }),
};
