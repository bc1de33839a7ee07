/** The slips that people make around the window and the numbers of an alert. */
import type { Diagnostic } from '../diagnostics.ts';
import { remove, write, type Hint } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import { spanAt } from './duration-slip.ts';
import type { Stop } from './stop.ts';
import { after, atFound, before as rightBefore, between } from './stop.ts';

/** Words of other languages for `within`. */
const WITHIN = /^(?:in|over|during|per|last|every|for)$/iu;
const PERCENT = /^(?:%|％|percent|pct|per ?cent)$/iu;

/** Returns the error if this stop is a known slip around a window or a number. */
export function thresholdSlip(stop: Stop): Diagnostic | undefined {
  return percentSlip(stop) ?? windowSlip(stop) ?? spanSlip(stop) ?? numberSlip(stop);
}

/** `> 5 %`, `> 5 percent`: the sign belongs to the number. */
function percentSlip(stop: Stop): Diagnostic | undefined {
  const { found, before } = stop;
  if (
    found === undefined ||
    before?.type !== 'number' ||
    found.type === 'string' ||
    !PERCENT.test(found.text)
  )
    return undefined;
  const share = `${before.text}%`;
  return atFound(
    stop,
    'TOC108',
    `\`${found.text}\` does not stand right behind its number`,
    write(between(before, found), share),
  );
}

/** Handles a window that is missing, said otherwise, or not at its place. */
function windowSlip(stop: Stop): Diagnostic | undefined {
  const { found, expected, tokens, index } = stop;
  if (found === undefined) return undefined;
  const next = tokens[index + 1];
  if (expected.parts.has('within')) {
    if (found.text === 'by') return windowBehindGroups(stop);
    if (found.type === 'word' && WITHIN.test(found.text)) {
      const span = spanBehind(stop);
      const fix: Hint =
        span === undefined
          ? 'for instance within 5m'
          : write(between(found, tokens[span.last]!), `within ${span.text}`);
      return atFound(stop, 'TOC119', 'the window is said with `within`', fix);
    }
  }
  if ((found.text === 'and' || found.type === 'and') && expected.parts.has('by') && next?.type !== 'not')
    return comparisonBehind(stop);
  return undefined;
}

/** `count >= 5 by service within 5m`. */
function windowBehindGroups(stop: Stop): Diagnostic {
  const { tokens, index } = stop;
  const found = stop.found!;
  const { text: groups, last } = groupsFrom(tokens, index + 1);
  const span = /^within$/u.test(tokens[last + 1]?.text ?? '') ? spanAt(tokens, last + 2) : undefined;
  const text = `within ${span?.text ?? '5m'} by ${groups || 'service'}`;
  const end = tokens[span === undefined ? last : span.last] ?? found;
  return atFound(
    stop,
    'TOC119',
    '`within` and the window come before `by`',
    write(between(found, end), text),
  );
}

/** Returns the fields after `by`, and the index of the last of their tokens. */
export function groupsFrom(
  tokens: readonly Token[],
  first: number,
): { readonly text: string; readonly last: number } {
  let last = first;
  while (tokens[last + 1]?.text === ',' && tokens[last + 2]?.type === 'word') last += 2;
  const fields = tokens.slice(first, last + 1).filter(({ type }) => type === 'word');
  return { text: fields.map(({ text }) => text).join(', '), last };
}

/** `… within 5m and count(b) > 3 by service`: the comparison moves before the window. */
function comparisonBehind(stop: Stop): Diagnostic {
  const { tokens, index, source } = stop;
  const message = 'all comparisons come before `within`';
  const window = tokens
    .slice(0, index)
    .findLastIndex(({ text, type }) => text === 'within' && type === 'word');
  let end = index + 1;
  while (
    tokens[end] !== undefined &&
    tokens[end]!.type !== 'nl' &&
    !/^(?:by|seen|\}|and)$/u.test(tokens[end]!.text)
  )
    end++;
  const last = tokens[end - 1];
  if (window < 0 || last === undefined || end - 1 === index)
    return atFound(
      stop,
      'TOC119',
      message,
      'for instance count(a) > 5 and count(b) > 3 within 5m by service',
    );
  const moved = `and ${source.text.slice(tokens[index + 1]!.start, last.end)}`;
  return atFound(stop, 'TOC119', message, {
    words: `write ${moved} before within`,
    fixes: [
      [
        { ...rightBefore(tokens[window]!), text: `${moved} ` },
        { start: tokens[index - 1]!.end, end: last.end, text: '' },
      ],
    ],
  });
}

/** `stays V for D`, `resolve never`. */
function spanSlip(stop: Stop): Diagnostic | undefined {
  const { found, before, expected, tokens, index } = stop;
  if (found === undefined) return undefined;
  if (expected.literals.has('for')) {
    const span = spanAt(tokens, index) ?? spanBehind(stop);
    if (found.text === 'within' || ['>', '>=', '='].includes(found.text) || found.type === 'duration') {
      const fix: Hint =
        span === undefined
          ? 'for instance for 72h'
          : write(between(found, tokens[span.last]!), `for ${span.text}`);
      return atFound(stop, 'TOC119', `\`${found.text}\` has no place here`, fix);
    }
  }
  if (found.type === 'duration' && before?.text === 'resolve')
    return atFound(
      stop,
      'TOC119',
      '`after` is missing',
      write(rightBefore(found), 'after ', `write resolve after ${found.text}`),
    );
  if (found.text === 'never' && before?.text === 'after')
    return atFound(
      stop,
      'TOC119',
      '`never` is no span of time',
      remove({ start: before.start, end: found.start }, 'write resolve never'),
    );
  return undefined;
}

/** Returns the first span of time among the next few words. */
function spanBehind({ tokens, index }: Stop): ReturnType<typeof spanAt> {
  for (let at = index + 1; at < index + 5; at++) {
    if (tokens[at]?.type === 'nl') return undefined;
    const span = spanAt(tokens, at);
    if (span !== undefined) return span;
  }
  return undefined;
}

function numberSlip(stop: Stop): Diagnostic | undefined {
  const { found, before, tokens, index } = stop;
  if (found === undefined) return undefined;
  const next = tokens[index + 1];
  if (
    found.text === ',' &&
    before?.type === 'number' &&
    next?.type === 'number' &&
    touches(before, found, next)
  )
    return atFound(
      stop,
      'TOC119',
      'numbers are written without commas',
      write(between(before, next), `${before.text}${next.text}`),
    );
  if (found.text !== 'baseline') return undefined;
  const [, open, span, close, times, factor] = tokens.slice(index);
  const whole = open?.text === '(' && span?.type === 'duration' && close?.text === ')';
  const isBehind = whole && times?.text === '*' && factor?.type === 'number';
  const text = `${isBehind ? factor.text : '3'} * baseline(${whole ? span.text : '24h'})`;
  const place = isBehind ? between(found, factor) : whole ? between(found, close) : after(found);
  return atFound(
    stop,
    'TOC119',
    'a baseline needs a factor before it',
    whole ? write(place, text, `for instance ${text}`) : `for instance ${text}`,
  );
}

const touches = (a: Token, b: Token, c: Token): boolean => a.end === b.start && b.end === c.start;
