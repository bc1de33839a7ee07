/** `A not followed by B within D skew S`. */
import type { SpecOf } from '../ast.ts';
import { WINDOW_EVENTS_MAX } from '../bounds.ts';
import { at, type Diagnostic } from '../diagnostics.ts';
import { durationText } from '../../event/duration.ts';
import { write } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import type { SpanNode, SpecNode } from '../parse/node.ts';
import { printDuration } from '../print.ts';
import { GROUP_BYTES, KEPT_EVENT_BYTES, plainForm, WEEK_MS, type AlertForm } from './form.ts';
import { namedTwice } from './named-twice.ts';
import { zeroSpan } from './spans.ts';

interface Node extends SpecNode {
  readonly first: Token;
  readonly then: Token;
  readonly within: SpanNode;
  readonly skew: SpanNode | null;
}

type Spec = SpecOf<'not_followed_by'>;

export const notFollowedByForm: AlertForm<Spec> = {
  ...plainForm,
  title: '`not followed by`',
  read: ({ first, then, within, skew }: Node, parts, common) => ({
    kind: 'not_followed_by',
    first: parts.name(first),
    then: parts.name(then),
    within: parts.duration(within.duration),
    ...(skew !== null && { skew: parts.duration(skew.duration) }),
    ...common,
  }),
  print: ({ first, then, within, skew }, by) =>
    `${first.name} not followed by ${then.name} within ${printDuration(within)}${by}${skew === undefined ? '' : ` skew ${printDuration(skew)}`}`,
  meaning: ({ first, then, within, skew }, by, writer) => [
    writer.let(first),
    writer.let(then),
    within.ms,
    by,
    ...(skew === undefined ? [] : [skew.ms]),
  ],
  lets: ({ first, then }) => [first, then],
  window: ({ within }) => within,
  furtherBack: ({ skew }) => (skew === undefined ? [] : [skew]),
  resolveAfterMs: () => WEEK_MS,
  ignoresWhen: true,
  check: (spec) => [
    ...(spec.first.name === spec.then.name
      ? namedTwice([spec.first, spec.then], 'each event would discharge itself, so it never fires')
      : []),
    ...zeroSpan(spec.skew),
    ...longSkew(spec),
  ],
  prose: {
    en: ({ first, then, skew }, { span, named, duration }) =>
      `${named(first)} is not followed by ${named(then)} within ${span}${skew === undefined ? '' : ` (${named(then)} up to ${duration(skew)} earlier counts too, since the clocks may differ)`}`,
    zh: ({ first, then, skew }, { span, named, duration }) =>
      `${named(first)}之后 ${span}内没有${named(then)}${skew === undefined ? '' : `（时钟可能不一致，早至 ${duration(skew)}的${named(then)}也算）`}`,
  },
  memory: {
    en: ({ skew }, span) => [
      `a deadline for every first event, for ${span} or until it is answered`,
      ...(skew === undefined ? [] : [`the last answer, for ${durationText(skew.ms)}`]),
    ],
    zh: ({ skew }, span) => [
      `每个起始事件的期限，保留 ${span} 或至得到应答`,
      ...(skew === undefined ? [] : [`最后一个应答，保留 ${durationText(skew.ms)}`]),
    ],
  },
  stateSize: ({ skew }) => ({
    groupBytes: GROUP_BYTES + 10 + (skew === undefined ? 0 : KEPT_EVENT_BYTES),
    eventBytes: 15,
    eventsMax: WINDOW_EVENTS_MAX,
  }),
};

/** If clocks differ by more than the answer may take, the answer could also come too late because of the clocks. */
function longSkew({ skew, within }: Spec): Diagnostic[] {
  if (skew === undefined || skew.ms <= within.ms) return [];
  return [
    at(
      skew.span,
      'TOC224',
      'the clocks may differ by more than the answer may take',
      write(
        skew.span,
        printDuration(within),
        `write at most skew ${printDuration(within)}, or a longer window`,
      ),
    ),
  ];
}
