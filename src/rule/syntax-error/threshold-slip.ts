/** The slips that people make around the window and the numbers of an alert. */
import type { Diagnostic } from '../diagnostics.ts';
import type { Token } from '../parse/lexer.ts';
import type { Stop } from './stop.ts';
import { atFound } from './stop.ts';

/** Words of other languages for `within`. */
const WITHIN = /^(?:in|over|during|per|last|every|for)$/iu;

/** The error if this stop is a known slip around a window or a number. */
export function thresholdSlip(stop: Stop): Diagnostic | undefined {
  return windowSlip(stop) ?? spanSlip(stop) ?? numberSlip(stop);
}

/** The window is missing, said otherwise, or not at its place. */
function windowSlip(stop: Stop): Diagnostic | undefined {
  const { found, expected, tokens, index } = stop;
  if (found === undefined) return undefined;
  const next = tokens[index + 1];
  if (expected.parts.has('within')) {
    if (found.text === 'by') {
      const fix = `write within 5m by ${next?.text ?? 'service'}`;
      return atFound(stop, 'TOC119', '`within` and the window come before `by`', fix);
    }
    if (found.type === 'word' && WITHIN.test(found.text)) {
      const fix = `write within ${durationBehind(stop) ?? '5m'}`;
      return atFound(stop, 'TOC119', 'the window is said with `within`', fix);
    }
  }
  if ((found.text === 'and' || found.type === 'and') && expected.parts.has('by') && next?.type !== 'not')
    return atFound(
      stop,
      'TOC119',
      'all comparisons come before `within`',
      'for instance count(a) > 5 and count(b) > 3 within 5m by service',
    );
  return undefined;
}

/** `stays V for D`, `resolve never`. */
function spanSlip(stop: Stop): Diagnostic | undefined {
  const { found, before, expected } = stop;
  if (found === undefined) return undefined;
  if (expected.literals.has('for')) {
    const span = found.type === 'duration' ? found.text : durationBehind(stop);
    if (found.text === 'within' || ['>', '>=', '='].includes(found.text) || found.type === 'duration')
      return atFound(stop, 'TOC119', `\`${found.text}\` has no place here`, `write for ${span ?? '72h'}`);
  }
  if (found.type === 'duration' && before?.text === 'resolve')
    return atFound(stop, 'TOC119', '`after` is missing', `write resolve after ${found.text}`);
  if (found.text === 'never' && before?.text === 'after')
    return atFound(stop, 'TOC119', '`never` is no span of time', 'write resolve never');
  return undefined;
}

/** The first duration among the next few words. */
function durationBehind({ tokens, index }: Stop): string | undefined {
  return tokens.slice(index + 1, index + 5).find(({ type }) => type === 'duration')?.text;
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
    return atFound(stop, 'TOC119', 'numbers are written without commas', `write ${before.text}${next.text}`);
  if (found.text !== 'baseline') return undefined;
  const [, open, span, , times, factor] = tokens.slice(index);
  const over = open?.text === '(' && span?.type === 'duration' ? span.text : '24h';
  const by = times?.text === '*' && factor?.type === 'number' ? factor.text : '3';
  return atFound(
    stop,
    'TOC119',
    'a baseline needs a factor before it',
    `for instance ${by} * baseline(${over})`,
  );
}

const touches = (a: Token, b: Token, c: Token): boolean => a.end === b.start && b.end === c.start;
