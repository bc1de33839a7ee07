/** The slips that people make in alert clauses. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { nearest, suggest } from '../../event/did-you-mean.ts';
import { spanOf } from '../source-text.ts';
import type { Stop } from './stop.ts';
import { atFound } from './stop.ts';
import { thresholdSlip } from './threshold-slip.ts';
import { MEASURES } from '../vocabulary.ts';

/** The error if this stop is a known slip in an alert clause. */
export function alertSlip(stop: Stop): Diagnostic | undefined {
  return (
    unknownMeasure(stop) ??
    joinedLets(stop) ??
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
  const compares = found.type === 'op' && ['>', '>=', '<', '<=', '==', '=', '(', '/'].includes(found.text);
  if (compares && MEASURES.includes(before.text)) {
    if (before.text === 'count' || !stop.expected.literals.has('(')) return undefined;
    return at(
      place,
      'TOC119',
      `\`${before.text}\` of what?`,
      `name a number field: ${before.text}(duration_ms)`,
    );
  }
  if (compares)
    return at(
      place,
      'TOC116',
      `\`${before.text}\` measures nothing`,
      suggest(before.text, MEASURES, 'measures', 20),
    );
  const isLet = tokens.some((token, i) => token.text === 'let' && tokens[i + 1]?.text === before.text);
  const wanted = [...stop.expected.literals];
  if (tokens[index - 2]?.text !== 'alert' || isLet || !wanted.includes('stays')) return undefined;
  if (nearest(found.text, wanted) !== undefined && found.text !== 'than') return undefined;
  return at(
    place,
    'TOC119',
    `no alert begins with \`${before.text}\``,
    /^(?:no|none|missing|absent|silence)$/iu.test(before.text)
      ? 'for silence write nothing for 10m by service'
      : 'for instance count >= 5 within 5m by service, or a let: paid not followed by synced within 10m by order_id',
  );
}

function misplacedWord(stop: Stop): Diagnostic | undefined {
  const { found, expected, tokens, index } = stop;
  if (found === undefined) return undefined;
  if (found.text === 'group' && tokens[index + 1]?.text === 'by' && expected.parts.has('by')) {
    const fix = `write by ${tokens[index + 2]?.text ?? 'service'}`;
    return atFound(stop, 'TOC119', '`group` is not needed', fix);
  }
  if (found.type === 'and' && expected.literals.has('and'))
    return atFound(stop, 'TOC112', 'comparisons are joined by a lower-case `and`', 'write and');
  if (found.type === 'or' && expected.literals.has('and'))
    return atFound(stop, 'TOC112', 'comparisons cannot be joined by OR', 'write two rules');
  return undefined;
}

function misplacedSkew(stop: Stop): Diagnostic | undefined {
  const { found, before, tokens, index } = stop;
  const isSkewed = before?.type === 'duration' && tokens[index - 2]?.text === 'skew';
  if (found?.text === 'by' && isSkewed)
    return atFound(
      stop,
      'TOC119',
      '`by` stands before `skew`',
      `write by ${tokens[index + 1]?.text ?? 'order_id'} skew ${before.text}`,
    );
  if (found?.text !== 'skew' || found.type !== 'word' || before === undefined) return undefined;
  if (before.type !== 'word' && before.type !== 'duration') return undefined;
  return atFound(
    stop,
    'TOC119',
    '`skew` says how far the clocks of the two sides of `not followed by` may differ',
    'leave it out here',
  );
}

/** Conditions put together in an alert as they would be in a query, or not by their names. */
function joinedLets(stop: Stop): Diagnostic | undefined {
  const { found, before, expected, tokens, index } = stop;
  if (found === undefined || before === undefined) return undefined;
  if (found.type === 'string' && expected.parts.has('letUse'))
    return atFound(
      stop,
      'TOC119',
      'a condition stands here by its name',
      `add above: let some_name = ${found.text}, and write some_name here`,
    );
  const joins = /^(?:and|&&|,)$/iu.test(found.text);
  if (!joins || tokens[index - 2]?.text !== 'alert' || !expected.literals.has('then')) return undefined;
  const next = tokens[index + 1];
  const isNot = /^not$/iu.test(next?.text ?? '');
  const other = tokens[isNot ? index + 2 : index + 1]?.text ?? 'b';
  return isNot
    ? atFound(
        stop,
        'TOC119',
        'something that does not come is said with `not followed by`',
        `write ${before.text} not followed by ${other}`,
      )
    : atFound(
        stop,
        'TOC119',
        'several conditions are said with `all of`, or in their order with `then`',
        `write all of ${before.text}, ${other}, or ${before.text} then ${other}`,
      );
}
