/**
 * Parses a text to a tree. It runs nearley over the lexer's tokens block by block. After an error, it runs again without the faulty clause.
 * So one run reports every error. nearley's own messages are never made, and never shown.
 */
import nearley from 'nearley';
import grammar from '../../../grammar/rule.js';
import { whole, type Slices } from '../../event/slices.ts';
import type { Condition } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at, FILE_FINDINGS_MAX } from '../diagnostics.ts';
import type { Column } from '../syntax-error/expected.ts';
import type { DefaultsBlock, RuleBlock, RuleFile, SharedLet } from '../file.ts';
import type { Token } from './lexer.ts';
import { lex } from './lexer.ts';
import type { ConditionNode, ItemNode } from './node.ts';
import { clauseRange, withMendedHead } from './recover.ts';
import type { SourceText } from '../source-text.ts';
import { LENGTH_MAX, spanOf } from '../source-text.ts';
import { syntaxError } from '../syntax-error/syntax-error.ts';
import { splitBlocks, withoutIdleLineEnds } from './tokens.ts';
import { buildBlock, buildCondition, buildLet } from './tree.ts';

/** No person writes a rule of more tokens. */
const TOKENS_MAX = 20_000;
const PARENS_MAX = 50;
/** Greatest number of errors reported for one block: further errors are caused by the first ones. */
const ERRORS_MAX = 20;

export interface ParsedFile {
  readonly tree: RuleFile;
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a rule file. Blocks that could not be read are missing from the tree. */
export function parseRuleFile(source: SourceText): ParsedFile {
  return whole(parsingRuleFile(source));
}

/** Does the work of `parseRuleFile` block by block, and yields after each. It stops once there are more than `rulesMax` rules. */
export function* parsingRuleFile(source: SourceText, rulesMax = Infinity): Slices<ParsedFile> {
  const refused = tooLarge(source);
  if (refused !== undefined)
    return { tree: { file: source.file, blocks: [], lets: [], comments: [] }, diagnostics: [refused] };
  const lexed = lex(source);
  const diagnostics: Diagnostic[] = [...lexed.diagnostics];
  const blocks: (DefaultsBlock | RuleBlock)[] = [];
  const lets: SharedLet[] = [];
  let rules = 0;
  const column = (token: Token): number => spanOf(source, token.start, token.start).column;
  for (const tokens of splitBlocks(lexed.tokens, column)) {
    const parsed = parseBlock(source, withoutIdleLineEnds(tokens), lexed.diagnostics);
    diagnostics.push(...parsed.diagnostics);
    if (parsed.block !== undefined) blocks.push(parsed.block);
    if (parsed.shared !== undefined) lets.push(parsed.shared);
    if (parsed.block?.kind === 'rule') rules++;
    if (diagnostics.length > FILE_FINDINGS_MAX || rules > rulesMax) break;
    yield;
  }
  const comments = lexed.comments.map(({ text, start, end }) => ({ text, span: spanOf(source, start, end) }));
  return { tree: { file: source.file, blocks, lets, comments }, diagnostics };
}

/** Parses a condition that stands alone, as on the command line. */
export function parseConditionText(source: SourceText): {
  condition?: Condition;
  diagnostics: readonly Diagnostic[];
} {
  const refused = tooLarge(source);
  if (refused !== undefined) return { diagnostics: [refused] };
  const lexed = lex(source);
  const tokens = withoutIdleLineEnds(lexed.tokens);
  const bounded = outOfBounds(source, tokens);
  if (bounded !== undefined) return { diagnostics: [...lexed.diagnostics, bounded] };
  if (tokens.length === 0)
    return { diagnostics: lexed.diagnostics.length > 0 ? lexed.diagnostics : [noCondition(source)] };
  const run = runParser(conditionGrammar, tokens);
  const errors = lexed.diagnostics.filter(({ severity }) => severity === 'error');
  if (run.failed !== undefined) {
    const problem = syntaxError(source, tokens, run.failed.index, run.failed.column);
    return { diagnostics: errors.length > 0 ? errors : [problem] };
  }
  if (errors.length > 0) return { diagnostics: errors };
  return { condition: buildCondition(source, run.result as ConditionNode), diagnostics: [] };
}

/** Returns the error for a text that has only blanks and comments. */
function noCondition(source: SourceText): Diagnostic {
  return at(
    spanOf(source, 0, 0),
    'TOC102',
    'there is no condition in this text',
    'write one, for example "ERROR" AND service:payment, or message:* for every line that has a message',
  );
}

/** Returns the error for a text that is too large to be read at all. */
export function tooLarge(source: SourceText): Diagnostic | undefined {
  if (source.text.length <= LENGTH_MAX) return undefined;
  return at(
    spanOf(source, 0, 0),
    'TOC120',
    `the file is too large: ${source.text.length} characters, at most ${LENGTH_MAX} are read`,
    'split it into several rule files',
  );
}

interface ParsedBlock {
  readonly block?: DefaultsBlock | RuleBlock;
  readonly shared?: SharedLet;
  readonly diagnostics: readonly Diagnostic[];
}

function parseBlock(
  source: SourceText,
  tokens: readonly Token[],
  lexical: readonly Diagnostic[],
): ParsedBlock {
  if (tokens.length === 0) return { diagnostics: [] };
  const bounded = outOfBounds(source, tokens);
  if (bounded !== undefined) return { diagnostics: [bounded], ...unreadLet(source, tokens) };
  const found: Diagnostic[] = [];
  let rest = tokens;
  while (found.length < ERRORS_MAX) {
    const run = runParser(fileGrammar, rest);
    if (run.failed === undefined) {
      const item = run.result as ItemNode;
      const told = worthTelling(source, tokens, found, lexical);
      if (item.kind === 'let') {
        const tree = buildLet(source, item);
        return { shared: tree.value, diagnostics: [...told, ...tree.diagnostics] };
      }
      const tree = buildBlock(source, item, found.length > 0);
      return { block: tree.value, diagnostics: [...told, ...tree.diagnostics] };
    }
    found.push(syntaxError(source, rest, run.failed.index, run.failed.column));
    const headed = withMendedHead(rest, run.failed.index);
    if (headed !== undefined) {
      rest = headed;
      continue;
    }
    const range = clauseRange(rest, run.failed.index);
    if (range === undefined) break;
    rest = [...rest.slice(0, range.from), ...rest.slice(range.to)];
  }
  return { diagnostics: worthTelling(source, tokens, found, lexical), ...unreadLet(source, tokens) };
}

/** Returns a `let` whose condition could not be read: a rule that uses its name makes no fault of its own. */
function unreadLet(source: SourceText, tokens: readonly Token[]): Pick<ParsedBlock, 'shared'> {
  const [first, second] = tokens;
  if (first?.text !== 'let' || second?.type !== 'word') return {};
  const name = { text: second.text, quoted: false, span: spanOf(source, second.start, second.end) };
  return { shared: { name, span: spanOf(source, first.start, tokens.at(-1)!.end) } };
}

/** Drops errors after a quote that is never closed: in the rest of its block, nothing is as it seems. */
function worthTelling(
  source: SourceText,
  tokens: readonly Token[],
  found: readonly Diagnostic[],
  lexical: readonly Diagnostic[],
): readonly Diagnostic[] {
  const first = spanOf(source, tokens[0]!.start, tokens.at(-1)!.end);
  const unclosed = lexical.find(
    (d) => d.code === 'TOC103' && d.line >= first.line && d.line <= first.endLine,
  );
  return unclosed === undefined ? found : found.filter((d) => d.line < unclosed.line);
}

function outOfBounds(source: SourceText, tokens: readonly Token[]): Diagnostic | undefined {
  const first = tokens[0];
  if (first !== undefined && tokens.length > TOKENS_MAX)
    return at(
      spanOf(source, first.start, first.end),
      'TOC120',
      `this is too long for one rule: ${tokens.length} words and signs, at most ${TOKENS_MAX}`,
      'split it into several rules',
    );
  let depth = 0;
  for (const token of tokens) {
    if (token.type !== 'op') continue;
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    if (depth > PARENS_MAX)
      return at(
        spanOf(source, token.start, token.end),
        'TOC121',
        `parentheses are nested deeper than ${PARENS_MAX}`,
        'name parts of the condition with `let`, or flatten it',
      );
  }
  return undefined;
}

const fileGrammar = nearley.Grammar.fromCompiled(grammar);
const conditionGrammar = nearley.Grammar.fromCompiled({ ...grammar, ParserStart: 'condition' });

/** nearley's parser without its error reports, which are long to make and not for people. */
class QuietParser extends nearley.Parser {
  reportError(): string {
    return 'syntax error';
  }
}

interface Run {
  readonly result?: unknown;
  readonly failed?: { readonly index: number; readonly column: Column };
}

function runParser(rules: nearley.Grammar, tokens: readonly Token[]): Run {
  let next = 0;
  const lexer: nearley.Lexer = {
    reset: () => undefined,
    next: () => tokens[next++],
    save: () => ({}),
    formatError: () => '',
  };
  const parser = new QuietParser(rules, { lexer });
  try {
    parser.feed('');
  } catch (error) {
    if (!(error instanceof Error && 'token' in error)) throw error;
    return { failed: { index: parser.current, column: columnOf(parser) } };
  }
  const results: readonly unknown[] = parser.results;
  if (results.length > 1)
    throw new Error(
      `the grammar reads this text in ${results.length} ways, which is a defect of the grammar`,
    );
  if (results.length === 0) return { failed: { index: tokens.length, column: columnOf(parser) } };
  return { result: results[0] };
}

/** Returns the last complete column of nearley's table, which shows what could have come next. Its types do not declare it. */
function columnOf(parser: nearley.Parser): Column {
  const { table } = parser as unknown as { readonly table: readonly Column[] };
  return table[parser.current]!;
}
