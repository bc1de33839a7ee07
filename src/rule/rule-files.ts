/**
 * Rule files as texts, or as findings. Every command accepts only a file in UTF-8 of a size that a person wrote. Bytes of another encoding
 * would become words that no log line has.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { hiddenCharacters } from '../event/hidden-characters.ts';
import { textOf, type FileText, type FileRefusal } from '../event/text-file.ts';
import { visibleLine } from '../event/visible.ts';
import type { Diagnostic } from './diagnostics.ts';
import { at } from './diagnostics.ts';
import { DEPTH_MAX, readInside, readNamed } from './folder.ts';
import { LETS_FILE } from './shared-lets.ts';
import { sourceText, spanOf } from './source-text.ts';

export interface RuleText {
  /** Path relative to the rules folder, or another name of the file. */
  readonly file: string;
  readonly text: string;
}

/**
 * Returns the text of a rule file, or a finding that says why it cannot be read. Without a folder, a person named the file. Throws
 * OutOfDescriptors: then nobody knows.
 */
export function readRuleFile(dir: string | undefined, file: string): RuleText | Diagnostic {
  if (hiddenCharacters(file, 1).length > 0 && dir !== undefined)
    return finding(
      visibleLine(file, 300),
      'TOC123',
      'the name of the file has characters that are not seen',
      'rename it: letters, digits, - and _',
    );
  return ruleTextOf(file, dir === undefined ? readNamed(file) : readInside(dir, file, 'rules'));
}

/**
 * Returns the files of shared lets for rule files that are named one by one: in the folder of each, and in those above it up to the folder
 * `upTo`. A file outside of that folder has those of the working folder and below it; one outside of this, too, has that of its own folder.
 */
export function letsFilesOf(
  dir: string | undefined,
  files: readonly string[],
  upTo: string | undefined,
): readonly string[] {
  const base = dir ?? '';
  const known = new Set(files.map((file) => resolve(base, file)));
  const found: string[] = [];
  for (const file of files) {
    const last = [upTo, process.cwd()].find(
      (root) => root !== undefined && isInside(resolve(base, file), root),
    );
    for (let folder = dirname(file), level = 0; level <= DEPTH_MAX; folder = join(folder, '..'), level++) {
      const path = join(folder, LETS_FILE);
      const real = resolve(base, path);
      if (!known.has(real) && existsSync(real)) found.push(path);
      known.add(real);
      if (last === undefined || !isInside(resolve(base, folder), last)) break;
    }
  }
  return found;
}

const isInside = (path: string, folder: string): boolean => path.startsWith(resolve(folder) + sep);

/** Returns the text of a rule file's bytes, or a finding if they are no text. */
export function ruleTextOfBytes(file: string, bytes: Uint8Array): RuleText | Diagnostic {
  return ruleTextOf(file, textOf(bytes));
}

function ruleTextOf(file: string, read: FileText | FileRefusal): RuleText | Diagnostic {
  if ('text' in read) return { file, text: read.text };
  const code = read.kind === 'not_utf8' ? 'TOC122' : read.kind === 'too_large' ? 'TOC120' : 'TOC250';
  return { ...finding(file, code, `the file ${read.problem}`, read.fix), ...placeOf(read) };
}

const finding = (file: string, code: string, message: string, hint: string): Diagnostic =>
  at(spanOf(sourceText(file, ''), 0, 0), code, message, hint);

const placeOf = ({ line }: FileRefusal): { readonly line?: number; readonly endLine?: number } =>
  line === undefined ? {} : { line, endLine: line };

/** Returns the finding for a problem with a template of the folder. */
export function templateFinding(
  file: string,
  {
    line,
    column,
    message,
    fix,
  }: { readonly line: number; readonly column: number; readonly message: string; readonly fix: string },
): Diagnostic {
  const place = { line, column, endLine: line, endColumn: column + 1 };
  return { ...finding(file, 'TOC251', message, fix), ...place };
}
