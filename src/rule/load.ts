/**
 * Loads rules: reads, parses, checks, resolves. All errors of all files come in one run, and there is a ruleset only where there
 * is no error, so that a bad file never runs half.
 */
import { isOutOfDescriptors, namingDescriptors } from '../event/descriptors.ts';
import type { Schema } from '../event/event.ts';
import { whole, type Slices } from '../event/slices.ts';
import type { Condition, Rule, Ruleset } from './ast.ts';
import { checkingFile, checkUnique } from './check/all.ts';
import { leavesOf } from './leaves.ts';
import { unknownField } from './check/fields.ts';
import { checkLeaf } from './check/values.ts';
import type { RuleContext } from './context.ts';
import type { Diagnostic } from './diagnostics.ts';
import { at, inOrder, warnAt } from './diagnostics.ts';
import type { RuleFile } from './file.ts';
import { parseConditionText, parsingRuleFile } from './parse/parse.ts';
import { resolveRule } from './resolve.ts';
import { filesBeside, readRuleFile, ruleFiles, type FilesBeside, type RuleText } from './rule-files.ts';
import { sourceText, spanOf } from './source-text.ts';

export interface RuleLoad {
  /** Only without errors. */
  readonly ruleset?: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  /** Paths relative to the rules folder, sorted. */
  readonly files: readonly string[];
  /** Texts of the files by name, for `formatDiagnostics`. */
  readonly sources: ReadonlyMap<string, string>;
  /** The files as written, also where there are errors, for `lintRules`. */
  readonly trees: readonly RuleFile[];
}

/** Loads every `*.rule` file of a folder and the folders in it (not those whose name begins with a dot). */
export function loadRules(rulesDir: string, context: RuleContext): RuleLoad {
  return whole(loadingRules(rulesDir, context));
}

/** The same in steps: `inSlices` runs it beside a stream. */
export function* loadingRules(rulesDir: string, context: RuleContext): Slices<RuleLoad> {
  const place = spanOf(sourceText(rulesDir, ''), 0, 0);
  let files: readonly string[];
  try {
    files = ruleFiles(rulesDir);
  } catch (error) {
    if (isOutOfDescriptors(error)) throw namingDescriptors(error, 'the rules folder cannot be read');
    const because = errorText(error);
    const problem = at(
      place,
      'TOC250',
      `the rules folder cannot be read: ${because}`,
      'correct `rules` in tocsin.yaml',
    );
    return { diagnostics: [problem], files: [], sources: new Map(), trees: [] };
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
  const beside = filesBeside(rulesDir);
  return yield* loadingTexts(texts, context, refused, beside.exists, beside);
}

function* readingFiles(
  dir: string,
  files: readonly string[],
): Slices<{ readonly texts: readonly RuleText[]; readonly refused: Diagnostic[] }> {
  const refused: Diagnostic[] = [];
  const texts: RuleText[] = [];
  for (const file of files) {
    const read = readRuleFile(dir, file);
    if ('text' in read) texts.push(read);
    else refused.push(read);
    yield;
  }
  return { texts, refused };
}

/** Folders that the paths in rules are relative to. */
export interface BesideFolders {
  /** Files that rules name are looked for here, and not at all without it. */
  readonly rulesDir?: string | undefined;
  /** Lists of expected groups are read from here: `rulesDir` by default. */
  readonly listsDir?: string | undefined;
}

/** Loads rules from texts. */
export function loadRuleTexts(
  texts: readonly RuleText[],
  context: RuleContext,
  folders: BesideFolders = {},
  refused: readonly Diagnostic[] = [],
): RuleLoad {
  const { rulesDir, listsDir = rulesDir } = folders;
  const fileExists = rulesDir === undefined ? undefined : filesBeside(rulesDir).exists;
  const lists = listsDir === undefined ? undefined : filesBeside(listsDir);
  return whole(loadingTexts(texts, context, refused, fileExists, lists));
}

/** Loads rule files that are named one by one; names are relative to the folder, which may be empty. */
export function loadRuleFiles(
  dir: string,
  files: readonly string[],
  context: RuleContext,
  folders: BesideFolders,
): RuleLoad {
  const { texts, refused } = whole(readingFiles(dir, files));
  return { ...loadRuleTexts(texts, context, folders, refused), files };
}

function* loadingTexts(
  texts: readonly RuleText[],
  context: RuleContext,
  found: readonly Diagnostic[],
  fileExists: ((path: string) => boolean) | undefined,
  lists: FilesBeside | undefined,
): Slices<RuleLoad> {
  const diagnostics: Diagnostic[] = [...found];
  const trees: RuleFile[] = [];
  for (const { file, text } of texts) {
    const parsed = yield* parsingRuleFile(sourceText(file, text));
    for (const d of parsed.diagnostics) diagnostics.push(d);
    for (const d of yield* checkingFile(parsed.tree, context, fileExists, lists?.read)) diagnostics.push(d);
    trees.push(parsed.tree);
    yield;
  }
  for (const d of checkUnique(trees)) diagnostics.push(d);
  yield;
  const result = {
    diagnostics: inOrder(diagnostics),
    files: texts.map(({ file }) => file),
    sources: new Map(texts.map(({ file, text }) => [file, text])),
    trees,
  };
  if (diagnostics.some((d) => d.severity === 'error')) return result;
  const rules: Rule[] = [];
  for (const tree of trees) {
    const defaults = tree.blocks.find((block) => block.kind === 'defaults');
    for (const block of tree.blocks) {
      if (block.kind === 'rule') rules.push(resolveRule(block, defaults, context, lists?.read));
      yield;
    }
  }
  return { ...result, ruleset: { rules, schema: context.schema } };
}

/** A condition on its own, as `tocsin search` takes it. There is a condition only without errors. */
export function parseCondition(
  text: string,
  schema: Schema,
): { readonly condition?: Condition; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parseConditionText(sourceText('condition', text));
  if (parsed.condition === undefined) return parsed;
  const { condition } = parsed;
  const diagnostics = leavesOf(condition).flatMap((leaf) => [
    ...(leaf.kind === 'value' ? [] : unknownField(leaf.field, { schema })),
    ...checkLeaf(leaf, { schema }),
  ]);
  return diagnostics.length > 0 ? { diagnostics: inOrder(diagnostics) } : { condition, diagnostics };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
