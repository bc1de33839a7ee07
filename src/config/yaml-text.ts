/**
 * Parses a text to a YAML document, within bounds that no real configuration comes near. Each bound protects against a text that is made to
 * take forever. YAML allows things that a configuration should not have (two values under one key, aliases of themselves); they are found
 * here, with their place.
 */
import {
  Composer,
  isAlias,
  isCollection,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  visit,
  type Alias,
  type CST,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import { codePointName, hiddenCharacters } from '../event/hidden-characters.ts';

/** A problem at an offset into the text. */
interface YamlProblem {
  readonly offset: number;
  readonly message: string;
  readonly fix: string;
}

export interface YamlText {
  /** Absent where there are problems. */
  readonly document?: Document.Parsed;
  readonly lines: LineCounter;
  readonly problems: readonly YamlProblem[];
}

/** Maximum number of words, signs, spaces and line ends: about ten thousand lines. */
const LEXEMES_MAX = 100_000;
const DEPTH_MAX = 32;
/** Maximum number of values, each counted as often as an alias stands for it. */
const VALUES_MAX = 100_000;
const ALIASES_MAX = 100;
/** Maximum number of problems of one kind that are shown. */
const PROBLEMS_OF_A_KIND_MAX = 20;

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const hidden = hiddenCharacters(text, PROBLEMS_OF_A_KIND_MAX).map(({ start, codePoint }) => ({
    offset: start,
    message: `a character that is not seen stands here: ${codePointName(codePoint)}`,
    fix: 'delete it',
  }));
  const { tokens, problem } = parsed(text, lines);
  if (problem !== undefined) return { lines, problems: [problem] };
  if (hidden.length > 0) return { lines, problems: hidden };
  const composer = new Composer({ lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [document, second] = withoutTraces(() => [...composer.compose(tokens, true, text.length)]);
  if (document === undefined) throw new Error('a text without a document, which the composer never gives');
  if (second !== undefined) return { lines, problems: [secondDocument(second.range[0])] };
  const problems = [...syntaxProblems(document), ...structureProblems(document)];
  return problems.length > 0
    ? { lines, problems: problems.slice(0, PROBLEMS_OF_A_KIND_MAX) }
    : { document: document, lines, problems };
}

/** Returns the tokens of the whole text. Recursive functions build their tree later, so its depth must be checked before. */
function parsed(
  text: string,
  lines: LineCounter,
): { readonly tokens: readonly CST.Token[]; readonly problem?: YamlProblem } {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    lexemes += 1;
    // A level takes at most two places on the stack.
    if (parser.stack.length > 2 * DEPTH_MAX) return { tokens, problem: tooDeep(parser.offset) };
    if (lexemes > LEXEMES_MAX) return { tokens, problem: tooLong(parser.offset) };
  }
  return { tokens: [...tokens, ...parser.end()] };
}

/** Runs `work` with errors that keep no stack. A text may have tens of thousands of errors, and their stacks are most of the time it costs. */
function withoutTraces<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const tooDeep = (offset: number): YamlProblem => ({
  offset,
  message: `this is nested deeper than ${DEPTH_MAX} levels`,
  fix: 'see whether a bracket is never closed; no key of the configuration lies so deep',
});

const tooLong = (offset: number): YamlProblem => ({
  offset,
  message: `the file has more than ${LEXEMES_MAX} words and signs up to here`,
  fix: 'remove what is no configuration',
});

const secondDocument = (offset: number): YamlProblem => ({
  offset,
  message: 'not valid YAML here: a second document begins',
  fix: 'keep one document: remove the line `---`',
});

function syntaxProblems({ errors }: Document.Parsed): readonly YamlProblem[] {
  return errors.slice(0, PROBLEMS_OF_A_KIND_MAX).map(({ pos, message }) => ({
    offset: pos[0],
    message: `not valid YAML: ${withoutToken(message)}`,
    fix: 'see the line; quote texts that hold `#`, `: `, `{`, `[`, `%`, `@` or `"`',
  }));
}

/** Removes the token that the parser quotes from its message, unless the token is a sign: nobody knows yet whether it is a secret. */
function withoutToken(message: string): string {
  return message.replace(/: "(?!\W{1,2}"$)[^]*$/u, '');
}

function structureProblems(document: Document.Parsed): readonly YamlProblem[] {
  const problems: YamlProblem[] = [];
  const aliases: Alias[] = [];
  visit(document, {
    Alias: (_, alias) => void aliases.push(alias),
    Map: (_, map) => void problems.push(...keyProblems(map)),
  });
  if (aliases.length > ALIASES_MAX) return [...problems, tooManyAliases(aliases[ALIASES_MAX]!)];
  const unknown = aliases.filter((alias) => alias.resolve(document) === undefined);
  problems.push(...unknown.map(noSuchAnchor));
  // Aliases are followed only where the checks before have found no problem, so that following them ends.
  if (problems.length === 0 && aliases.length > 0) problems.push(...sizeProblems(document));
  return problems;
}

function keyProblems(map: YAMLMap): readonly YamlProblem[] {
  const problems: YamlProblem[] = [];
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (problems.length >= PROBLEMS_OF_A_KIND_MAX) break;
    if (!isScalar(key) || (typeof key.value === 'object' && key.value !== null)) {
      problems.push({
        offset: offsetOf(key),
        message: 'a key is a text',
        fix: 'write a name before the colon',
      });
      continue;
    }
    const name = String(key.value);
    if (name === '<<') problems.push(mergeKey(offsetOf(key)));
    else if (seen.has(name))
      problems.push({
        offset: offsetOf(key),
        message: `\`${name}\` stands twice in this block`,
        fix: 'keep one of them',
      });
    seen.add(name);
  }
  return problems;
}

const mergeKey = (offset: number): YamlProblem => ({
  offset,
  message: '`<<` merges nothing: it is no part of YAML 1.2',
  fix: 'write the keys out; a whole block may be an alias: `timestamp: *usual`',
});

function noSuchAnchor(alias: Alias): YamlProblem {
  return {
    offset: offsetOf(alias),
    // The message leaves out the text of the alias: nobody knows yet whether it is a secret.
    message: '`*…` without quotes is an alias of YAML, and there is no `&…` of that name before it',
    fix: 'put the text in quotes: "*…"',
  };
}

const tooManyAliases = (alias: Alias): YamlProblem => ({
  offset: offsetOf(alias),
  message: `there are more than ${ALIASES_MAX} aliases up to here`,
  fix: 'write the values out',
});

/** Finds an alias that stands for too much, or for a block that contains the alias. */
function sizeProblems(document: Document.Parsed): readonly YamlProblem[] {
  const sizes = new Map<unknown, number>();
  const within = new Set<unknown>();
  let problem: YamlProblem | undefined;
  const sizeOf = (node: unknown): number => {
    if (problem !== undefined) return 0;
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (isAlias(node)) {
      const meant = node.resolve(document);
      if (within.has(meant)) problem = partOfItself(node);
      const size = sizeOf(meant);
      if (size > VALUES_MAX) problem ??= standsForTooMuch(node);
      return size;
    }
    if (!isCollection(node)) return 1;
    within.add(node);
    const size = node.items.reduce<number>((sum, item) => sum + sizeOf(item), 1);
    within.delete(node);
    sizes.set(node, size);
    return size;
  };
  const size = sizeOf(document.contents);
  if (problem === undefined && size > VALUES_MAX) problem = tooMuchInAll(offsetOf(document.contents));
  return problem === undefined ? [] : [problem];
}

const partOfItself = (alias: Alias): YamlProblem => ({
  offset: offsetOf(alias),
  message: `the alias \`*${alias.source}\` stands for a block that it is a part of`,
  fix: 'write the value out',
});

const standsForTooMuch = (alias: Alias): YamlProblem => ({
  offset: offsetOf(alias),
  message: `the alias \`*${alias.source}\` stands for more than ${VALUES_MAX} values, by aliases of aliases`,
  fix: 'write the values out',
});

const tooMuchInAll = (offset: number): YamlProblem => ({
  offset,
  message: `the aliases of this file stand for more than ${VALUES_MAX} values together`,
  fix: 'write the values out',
});

const offsetOf = (node: unknown): number => (node as Node | null | undefined)?.range?.[0] ?? 0;
