/**
 * The rules folder, and everything in it that belongs to rules: rule files, lists of groups, runbooks, templates, logs of tests. There is
 * only one way in. A path is followed through its links, and must end inside the folder, at an ordinary file of a bounded size.
 */
import { opendirSync, realpathSync, type Dirent } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { OutOfDescriptors } from '../event/descriptors.ts';
import { withoutMark } from '../event/number-text.ts';
import { hiddenCharacters } from '../event/hidden-characters.ts';
import { whole, type Slices } from '../event/slices.ts';
import {
  readTextFile,
  refusedFile,
  unreadable,
  type FileText,
  type FileRefusal,
} from '../event/text-file.ts';
import { visibleLine } from '../event/visible.ts';

/** The uses of a file, each with the greatest size of such a file in bytes. */
const bytesMax = {
  rules: 4 * 2 ** 20,
  list: 4 * 2 ** 20,
  runbook: 1_000_000,
  template: 32 * 2 ** 10,
  log: 64 * 2 ** 20,
} as const;

export type FileUse = keyof typeof bytesMax;

const RULE_FILES_MAX = 10_000;
/** Files and folders that are searched for rule files. */
const ENTRIES_MAX = 20_000;
/** Folders below the rules folder. */
export const DEPTH_MAX = 16;

/** The folder holds so much that nobody can mean it for rules. */
export class TooMuchInFolder extends Error {
  override readonly name = 'TooMuchInFolder';
  readonly fix =
    'keep rules, runbooks and templates in it and nothing else; folders whose name begins with a dot are passed over';
}

/** Returns the relative paths of the rule files in a folder and the folders in it, sorted. Throws, in words, if they cannot be found out. */
export function ruleFiles(rulesDir: string): readonly string[] {
  return whole(findingRuleFiles(rulesDir));
}

/** Does the work of `ruleFiles` entry by entry, and yields after each, so that the stream can go on. */
export function* findingRuleFiles(rulesDir: string): Slices<readonly string[]> {
  const found: string[] = [];
  const folders: (readonly [dir: string, depth: number])[] = [[rulesDir, 0]];
  let entries = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const [dir, depth] = next;
    const named = (path: string): string => visibleLine(relative(rulesDir, path).split(sep).join('/'), 300);
    if (depth > DEPTH_MAX) throw new TooMuchInFolder(`${named(dir)} lies deeper than ${DEPTH_MAX} folders`);
    for (const entry of entriesOf(dir)) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(dir, entry.name);
      entries += 1;
      if (entry.isDirectory()) folders.push([path, depth + 1]);
      else if (entry.name.endsWith('.rule')) found.push(relative(rulesDir, path).split(sep).join('/'));
      if (found.length > RULE_FILES_MAX)
        throw new TooMuchInFolder(
          `it holds more than ${RULE_FILES_MAX} rule files (${named(path)} is one more)`,
        );
      if (entries > ENTRIES_MAX)
        throw new TooMuchInFolder(
          `it holds more than ${ENTRIES_MAX} files and folders (${named(path)} is one more)`,
        );
      yield;
    }
  }
  return found.sort();
}

/** The entries of a folder one after the other, so that a folder of any size takes little memory. */
function* entriesOf(path: string): Generator<Dirent> {
  const dir = opendirSync(path, { bufferSize: 256 });
  try {
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) yield entry;
  } finally {
    dir.closeSync();
  }
}

/** Returns where a path in the folder really leads, or why it may not be followed. */
function realPathInside(rulesDir: string, path: string): string | FileRefusal {
  if (hiddenCharacters(path, 1).length > 0)
    return {
      kind: 'unreadable',
      problem: 'has a name with characters that are not seen',
      fix: 'rename it: letters, digits, - and _',
    };
  try {
    const root = realpathSync(rulesDir);
    const named = resolve(root, path);
    if (!named.startsWith(root + sep)) return outside;
    const real = realpathSync(named);
    return real.startsWith(root + sep) ? real : outside;
  } catch (error) {
    return unreadable(error);
  }
}

const outside: FileRefusal = {
  kind: 'outside',
  problem: 'leads out of the rules folder',
  fix: 'put the file itself into the rules folder: links and paths may lead to places in it only',
};

/** Returns `found`. Throws OutOfDescriptors if no descriptor was free, since then nobody knows what is there. */
function told<T extends object>(path: string, found: T | FileRefusal): T | FileRefusal {
  if ('kind' in found && found.kind === 'no_descriptor')
    throw new OutOfDescriptors(`${path} ${found.problem}`);
  return found;
}

/** Reads the text of a file in the folder. A byte order mark is kept only for rules, because their places count it. Throws OutOfDescriptors. */
export function readInside(rulesDir: string, path: string, use: FileUse): FileText | FileRefusal {
  const real = realPathInside(rulesDir, path);
  if (typeof real === 'object') return real;
  const read = told(path, readTextFile(real, bytesMax[use]));
  return 'text' in read && use !== 'rules' ? { text: withoutMark(read.text) } : read;
}

/** Returns the real path of the log of a test, or why it is not read. */
export function logInside(rulesDir: string, path: string): string | FileRefusal {
  const real = realPathInside(rulesDir, path);
  return typeof real === 'object' ? real : (refusedFile(real, bytesMax.log) ?? real);
}

/** Returns the names in a folder of the rules folder, sorted: at most as many as are searched for rule files. None if it cannot be read. */
export function namesInside(rulesDir: string, path: string): readonly string[] {
  const real = realPathInside(rulesDir, path);
  if (typeof real === 'object') return [];
  try {
    return [...entriesOf(real).take(ENTRIES_MAX)].map(({ name }) => name).sort();
  } catch (error) {
    told(path, unreadable(error));
    return [];
  }
}

/** Reads the text of a rule file that a person named, wherever it lies. Throws OutOfDescriptors. */
export function readNamed(path: string): FileText | FileRefusal {
  return told(path, readTextFile(path, bytesMax.rules));
}

/** Greatest size, bytes, of all that the rules of one set hold, or name beside themselves. */
const SET_MAX_BYTES = 32 * 2 ** 20;

/** Reads each file that the rules of a set name once. Their total size is bounded by what people write. */
export interface NamedFiles {
  read(path: string, use: 'list' | 'runbook'): FileText | FileRefusal;
  /** Returns why the log of a test cannot be replayed; undefined if it can. */
  refusedLog(path: string): FileRefusal | undefined;
}

export function namedFiles(rulesDir: string): NamedFiles {
  const seen = new Map<string, FileText | FileRefusal>();
  const logs = new Map<string, FileRefusal | undefined>();
  let left = SET_MAX_BYTES;
  return {
    read(path, use) {
      const key = `${use} ${path}`;
      const known = seen.get(key);
      if (known !== undefined) return known;
      const read = left <= 0 ? tooMuch : readInside(rulesDir, path, use);
      if ('text' in read) left -= read.text.length;
      seen.set(key, read);
      return read;
    },
    refusedLog(path) {
      if (!logs.has(path)) {
        const found = logInside(rulesDir, path);
        logs.set(path, typeof found === 'string' ? undefined : found);
      }
      return logs.get(path);
    },
  };
}

const tooMuch: FileRefusal = {
  kind: 'too_large',
  problem: `is one too many: the files that rules name hold more than ${SET_MAX_BYTES} characters together`,
  fix: 'shorten the lists and runbooks, or split the rules over several processes',
};

/** Characters of all rule files of a set. */
export const SET_CHARACTERS_MAX = SET_MAX_BYTES;
