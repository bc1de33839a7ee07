/** AND and OR side by side, or NOT beside OR: both readings are written out. */
import type { Diagnostic } from '../diagnostics.ts';
import type { Token } from '../parse/lexer.ts';
import { write, writeOneOf } from '../mending.ts';
import { operandEnd, sourceOf, textOf } from './operand.ts';
import type { Stop } from './stop.ts';
import { atFound, between } from './stop.ts';

/** Finds AND after OR, or OR after AND, at one level. The author must say which of the two readings is meant. */
export function mixedOperators(stop: Stop): Diagnostic | undefined {
  const { found, before, tokens, index } = stop;
  const from = levelStart(stop);
  const other = found!.type === 'and' ? 'or' : 'and';
  const operators = operatorsIn(tokens, from, index);
  if (before === undefined) return undefined;
  const left = tokens.slice(from, index);
  const lastOperator = operators.findLast((i) => tokens[i]!.type === other);
  const next = tokens.slice(index + 1, operandEnd(tokens, index + 1));
  const whole = between(left[0] ?? found!, next.at(-1) ?? found!);
  if (lastOperator === undefined) {
    // No AND before it: this is a bare NOT beside OR.
    const put = (text: typeof sourceOf): string => `(${text(stop, left)}) OR ${text(stop, next)}`;
    return atFound(
      stop,
      'TOC111',
      'NOT as a bare operand of OR is read differently by Kibana and by people',
      write(whole, put(textOf), `put it in parentheses: ${put(sourceOf)}`),
    );
  }
  const head = tokens.slice(from, lastOperator);
  const last = tokens.slice(lastOperator + 1, index);
  const here = found!.text;
  const there = tokens[lastOperator]!.text;
  const readings = (text: typeof sourceOf): [string, string] => [
    `(${text(stop, left)}) ${here} ${text(stop, next)}`,
    `${text(stop, head)} ${there} (${text(stop, last)} ${here} ${text(stop, next)})`,
  ];
  const [one, two] = readings(sourceOf);
  return atFound(
    stop,
    'TOC110',
    'AND and OR stand side by side, and readers differ on which goes first',
    writeOneOf(whole, readings(textOf), `say which is meant: \`${one}\` or \`${two}\``),
  );
}

/** Returns the index of the first token of the condition at this level of parentheses. */
function levelStart(stop: Stop): number {
  let depth = 0;
  for (let i = stop.index - 1; i >= 0; i--) {
    const token = stop.tokens[i]!;
    if (token.type === 'op' && token.text === ')') depth++;
    else if (token.type === 'op' && token.text === '(') {
      if (depth === 0) return i + 1;
      depth--;
    } else if (
      depth === 0 &&
      (token.text === '=' || (token.type === 'word' && token.text === 'when' && startsClause(stop, i)))
    )
      return i + 1;
  }
  return 0;
}

function startsClause(stop: Stop, i: number): boolean {
  const before = stop.tokens[i - 1];
  return before === undefined || before.type === 'nl' || before.text === '{';
}

function operatorsIn(tokens: readonly Token[], from: number, to: number): number[] {
  const found: number[] = [];
  let depth = 0;
  for (let i = from; i < to; i++) {
    const token = tokens[i]!;
    if (token.type === 'op' && token.text === '(') depth++;
    else if (token.type === 'op' && token.text === ')') depth--;
    else if (depth === 0 && (token.type === 'and' || token.type === 'or')) found.push(i);
  }
  return found;
}
