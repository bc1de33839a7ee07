/** The slips that people make in alert clauses. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { nearest, suggest } from '../did-you-mean.ts';
import { spanOf } from '../source-text.ts';
import type { Stop } from './stop.ts';
import { atFound } from './stop.ts';
import { MEASURES } from '../vocabulary.ts';

/** The error if this stop is a known slip in an alert clause. */
export function alertSlip(stop: Stop): Diagnostic | undefined {
  return unknownMeasure(stop) ?? misplacedWord(stop);
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
    'for instance count >= 5 within 5m by service, or a let: paid not followed by synced within 10m by order_id',
  );
}

function misplacedWord(stop: Stop): Diagnostic | undefined {
  const { found, before, expected, tokens, index } = stop;
  if (found === undefined) return undefined;
  const next = tokens[index + 1]?.text;
  if (found.text === 'by' && expected.parts.has('within'))
    return atFound(
      stop,
      'TOC119',
      '`within` and the window come before `by`',
      `write within 5m by ${next ?? 'service'}`,
    );
  if (found.text === 'group' && next === 'by' && expected.parts.has('by'))
    return atFound(
      stop,
      'TOC119',
      '`group` is not needed',
      `write by ${tokens[index + 2]?.text ?? 'service'}`,
    );
  if (found.type === 'and' && expected.literals.has('and'))
    return atFound(stop, 'TOC112', 'comparisons are joined by a lower-case `and`', 'write and');
  if (found.type === 'or' && expected.literals.has('and'))
    return atFound(stop, 'TOC112', 'comparisons cannot be joined by OR', 'write two rules');
  if (found.text === 'within' && expected.literals.has('for'))
    return atFound(stop, 'TOC119', '`within` has no place here', `write for ${next ?? '5m'}`);
  if (found.text === 'for' && expected.parts.has('within'))
    return atFound(stop, 'TOC119', 'the window is said with `within`', `write within ${next ?? '5m'}`);
  if (found.text === 'baseline')
    return atFound(stop, 'TOC119', 'a baseline needs a factor', 'write for instance 3 * baseline(24h)');
  if (found.type === 'duration' && before?.text === 'resolve')
    return atFound(stop, 'TOC119', '`after` is missing', `write resolve after ${found.text}`);
  return undefined;
}
