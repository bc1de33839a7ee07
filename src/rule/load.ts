/**
 * Loads rules: reads, parses, checks, resolves. One run gives all errors of all files. There is a ruleset only if there is no error, so
 * that a bad file never runs half.
 */
import { isOutOfDescriptors, namingDescriptors } from '../event/descriptors.ts';
import type { Schema } from '../event/event.ts';
import { whole, type Slices } from '../event/slices.ts';
import { expectedGroups } from './alert-parts.ts';
import type { Condition, Rule, Ruleset } from './ast.ts';
import { checkingFile, checkUnique } from './check/all.ts';
import { checkCondition } from './check/shared-lets.ts';
import type { RuleContext } from './context.ts';
import type { Diagnostic } from './diagnostics.ts';
import { at, inOrder, warnAt } from './diagnostics.ts';
import type { RuleBlock, RuleFile } from './file.ts';
import { parseConditionText, parsingRuleFile } from './parse/parse.ts';
import { resolveRule } from './resolve.ts';
import {
  findingRuleFiles,
  SET_CHARACTERS_MAX,
  namedFiles,
  TooMuchInFolder,
  type NamedFiles,
} from './folder.ts';
import { countingRules, RULES_MAX, oneTooMany } from './rule-count.ts';
import { letsFilesOf, readRuleFile, type RuleText } from './rule-files.ts';
import { namingUsers, sharedLetsOf, withSharedLets, type SharedLetsOf } from './shared-lets.ts';
import { sourceText, spanOf } from './source-text.ts';

export interface RuleLoad {
  /** Present only if there are no errors. */
  readonly ruleset?: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  /** Paths relative to the rules folder, sorted. */
  readonly files: readonly string[];
  /** True for all files of a folder, false for files that are named one by one, which others may share lets with. */
  readonly isWhole: boolean;
  /** Texts of the files by name, for `formatDiagnostics`. */
  readonly sources: ReadonlyMap<string, string>;
  /** The files as written, even if there are errors, for `lintRules`. */
  readonly trees: readonly RuleFile[];
}

/** Loads every `*.rule` file of a folder and the folders in it (not those whose name begins with a dot). */
export function loadRules(rulesDir: string, context: RuleContext): RuleLoad {
  return whole(loadingRules(rulesDir, context));
}

/** Does the work of `loadRules` in steps: `inSlices` runs it beside a stream. */
export function* loadingRules(rulesDir: string, context: RuleContext): Slices<RuleLoad> {
  const place = spanOf(sourceText(rulesDir, ''), 0, 0);
  let files: readonly string[];
  try {
    files = yield* findingRuleFiles(rulesDir);
  } catch (error) {
    if (isOutOfDescriptors(error)) throw namingDescriptors(error, 'the rules folder cannot be read');
    const message = `the rules folder cannot be read: ${errorText(error)}`;
    const fix = error instanceof TooMuchInFolder ? error.fix : 'correct `rules` in tocsin.yaml';
    const problem = at(place, 'TOC250', message, fix);
    return { diagnostics: [problem], files: [], isWhole: true, sources: new Map(), trees: [] };
  }
  const { texts, refused } = yield* readingFiles(rulesDir, files);
  if (files.length === 0)
    refused.push(
      warnAt(
        place,
        'TOC302',
        'there is no rule file (*.rule) in this folder',
        'nothing will ever be reported',
      ),
    );
  const named = namedFiles(rulesDir);
  return yield* loadingTexts({ texts, refused, isWhole: true }, context, named, named);
}

function* readingFiles(
  dir: string | undefined,
  files: readonly string[],
): Slices<{ readonly texts: readonly RuleText[]; readonly refused: Diagnostic[] }> {
  const refused: Diagnostic[] = [];
  const texts: RuleText[] = [];
  let characters = 0;
  for (const file of files) {
    const read = readRuleFile(dir, file);
    if ('text' in read) {
      characters += read.text.length;
      texts.push(read);
    } else refused.push(read);
    if (characters > SET_CHARACTERS_MAX) return { texts: [], refused: [tooMuchText(dir ?? file, file)] };
    yield;
  }
  return { texts, refused };
}

function tooMuchText(dir: string, file: string): Diagnostic {
  return at(
    spanOf(sourceText(dir, ''), 0, 0),
    'TOC120',
    `the rule files hold more than ${SET_CHARACTERS_MAX} characters together (${file} is one too many)`,
    'remove what is no rule',
  );
}

/** The folders to which the paths in rules are relative. */
export interface BesideFolders {
  /** Files that rules name are looked for here; absent: they are not looked for. */
  readonly rulesDir?: string | undefined;
  /** Lists of expected groups are read from here; by default from `rulesDir`. */
  readonly listsDir?: string | undefined;
  /** Shared lets of files that are named one by one are looked for up to this folder; by default up to `listsDir`. */
  readonly letsDir?: string | undefined;
}

/** Loads rules from texts. */
export function loadRuleTexts(
  texts: readonly RuleText[],
  context: RuleContext,
  folders: BesideFolders = {},
): RuleLoad {
  return loadFiles({ texts, refused: [], isWhole: true }, context, folders);
}

function loadFiles(files: FilesRead, context: RuleContext, folders: BesideFolders): RuleLoad {
  const { rulesDir, listsDir = rulesDir } = folders;
  const named = rulesDir === undefined ? undefined : namedFiles(rulesDir);
  const lists = listsDir === undefined || listsDir === rulesDir ? named : namedFiles(listsDir);
  return whole(loadingTexts(files, context, named, lists));
}

/**
 * Loads rule files that are named one by one, relative to the folder, with the lets that they share with others. Without a folder, they may
 * lie anywhere.
 */
export function loadRuleFiles(
  dir: string | undefined,
  files: readonly string[],
  context: RuleContext,
  folders: BesideFolders,
): RuleLoad {
  const letsDir = dir ?? folders.letsDir ?? folders.listsDir ?? folders.rulesDir;
  const beside = letsFilesOf(dir, files, letsDir);
  const read = whole(readingFiles(dir, [...files, ...beside]));
  return { ...loadFiles({ ...read, isWhole: false }, context, folders), files };
}

interface FilesRead {
  readonly texts: readonly RuleText[];
  /** Findings about files that could not be read. */
  readonly refused: readonly Diagnostic[];
  readonly isWhole: boolean;
}

function* loadingTexts(
  { texts, refused, isWhole }: FilesRead,
  context: RuleContext,
  named: NamedFiles | undefined,
  lists: NamedFiles | undefined,
): Slices<RuleLoad> {
  const beside = {
    files: texts.map(({ file }) => file),
    isWhole,
    sources: new Map(texts.map(({ file, text }) => [file, text])),
  };
  const tooMany = yield* countingRules(texts);
  if (tooMany !== undefined) return { ...beside, diagnostics: inOrder([...refused, tooMany]), trees: [] };
  const { trees, diagnostics: found, refusal } = yield* parsingTexts(texts);
  if (refusal !== undefined) return { ...beside, diagnostics: [refusal], trees: [] };
  const sharedIn = sharedLetsOf(
    trees,
    refused.map(({ file }) => file),
  );
  const diagnostics = [...refused, ...found];
  for (const tree of trees) {
    const shared = sharedIn(tree.file);
    for (const d of yield* checkingFile(tree, context, { named, lists, shared })) diagnostics.push(d);
    yield;
  }
  for (const d of checkUnique(trees)) diagnostics.push(d);
  yield;
  const told = inOrder(namingUsers(diagnostics, trees, sharedIn));
  const result = { ...beside, diagnostics: told, trees };
  if (told.some((d) => d.severity === 'error')) return result;
  const { rules, refusal: tooManyGroups } = yield* resolvingRules(trees, context, lists, sharedIn);
  if (tooManyGroups !== undefined) return { ...result, diagnostics: inOrder([...told, tooManyGroups]) };
  return { ...result, ruleset: { rules, schema: context.schema } };
}

interface Parsed {
  readonly trees: readonly RuleFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** Present if there are too many rules. */
  readonly refusal?: Diagnostic;
}

function* parsingTexts(texts: readonly RuleText[]): Slices<Parsed> {
  const diagnostics: Diagnostic[] = [];
  const trees: RuleFile[] = [];
  let left = RULES_MAX;
  for (const { file, text } of texts) {
    const parsed = yield* parsingRuleFile(sourceText(file, text), left);
    const rules = parsed.tree.blocks.filter((block) => block.kind === 'rule');
    const last = rules[left];
    if (last !== undefined)
      return { trees, diagnostics, refusal: oneTooMany({ file, text }, last.span.start) };
    left -= rules.length;
    for (const d of parsed.diagnostics) diagnostics.push(d);
    trees.push(parsed.tree);
    yield;
  }
  return { trees, diagnostics };
}

interface Resolved {
  readonly rules: readonly Rule[];
  /** Present if the rules expect too many groups. */
  readonly refusal?: Diagnostic;
}

function* resolvingRules(
  trees: readonly RuleFile[],
  context: RuleContext,
  lists: NamedFiles | undefined,
  sharedIn: SharedLetsOf,
): Slices<Resolved> {
  const rules: Rule[] = [];
  let groups = 0;
  for (const tree of trees) {
    const shared = sharedIn(tree.file);
    const defaults = tree.blocks.find((block) => block.kind === 'defaults');
    for (const block of tree.blocks) {
      if (block.kind !== 'rule') continue;
      const rule = resolveRule(withSharedLets(block, shared), defaults, context, lists);
      groups += expectedGroups(rule.alert).length;
      if (groups > EXPECTED_GROUPS_MAX) return { rules, refusal: tooManyExpected(block) };
      rules.push(rule);
      yield;
    }
  }
  return { rules };
}

/** Greatest number of groups that the rules of a set list together: each is followed from the start. */
const EXPECTED_GROUPS_MAX = 1_000_000;

function tooManyExpected(block: RuleBlock): Diagnostic {
  return at(
    block.name.span,
    'TOC231',
    `the rules expect more than ${EXPECTED_GROUPS_MAX} groups together (with those of \`${block.name.text}\`)`,
    'shorten the lists',
  );
}

/** Parses a single condition, as `tocsin search` takes it. There is a condition only if there are no errors. */
export function parseCondition(
  text: string,
  schema: Schema,
): { readonly condition?: Condition; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parseConditionText(sourceText('condition', text));
  if (parsed.condition === undefined) return parsed;
  const { condition } = parsed;
  const diagnostics = checkCondition(condition, { schema });
  return diagnostics.length > 0 ? { diagnostics: inOrder(diagnostics) } : { condition, diagnostics };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
