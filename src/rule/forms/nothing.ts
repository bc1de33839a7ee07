/** `nothing for D seen within S expected FIELD in "file"`. */
import type { Schema } from '../../event/event.ts';
import { durationText } from '../../event/duration.ts';
import type { SpecOf } from '../ast.ts';
import type { CheckContext } from '../check/check.ts';
import { at, type Diagnostic } from '../diagnostics.ts';
import type { NamedFiles } from '../folder.ts';
import { write } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import type { SpanNode, SpecNode } from '../parse/node.ts';
import { printDuration, quote } from '../print.ts';
import { GROUP_BYTES, KEPT_EVENT_BYTES, plainForm, type AlertForm } from './form.ts';
import { listedValues } from './listed-values.ts';
import { checkSeenWithin, printSeenWithin, SEEN_WITHIN_MS, zeroSpan } from './spans.ts';

interface Node extends SpecNode {
  readonly during: Token;
  readonly seen: SpanNode | null;
  readonly expected: { readonly field: Token; readonly path: Token } | null;
}

type Spec = SpecOf<'nothing'>;

export const nothingForm: AlertForm<Spec> = {
  ...plainForm,
  title: '`nothing`',
  read: ({ during, seen, expected }: Node, parts, common) => ({
    kind: 'nothing',
    during: parts.duration(during),
    ...(seen !== null && { seenWithin: parts.duration(seen.duration) }),
    ...(expected !== null && {
      expected: {
        field: parts.name(expected.field),
        file: expected.path.value,
        span: parts.span(expected.path),
      },
    }),
    ...common,
  }),
  print: ({ during, seenWithin, expected }, by) =>
    `nothing for ${printDuration(during)}${by}${printSeenWithin(seenWithin)}${expected === undefined ? '' : ` expected ${expected.field.name} in ${quote(expected.file)}`}`,
  meaning: ({ during, seenWithin, expected }, by) => [
    during.ms,
    by,
    seenWithin?.ms ?? null,
    // The meaning depends on the values of the list, not on the path of the file.
    expected === undefined ? null : (expected.values ?? [expected.file]),
  ],
  fields: ({ expected }) => (expected === undefined ? [] : [{ field: expected.field, role: 'by' }]),
  expected: ({ expected }) => expected?.values ?? [],
  filled,
  window: ({ during }) => during,
  resolveAfterMs: () => 0,
  noResolveAfter: '`nothing` resolves when something is heard again',
  needsBy: false,
  check: (spec, context) => [
    ...zeroSpan(spec.seenWithin),
    ...checkSeenWithin(spec, spec.during, 'that of `nothing for`'),
    ...checkExpected(spec, context),
  ],
  prose: {
    en: (_spec, { span }) => `there is no event for ${span}`,
    zh: (_spec, { span }) => `连续 ${span}没有事件`,
  },
  memory: {
    en: (spec) => [`the time of the last event, for ${seenText(spec)}`],
    zh: (spec) => [`最后一个事件的时间，保留 ${seenText(spec)}`],
  },
  stateSize: () => ({ groupBytes: GROUP_BYTES + KEPT_EVENT_BYTES + 1, eventBytes: 0 }),
};

function seenText({ seenWithin }: Spec): string {
  return durationText(seenWithin?.ms ?? SEEN_WITHIN_MS);
}

/** Returns the clause with the groups that the list names. */
function filled(spec: Spec, schema: Schema, lists: NamedFiles | undefined): Spec {
  if (spec.expected === undefined || lists === undefined) return spec;
  const field = schema.byName.get(spec.expected.field.name);
  const list = lists.read(spec.expected.file, 'list');
  const values = field === undefined || !('text' in list) ? [] : listedValues(list, field);
  return { ...spec, expected: { ...spec.expected, values } };
}

function checkExpected({ by, expected }: Spec, { lists, named }: CheckContext): readonly Diagnostic[] {
  if (expected === undefined) return [];
  const found: Diagnostic[] = [];
  if (by.length !== 1 || by[0]!.name !== expected.field.name)
    found.push(
      at(
        expected.field.span,
        'TOC231',
        '`expected` lists the groups, so `by` must be this very field',
        by.length === 1
          ? write(by[0]!.span, expected.field.name, `write by ${expected.field.name}`)
          : `write by ${expected.field.name}`,
      ),
    );
  const list = lists?.read(expected.file, 'list');
  if (list === undefined || 'text' in list) return found;
  if (list.kind !== 'missing') {
    const message = `\`${expected.file}\` ${list.problem}`;
    found.push(at(expected.span, 'TOC231', message, list.fix));
  } else if (named !== undefined) {
    const message = `there is no file \`${expected.file}\` in the rules folder`;
    const hint = 'one value a line; the path is relative to the rules folder';
    found.push(at(expected.span, 'TOC231', message, hint));
  }
  return found;
}
