/**
 * The one reader of rule files and of the texts that rules name: whichever command is pointed at a file, it is UTF-8 and of a size
 * that a person wrote, or it is refused. Bytes of another encoding would become words that no log line has.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { isOutOfDescriptors, namingDescriptors } from '../event/descriptors.ts';
import type { Diagnostic } from './diagnostics.ts';
import { at } from './diagnostics.ts';
import { sourceText, spanOf } from './source-text.ts';

export interface RuleText {
  /** Path relative to the rules folder, or what else the file is called. */
  readonly file: string;
  readonly text: string;
}

const MOST_BYTES = 4 * 1_048_576;
const MOST_FILES = 10_000;

/** Rule files of a folder and the folders in it, relative, sorted. Throws where the folder cannot be read. */
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

/**
 * The text of a rule file, or why it cannot be had. `file` is relative to the folder, which may be empty. Throws OutOfDescriptors: then
 * nobody knows.
 */
export function readRuleFile(dir: string, file: string): RuleText | Diagnostic {
  try {
    const path = join(dir, file);
    const { size } = statSync(path);
    return size > MOST_BYTES ? tooManyBytes(file, size) : ruleTextOf(file, readFileSync(path));
  } catch (error) {
    if (isOutOfDescriptors(error)) throw namingDescriptors(error, `${file} cannot be read`);
    const because = error instanceof Error ? error.message : String(error);
    const message = `the file cannot be read: ${because}`;
    return at(placeIn(file), 'TOC250', message, 'correct its permissions, or remove it');
  }
}

/** The text of a rule file's bytes, or why they are none. */
export function ruleTextOf(file: string, bytes: Uint8Array): RuleText | Diagnostic {
  if (bytes.length > MOST_BYTES) return tooManyBytes(file, bytes.length);
  const text = utf8Text(bytes);
  if (text !== undefined) return { file, text };
  const hint = 'save it as UTF-8 (editors: "Save with encoding")';
  return at(placeIn(file), 'TOC122', 'the file is not UTF-8 text', hint);
}

function tooManyBytes(file: string, size: number): Diagnostic {
  const hint = 'split it into several rule files';
  return at(placeIn(file), 'TOC120', `the file is too large: ${size} bytes`, hint);
}

const placeIn = (file: string): ReturnType<typeof spanOf> => spanOf(sourceText(file, ''), 0, 0);

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What rules may name beside them. Paths are relative to the folder. */
export interface FilesBeside {
  /** Whether there is such a file within the folder. */
  readonly exists: (path: string) => boolean;
  readonly read: ReadBeside;
}

/** The text of a file; `not_utf8` where it is none, undefined where it cannot be read. Throws OutOfDescriptors. */
export type ReadBeside = (path: string) => { readonly text: string } | 'not_utf8' | undefined;

export function filesBeside(dir: string): FilesBeside {
  const inside = resolve(dir) + sep;
  return {
    exists: (path) => {
      const absolute = resolve(dir, path);
      return absolute.startsWith(inside) && existsSync(absolute);
    },
    read: (path) => {
      try {
        const text = utf8Text(readFileSync(resolve(dir, path)));
        return text === undefined ? 'not_utf8' : { text };
      } catch (error) {
        if (isOutOfDescriptors(error)) throw namingDescriptors(error, `${path} cannot be read`);
        return undefined;
      }
    },
  };
}
