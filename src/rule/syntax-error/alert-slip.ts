/** The slips that people make in alert clauses. form-slip.ts has the slips that name another form than they mean. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { nearest } from '../../event/did-you-mean.ts';
import { remove, write, writeNearest, type Hint } from '../mending.ts';
import { spanOf } from '../source-text.ts';
import { spanAt } from './duration-slip.ts';
import { formSlip, isLet } from './form-slip.ts';
import type { Stop } from './stop.ts';
import { atFound, between } from './stop.ts';
import { groupsFrom, thresholdSlip } from './threshold-slip.ts';
import { MEASURES } from '../vocabulary.ts';

const COMPARES = ['>', '>=', '<', '<=', '==', '=', '(', '/'];

/** Returns the error if this stop is a known slip in an alert clause. */
export function alertSlip(stop: Stop): Diagnostic | undefined {
  return (
    formSlip(stop) ??
    unknownMeasure(stop) ??
    thresholdSlip(stop) ??
    misplacedSkew(stop) ??
    misplacedWord(stop)
  );
}

/** `alert cuont >= 5 …`: the word before was read as a name, so the fault shows one token late. */
function unknownMeasure(stop: Stop): Diagnostic | undefined {
  const { found, before, source, tokens, index } = stop;
  if (before?.type !== 'word' || found === undefined) return undefined;
  const begins = ['alert', 'and', '/', '>', '>=', '<', '<=', '=='].includes(tokens[index - 2]?.text ?? '');
  if (!begins) return undefined;
  const place = spanOf(source, before.start, before.end);
  const compares = found.type === 'op' && COMPARES.includes(found.text);
  if (compares && MEASURES.includes(before.text)) {
    if (before.text === 'count' || !stop.expected.literals.has('(')) return undefined;
    return at(
      place,
      'TOC119',
      `\`${before.text}\` of what?`,
      `name a number field: ${before.text}(duration_ms)`,
    );
  }
  if (compares && found.text !== '(' && isLet(stop, before.text))
    return at(
      place,
      'TOC119',
      `\`${before.text}\` names events; their number is counted`,
      write(before, `count(${before.text})`),
    );
  if (compares)
    return at(
      place,
      'TOC116',
      `\`${before.text}\` measures nothing`,
      writeNearest(before, before.text, MEASURES, 'measures', 20),
    );
  const wanted = [...stop.expected.literals];
  if (tokens[index - 2]?.text !== 'alert' || isLet(stop, before.text) || !wanted.includes('stays'))
    return undefined;
  if (nearest(found.text, wanted) !== undefined && found.text !== 'than') return undefined;
  return at(
    place,
    'TOC119',
    `no alert begins with \`${before.text}\``,
    /^(?:no|none|missing|absent|silence)$/iu.test(before.text) ? forSilence(stop) : EXAMPLES,
  );
}

const EXAMPLES =
  'for instance count >= 5 within 5m by service, or a let: paid not followed by synced within 10m by order_id';

/** `no events for 10m by service`. */
function forSilence({ tokens, index, before }: Stop): Hint {
  for (let at = index; at < index + 5; at++) {
    const span = spanAt(tokens, at);
    if (span !== undefined)
      return write(
        between(before!, tokens[span.last]!),
        `nothing for ${span.text}`,
        `for silence write nothing for ${span.text}`,
      );
  }
  return 'for silence write nothing for 10m by service';
}

function misplacedWord(stop: Stop): Diagnostic | undefined {
  const { found, expected, tokens, index } = stop;
  if (found === undefined) return undefined;
  const next = tokens[index + 1];
  if (found.text === 'group' && next?.text === 'by' && expected.parts.has('by')) {
    const words = `write by ${tokens[index + 2]?.text ?? 'service'}`;
    return atFound(
      stop,
      'TOC119',
      '`group` is not needed',
      remove({ start: found.start, end: next.start }, words),
    );
  }
  if (found.type === 'and' && expected.literals.has('and'))
    return atFound(stop, 'TOC112', 'comparisons are joined by a lower-case `and`', write(found, 'and'));
  if (found.type === 'or' && expected.literals.has('and'))
    return atFound(stop, 'TOC112', 'comparisons cannot be joined by OR', 'write two rules');
  return undefined;
}

function misplacedSkew(stop: Stop): Diagnostic | undefined {
  const { found, before, tokens, index } = stop;
  const skew = tokens[index - 2];
  if (found?.text === 'by' && before?.type === 'duration' && skew?.text === 'skew') {
    const groups = groupsFrom(tokens, index + 1);
    const fix = `by ${groups.text || 'order_id'} skew ${before.text}`;
    return atFound(
      stop,
      'TOC119',
      '`by` stands before `skew`',
      write(between(skew, tokens[groups.last] ?? found), fix),
    );
  }
  if (found?.text !== 'skew' || found.type !== 'word' || before === undefined) return undefined;
  if (before.type !== 'word' && before.type !== 'duration') return undefined;
  const span = tokens[index + 1]?.type === 'duration' ? tokens[index + 1]! : found;
  return atFound(
    stop,
    'TOC119',
    '`skew` says how far the clocks of the two sides of `not followed by` may differ',
    remove({ start: before.end, end: span.end }, 'leave it out here'),
  );
}
