/**
 * A syntax error in words: the token that was found, the tokens that were expected, and the fix if the slip is a known one.
 * condition-slip.ts has the slips inside conditions.
 */
import { alertSlip } from './alert-slip.ts';
import { conditionSlip } from './condition-slip.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { nearest } from '../../event/did-you-mean.ts';
import { badDuration } from './duration-slip.ts';
import type { Column } from './expected.ts';
import { expectedIn, orList } from './expected.ts';
import { headSlip } from './head-slip.ts';
import { missingFix } from './missing.ts';
import { sourceOf } from './operand.ts';
import type { Token } from '../parse/lexer.ts';
import { remove, write, writeNearest, type Hint } from '../mending.ts';
import { quote } from '../print.ts';
import type { SourceText } from '../source-text.ts';
import { spanOf } from '../source-text.ts';
import type { Stop } from './stop.ts';
import { after, atFound, before as rightBefore } from './stop.ts';
import { CLAUSE_NAMES, STEP_NAMES } from '../vocabulary.ts';

const EXPECTED_MAX = 5;
const QUOTED_MAX = 1_000;

/** Returns the error for a parse that could not go on at token `index` (= length: the text ended too early). */
export function syntaxError(
  source: SourceText,
  tokens: readonly Token[],
  index: number,
  column: Column,
): Diagnostic {
  const stop: Stop = {
    source,
    tokens,
    index,
    found: tokens[index],
    before: tokens[index - 1],
    expected: expectedIn(column),
  };
  return clauseSign(stop) ?? conditionSlip(stop) ?? knownSlip(stop) ?? plain(stop);
}

function knownSlip(stop: Stop): Diagnostic | undefined {
  return (
    headSlip(stop) ??
    alertSlip(stop) ??
    strayCharacter(stop) ??
    missingBrace(stop) ??
    unknownClause(stop) ??
    badDuration(stop) ??
    commentSwallowed(stop) ??
    missingName(stop)
  );
}

/** `severity: high`, `severity = high`: a clause has no sign after its name. */
function clauseSign(stop: Stop): Diagnostic | undefined {
  const { found, before, tokens, index } = stop;
  if (found?.type !== 'op' || !/^(?::|==?)$/.test(found.text) || before?.type !== 'word') return undefined;
  const first = tokens[index - 2];
  const begins = first === undefined || first.type === 'nl' || first.text === '{';
  if (!begins || !CLAUSE_NAMES.includes(before.text) || before.text === 'let') return undefined;
  const next = tokens[index + 1];
  const line = tokens.slice(index + 1).findIndex(({ type, text }) => type === 'nl' || text === '}');
  const rest = sourceOf(stop, tokens.slice(index + 1, line < 0 ? undefined : index + 1 + line));
  return atFound(
    stop,
    'TOC101',
    `a clause has no \`${found.text}\` behind its name`,
    write({ start: before.end, end: next?.start ?? found.end }, ' ', `write ${before.text} ${rest}`),
  );
}

function strayCharacter(stop: Stop): Diagnostic | undefined {
  const { found } = stop;
  if (
    found?.type === 'op' &&
    found.text === '}' &&
    stop.expected.types.size + stop.expected.literals.size === 0
  )
    return atFound(stop, 'TOC102', 'this `}` closes nothing', remove(found));
  if (
    found?.type === 'op' &&
    found.text === ')' &&
    !stop.expected.literals.has(')') &&
    parensOpen(stop) === 0
  )
    return atFound(stop, 'TOC102', 'this `)` closes nothing', remove(found));
  if (found?.type === 'op' && found.text === '=' && stop.expected.literals.has('=='))
    return atFound(stop, 'TOC101', '`=` does not compare', write(found, '==', 'write `==`'));
  if (found?.type !== 'bad') return undefined;
  if (found.text === ';')
    return atFound(stop, 'TOC108', '`;` ends nothing here', write(found, '\n', 'begin a new line instead'));
  if (found.text === '`') return backQuote(stop, found);
  if (/[\p{C}\p{Z}]/u.test(found.text)) {
    const code = found.text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return atFound(stop, 'TOC108', `a control character stands here: U+${code}`, remove(found));
  }
  const fix: Hint = stop.expected.parts.has('item')
    ? 'begin a rule: rule NAME { … }'
    : remove(found, `delete it; ${expectation(stop)}`);
  return atFound(stop, 'TOC108', `\`${found.text}\` has no meaning here`, fix);
}

/** `` `ERROR` ``: reaches up to the next back quote of the line. */
function backQuote(stop: Stop, found: Token): Diagnostic {
  const quoted = /^`([^`"\n\r]*)`/u.exec(stop.source.text.slice(found.start, found.start + QUOTED_MAX))?.[1];
  const words = 'use double quotes';
  const place = { start: found.start, end: found.start + (quoted?.length ?? 0) + 2 };
  const hint: Hint = quoted === undefined ? words : write(place, quote(quoted), `${words}: ${quote(quoted)}`);
  return atFound(stop, 'TOC108', 'a back quote quotes nothing here', hint);
}

function parensOpen(stop: Stop): number {
  let depth = 0;
  for (const token of stop.tokens.slice(0, stop.index))
    if (token.type === 'op') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
  return depth;
}

function missingBrace(stop: Stop): Diagnostic | undefined {
  const { found } = stop;
  const parenthesis = found?.type === 'nl' || found?.text === '}';
  if (found !== undefined && !(parenthesis && stop.expected.literals.has(')'))) return undefined;
  const open: Token[] = [];
  for (const token of stop.tokens.slice(0, stop.index)) {
    if (token.type !== 'op') continue;
    if (token.text === '{' || token.text === '(') open.push(token);
    else if (token.text === '}' || token.text === ')') open.pop();
  }
  const last = open.at(-1);
  if (last === undefined) return undefined;
  const close = last.text === '{' ? '}' : ')';
  const { line } = spanOf(stop.source, last.start, last.end);
  if (!stop.expected.literals.has(close)) return undefined;
  const owner = stop.tokens[stop.tokens.indexOf(last) - 1];
  const what = owner === undefined || close === ')' ? '' : ` of \`${owner.text}\``;
  return atFound(
    stop,
    'TOC102',
    `\`${last.text}\`${what} on line ${line} is never closed`,
    write(after(stop.before!), close === '}' ? '\n}' : close, `write \`${close}\` where it ends`),
  );
}

function unknownClause(stop: Stop): Diagnostic | undefined {
  const { found, expected } = stop;
  if (found?.type !== 'word') return undefined;
  if (expected.parts.has('clause')) {
    if (found.text === 'rule' || found.text === 'defaults')
      return atFound(
        stop,
        'TOC102',
        `\`${found.text}\` begins a new block, but the one before is not closed`,
        write(rightBefore(found), '}\n\n', 'write `}` above'),
      );
    const newLine = stop.before?.type === 'nl' || stop.before?.text === '{';
    if (!newLine && nearest(found.text, CLAUSE_NAMES) === undefined) return undefined;
    return atFound(
      stop,
      'TOC116',
      `there is no clause \`${found.text}\``,
      writeNearest(found, found.text, CLAUSE_NAMES, 'clauses', 20),
    );
  }
  if (expected.parts.has('step'))
    return atFound(
      stop,
      'TOC116',
      `there is no test step \`${found.text}\``,
      writeNearest(found, found.text, STEP_NAMES, 'steps'),
    );
  if (expected.parts.has('item')) {
    const near = nearest(found.text, ['rule', 'defaults']);
    return atFound(
      stop,
      'TOC116',
      `a file holds rules, not \`${found.text}\``,
      near === undefined
        ? stop.tokens[stop.index + 1]?.text === '{'
          ? write(rightBefore(found), 'rule ', `write \`rule ${found.text} {\``)
          : 'write `rule NAME { … }`'
        : write(found, near, `did you mean \`${near}\`?`),
    );
  }
  return undefined;
}

/** `slack:#order`: the `#` began a comment. */
function commentSwallowed(stop: Stop): Diagnostic | undefined {
  const { before, source, expected } = stop;
  const isReceiver = expected.parts.has('receiver');
  if (before === undefined || !(isReceiver || expected.parts.has('target') || expected.parts.has('value')))
    return undefined;
  const comment = /^[ \t]*(#[^\s,]*)/u.exec(source.text.slice(before.end));
  if (comment === null) return undefined;
  const start = before.end + comment[0].length - comment[1]!.length;
  const quoted = quote(comment[1]!);
  const place = spanOf(source, start, before.end + comment[0].length);
  return at(
    place,
    'TOC109',
    '`#` begins a comment here',
    isReceiver ? write(place, `slack:${quoted}`) : write(place, quoted, `put it in quotes: ${quoted}`),
  );
}

/** Handles a name or path that has quotes but must not, or needs them and has none. */
function missingName(stop: Stop): Diagnostic | undefined {
  const { found, expected } = stop;
  if (expected.parts.has('path') && found?.type === 'word')
    return atFound(stop, 'TOC101', 'a path stands in quotes', write(found, quote(found.text)));
  if (expected.parts.has('owner') && found?.type === 'string')
    return atFound(
      stop,
      'TOC101',
      'a team is named by one word',
      write(found, found.value.replaceAll(/\W+/gu, '-')),
    );
  if (expected.parts.has('severity') && found?.type === 'string')
    return atFound(stop, 'TOC101', 'a severity has no quotes', write(found, found.value));
  return undefined;
}

function plain(stop: Stop): Diagnostic {
  const { found } = stop;
  const wanted = expectation(stop);
  const message = `${foundText(found)} stands where ${wanted.replace('expected ', '')} was expected`;
  return atFound(stop, found === undefined ? 'TOC102' : 'TOC101', message, missingFix(stop));
}

function expectation(stop: Stop): string {
  const { words } = stop.expected;
  if (words.length === 0) return 'expected nothing more';
  if (words.length > EXPECTED_MAX) return `expected ${words.slice(0, EXPECTED_MAX).join(', ')}, …`;
  return `expected ${orList(words)}`;
}

function foundText(found: Token | undefined): string {
  if (found === undefined) return 'the end of the text';
  if (found.type === 'nl') return 'the end of the line';
  const text = found.text.length > 40 ? `${found.text.slice(0, 40)}…` : found.text;
  return `\`${text}\``;
}
