/**
 * Loads rules: reads, parses, checks, resolves. All errors of all files come in one run, and there is a ruleset only where there
 * is no error, so that a bad file never runs half.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
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
import { resolveRule, type ReadText } from './resolve.ts';
import { sourceText, spanOf } from './source-text.ts';

export interface RuleText {
  /** Path relative to the rules folder. */
  readonly file: string;
  readonly text: string;
}

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

const MOST_BYTES = 4 * 1_048_576;
const MOST_FILES = 10_000;

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
    const because = errorText(error);
    const problem = at(
      place,
      'TOC250',
      `the rules folder cannot be read: ${because}`,
      'correct `rules` in tocsin.yaml',
    );
    return { diagnostics: [problem], files: [], sources: new Map(), trees: [] };
  }
  const found: Diagnostic[] = [];
  const texts: RuleText[] = [];
  for (const file of files) {
    const read = readRuleFile(rulesDir, file);
    if ('text' in read) texts.push(read);
    else found.push(read);
    yield;
  }
  if (files.length === 0)
    found.push(
      warnAt(
        place,
        'TOC302',
        'there is no rule file (*.rule) in this folder',
        'nothing will ever be reported',
      ),
    );
  return yield* loadingTexts(texts, context, found, existsIn(rulesDir), textsIn(rulesDir));
}

/**
 * Loads rules from texts. Files that they name are looked for in `rulesDir`, and not at all without it; lists of expected groups
 * are read from `listsDir`.
 */
export function loadRuleTexts(
  texts: readonly RuleText[],
  context: RuleContext,
  rulesDir?: string,
  listsDir = rulesDir,
): RuleLoad {
  const fileExists = rulesDir === undefined ? undefined : existsIn(rulesDir);
  const readText = listsDir === undefined ? undefined : textsIn(listsDir);
  return whole(loadingTexts(texts, context, [], fileExists, readText));
}

/** Reads files of the rules folder that rules name. */
function textsIn(rulesDir: string): ReadText {
  return (path) => {
    try {
      return readFileSync(resolve(rulesDir, path), 'utf8');
    } catch {
      return undefined;
    }
  };
}

function existsIn(rulesDir: string): (path: string) => boolean {
  const inside = resolve(rulesDir) + sep;
  return (path) => {
    const absolute = resolve(rulesDir, path);
    return absolute.startsWith(inside) && existsSync(absolute);
  };
}

function* loadingTexts(
  texts: readonly RuleText[],
  context: RuleContext,
  found: readonly Diagnostic[],
  fileExists: ((path: string) => boolean) | undefined,
  readText: ReadText | undefined,
): Slices<RuleLoad> {
  const diagnostics: Diagnostic[] = [...found];
  const trees: RuleFile[] = [];
  for (const { file, text } of texts) {
    const parsed = yield* parsingRuleFile(sourceText(file, text));
    for (const d of parsed.diagnostics) diagnostics.push(d);
    for (const d of yield* checkingFile(parsed.tree, context, fileExists)) diagnostics.push(d);
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
      if (block.kind === 'rule') rules.push(resolveRule(block, defaults, context, readText));
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

/** Rule files of a folder, relative, sorted. Throws where the folder cannot be read. */
export function ruleFiles(rulesDir: string): readonly string[] {
  const found: string[] = [];
  const visit = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(dir, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name.endsWith('.rule')) found.push(relative(rulesDir, path).split(sep).join('/'));
      if (found.length > MOST_FILES) throw new Error(`more than ${MOST_FILES} rule files`);
    }
  };
  visit(rulesDir);
  return found.sort();
}

/** The text of a rule file, or why it cannot be had. */
export function readRuleFile(rulesDir: string, file: string): RuleText | Diagnostic {
  const place = spanOf(sourceText(file, ''), 0, 0);
  try {
    const path = join(rulesDir, file);
    const { size } = statSync(path);
    if (size > MOST_BYTES)
      return at(place, 'TOC120', `the file is too large: ${size} bytes`, 'split it into several rule files');
    const bytes = readFileSync(path);
    return { file, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError)
      return at(
        place,
        'TOC122',
        'the file is not UTF-8 text',
        'save it as UTF-8 (editors: "Save with encoding")',
      );
    return at(
      place,
      'TOC250',
      `the file cannot be read: ${errorText(error)}`,
      'correct its permissions, or remove it',
    );
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
