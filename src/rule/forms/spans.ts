/** Spans of time in an alert. None may be zero. `seen within` may stand only if a group can otherwise be forgotten too early. */
import type { Duration, FieldName } from '../ast.ts';
import { at, type Diagnostic } from '../diagnostics.ts';
import { write } from '../mending.ts';
import { printDuration } from '../print.ts';

/** Default of `seen within`: the time after its last event at which a group is forgotten, ms. */
export const SEEN_WITHIN_MS = 86_400_000;

export function zeroSpan(span: Duration | undefined): Diagnostic[] {
  if (span?.ms !== 0) return [];
  return [at(span.span, 'TOC224', 'this span of time is zero', write(span.span, '5m', 'for instance 5m'))];
}

interface Forgetful {
  readonly by: readonly FieldName[];
  readonly seenWithin?: Duration;
}

/** `quiet`: how long silence must last. `name`: the name that people have for that span. */
export function checkSeenWithin({ by, seenWithin }: Forgetful, quiet: Duration, name: string): Diagnostic[] {
  if (by.length === 0)
    return seenWithin === undefined
      ? []
      : [
          at(
            seenWithin.span,
            'TOC224',
            '`seen within` says when a group is forgotten, but there is no `by`',
            'leave it out',
          ),
        ];
  if ((seenWithin?.ms ?? SEEN_WITHIN_MS) > quiet.ms) return [];
  return [
    at(
      seenWithin?.span ?? quiet.span,
      'TOC224',
      `a group is forgotten ${seenWithin === undefined ? '24h (the default) ' : ''}after its last event, which is before the alert could fire`,
      `say \`seen within\` a span above ${name}`,
    ),
  ];
}

export function printSeenWithin(seenWithin: Duration | undefined): string {
  return seenWithin === undefined ? '' : ` seen within ${printDuration(seenWithin)}`;
}
