/**
 * Lets that rules share: those of the file lets.rule in the folder of a rule, and in the folders above it. The nearest one counts. A rule is
 * judged as if it had written them itself, so sharing them changes no meaning. A let does not build on another one, as in a rule: in a
 * condition its name is a word to search for. So lets have no order and no cycles.
 */
import { basename, dirname, resolve } from 'node:path';
import { letsUsed } from './alert-parts.ts';
import { alertOf, clausesOf } from './block.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { RuleBlock, RuleFile, SharedLet } from './file.ts';

/** Name of the files whose lets are shared. */
export const LETS_FILE = 'lets.rule';

export const isLetsFile = (file: string): boolean => basename(file) === LETS_FILE;

/** The lets that the rules of a folder share. */
export interface SharedLets {
  /** Returns the nearest one of this name; it may be one that could not be read. */
  get(name: string): SharedLet | undefined;
  /** The names, those of the nearest file first. */
  names(): Iterable<string>;
  readonly isEmpty: boolean;
  /** False if a file of shared lets could not be read at all: nobody knows which names it holds. */
  readonly isComplete: boolean;
}

/** Gives the shared lets that the rules of a file may use. */
export type SharedLetsOf = (file: string) => SharedLets;

/** Returns the shared lets of the files. `unread`: files that could not be read. */
export function sharedLetsOf(trees: readonly RuleFile[], unread: readonly string[] = []): SharedLetsOf {
  const own = new Map<string, RuleFile>();
  for (const tree of trees) if (isLetsFile(tree.file)) own.set(folderOf(tree.file), tree);
  const lost = new Set(unread.filter(isLetsFile).map(folderOf));
  const known = new Map<string, SharedLets>();
  const inFolder = (folder: string): SharedLets => {
    const seen = known.get(folder);
    if (seen !== undefined) return seen;
    const parent = dirname(folder);
    const above = parent === folder ? NO_SHARED_LETS : inFolder(parent);
    const tree = own.get(folder);
    const isLost = lost.has(folder);
    const found = tree === undefined && !isLost ? above : joined(above, tree?.lets ?? [], isLost);
    known.set(folder, found);
    return found;
  };
  return own.size === 0 && lost.size === 0 ? () => NO_SHARED_LETS : (file) => inFolder(folderOf(file));
}

const NO_SHARED_LETS: SharedLets = {
  get: () => undefined,
  names: () => [],
  isEmpty: true,
  isComplete: true,
};

/** Joins the lets of a folder and those above it. Nothing is copied: thousands of folders may lie below thousands of lets. */
function joined(above: SharedLets, lets: readonly SharedLet[], isLost: boolean): SharedLets {
  // Where a file has two lets of one name, which is an error, the first one counts.
  const own = new Map(lets.toReversed().map((each) => [each.name.text, each]));
  return {
    get: (name) => own.get(name) ?? above.get(name),
    *names() {
      yield* own.keys();
      yield* above.names();
    },
    isEmpty: own.size === 0 && above.isEmpty,
    isComplete: above.isComplete && !isLost,
  };
}

/** Absolute, so that the folder above is found whichever way a path is written. */
const folderOf = (file: string): string => dirname(resolve(file));

/** Returns the shared lets that a rule uses. */
function sharedLetsUsed(rule: RuleBlock, shared: SharedLets): readonly SharedLet[] {
  const spec = alertOf(rule);
  if (spec === undefined || shared.isEmpty) return [];
  const own = new Set(clausesOf(rule, 'let').map(({ name }) => name.text));
  const names = new Set(letsUsed(spec).map(({ name }) => name));
  return [...names].flatMap((name) => (own.has(name) ? [] : (shared.get(name) ?? [])));
}

/** Returns the rule with the shared lets that it uses put in, as if it had written them itself. */
export function withSharedLets(rule: RuleBlock, shared: SharedLets): RuleBlock {
  const added = sharedLetsUsed(rule, shared).flatMap(({ name, condition, span }) =>
    condition === undefined ? [] : [{ kind: 'let' as const, name, condition, span }],
  );
  return added.length === 0 ? rule : { ...rule, clauses: [...rule.clauses, ...added] };
}

/** Returns each shared let that a rule uses, with the first of these rules and their number. */
export function usersOf(trees: readonly RuleFile[], sharedIn: SharedLetsOf): ReadonlyMap<SharedLet, Users> {
  const users = new Map<SharedLet, Users>();
  for (const { file, blocks } of trees) {
    const shared = sharedIn(file);
    for (const block of shared.isEmpty ? [] : blocks) {
      if (block.kind !== 'rule') continue;
      for (const used of sharedLetsUsed(block, shared)) {
        const before = users.get(used);
        users.set(used, { first: before?.first ?? block, count: (before?.count ?? 0) + 1 });
      }
    }
  }
  return users;
}

interface Users {
  readonly first: RuleBlock;
  readonly count: number;
}

/** Adds to each finding about a shared let which rule uses the let. The other findings stay as they are. */
export function namingUsers(
  diagnostics: readonly Diagnostic[],
  trees: readonly RuleFile[],
  sharedIn: SharedLetsOf,
): readonly Diagnostic[] {
  const lets = new Map(trees.filter(({ lets }) => lets.length > 0).map(({ file, lets }) => [file, lets]));
  if (!diagnostics.some(({ file }) => lets.has(file))) return diagnostics;
  const users = usersOf(trees, sharedIn);
  return diagnostics.map((found) => {
    const { file, line, message } = found;
    const about = lets.get(file)?.find(({ span }) => span.line <= line && line <= span.endLine);
    const by = about && users.get(about);
    if (by === undefined) return found;
    const { name, span } = by.first;
    const more = by.count === 1 ? '' : ` and ${by.count - 1} more`;
    return { ...found, message: `${message} (used by \`${name.text}\` in ${span.file}:${span.line}${more})` };
  });
}
