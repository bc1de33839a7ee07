/**
 * Alerts written in other words than those of the forms: `paid without shipped`, `a -> b -> a`, `failed x 3`, `count(failed) >= 3 then b`,
 * `paid and not synced`.
 */
import type { Diagnostic } from '../diagnostics.ts';
import { write, type Fix, type Hint } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import { quote } from '../print.ts';
import { spanOf } from '../source-text.ts';
import { at } from '../diagnostics.ts';
import type { Stop } from './stop.ts';
import { atFound, before as rightBefore, between } from './stop.ts';

const WITHOUT = /^(?:without|unless|lacks|lacking|missing|never)$/iu;
const THEN = /^(?:followed|followedby|precedes|before|→|⇒|=>)$/iu;
const TIMES = /^(?:x|times|×|\*)$/iu;
/** Nobody writes out more steps than this. */
const STEPS_MAX = 10;

export function formSlip(stop: Stop): Diagnostic | undefined {
  return conditionForName(stop) ?? arrow(stop) ?? afterName(stop) ?? countThen(stop);
}

/** True if a `let` of the block defines the name. */
export function isLet({ tokens }: Stop, name: string): boolean {
  return tokens.some((token, i) => token.text === 'let' && tokens[i + 1]?.text === name);
}

/** `paid not followed by "inventory synced"`. */
function conditionForName(stop: Stop): Diagnostic | undefined {
  const { found, expected, tokens, index } = stop;
  if (found?.type !== 'string' || !expected.parts.has('letUse')) return undefined;
  const alert = tokens.slice(0, index).findLastIndex(({ text }) => text === 'alert');
  const added = `let some_name = ${quote(found.value)}`;
  const words = `add above: ${added}, and write some_name here`;
  const fix: Fix = [
    { ...rightBefore(tokens[Math.max(0, alert)]!), text: `${added}\n  ` },
    { start: found.start, end: found.end, text: 'some_name' },
  ];
  const hint: Hint = alert < 0 ? words : { words, fixes: [fix] };
  return atFound(stop, 'TOC119', 'a condition stands here by its name', hint);
}

/** `a -> b` and `a->b`: an arrow, of two signs or the end of a word and a sign. */
function arrow(stop: Stop): Diagnostic | undefined {
  const { found, before, tokens, index, source } = stop;
  if (found === undefined || before?.type !== 'word') return undefined;
  const message = 'an order of events is said with `then`';
  const next = tokens[index + 1];
  if (found.text === '>' && before.text.endsWith('-') && found.start === before.end) {
    const name = before.text.slice(0, -1);
    const place = { start: before.end - 1, end: found.end };
    const fix = write(place, ' then ', `write ${name} then ${next?.text.replace(/-$/, '') ?? 'b'}`);
    return at(spanOf(source, place.start, place.end), 'TOC119', message, fix);
  }
  const isArrow = found.text === '-' && next?.text === '>' && next.start === found.end;
  if (!isArrow || !stop.expected.literals.has('then')) return undefined;
  const fix = write(
    between(found, next),
    'then',
    `write ${before.text} then ${tokens[index + 2]?.text ?? 'b'}`,
  );
  return atFound(stop, 'TOC119', message, fix);
}

/** Handles a word or sign after the first name of an alert, or after a name of a sequence. */
function afterName(stop: Stop): Diagnostic | undefined {
  const { found, before, expected, tokens, index } = stop;
  if (found === undefined || before?.type !== 'word' || !expected.literals.has('then')) return undefined;
  const next = tokens[index + 1];
  const isFirst = tokens[index - 2]?.text === 'alert';
  if (THEN.test(found.text)) {
    const last = next?.text === 'by' && /^followed$/iu.test(found.text) ? next : found;
    const other = tokens[tokens.indexOf(last) + 1]?.text ?? 'b';
    const fix = write(between(found, last), 'then', `write ${before.text} then ${other}`);
    return atFound(stop, 'TOC119', 'an order of events is said with `then`', fix);
  }
  if (!isFirst) return undefined;
  if (WITHOUT.test(found.text)) return absence(stop, found, next);
  if (TIMES.test(found.text) && next?.type === 'number') {
    const fix = write(between(before, next), `count(${before.text}) >= ${next.text}`);
    return atFound(stop, 'TOC119', 'how often something came is said with `count`', fix);
  }
  return /^(?:and|&&|,)$/iu.test(found.text) ? joined(stop) : undefined;
}

/** `paid and shipped`, `paid and not shipped`. */
function joined(stop: Stop): Diagnostic {
  const { tokens, index } = stop;
  const first = stop.before!;
  const isNot = /^not$/iu.test(tokens[index + 1]?.text ?? '');
  if (isNot) return absence(stop, tokens[index + 1]!, tokens[index + 2]);
  let last = index + 1;
  while (/^(?:and|&&|,)$/iu.test(tokens[last + 1]?.text ?? '') && tokens[last + 2]?.type === 'word')
    last += 2;
  const names = [first, ...tokens.slice(index + 1, last + 1).filter((_, i) => i % 2 === 0)].map(
    ({ text }) => text,
  );
  if (names.length === 1) names.push('b');
  const [all, sequence] = [`all of ${names.join(', ')}`, names.join(' then ')];
  const place = between(first, tokens[last] ?? first);
  return atFound(stop, 'TOC119', 'several conditions are said with `all of`, or in their order with `then`', {
    words: `write ${all}, or ${sequence}`,
    fixes: [all, sequence].map((text) => [{ ...place, text }]),
  });
}

/** The slip reaches from the word after the first name to the word before the second: `without`, `and not`. */
function absence(stop: Stop, last: Token, other: Token | undefined): Diagnostic {
  const text = 'not followed by';
  const words = `write ${stop.before!.text} ${text} ${other?.text ?? 'b'}`;
  return atFound(
    stop,
    'TOC119',
    'something that does not come is said with `not followed by`',
    write(between(stop.found!, last), text, words),
  );
}

/** `count(failed) >= 3 then b`: a sequence has no counts, but it can name a step more than once. */
function countThen(stop: Stop): Diagnostic | undefined {
  const { found, tokens, index } = stop;
  const isThen = found?.text === 'then' || (found?.text === 'not' && tokens[index + 1]?.text === 'followed');
  if (!isThen || found.type === 'string') return undefined;
  const [count, open, name, close, op, number] = tokens.slice(index - 6, index);
  const isCount = count?.text === 'count' && open?.text === '(' && close?.text === ')';
  if (!isCount || name === undefined || op === undefined || number?.type !== 'number') return undefined;
  const least = Number(number.text) + (op.text === '>' ? 1 : 0);
  const message = '`then` goes from event to event; it has no counts';
  const words = 'write each step out';
  if (found.text !== 'then' || !/^(?:>=?|==)$/u.test(op.text) || !(least >= 1 && least <= STEPS_MAX))
    return atFound(stop, 'TOC119', message, `${words}: ${name.text} then ${name.text} then …`);
  const steps = Array.from({ length: least }, () => name.text).join(' then ');
  const fix = write(
    between(count, number),
    steps,
    `${words}: ${steps} then ${tokens[index + 1]?.text ?? 'b'}`,
  );
  return atFound(stop, 'TOC119', message, fix);
}
