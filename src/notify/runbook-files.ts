/** Reads runbooks out of the rules folder, and nothing outside of it. Each is read anew, so that an edit shows in the next alert. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';

const bytesMost = 1_000_000;

/** `rulebook` for `plan`: the text of a file by its path relative to `rulesDir`, undefined where it cannot be had. */
export function runbookReader(rulesDir: string): (path: string) => string | undefined {
  return (path) => {
    try {
      const root = realpathSync(rulesDir);
      const file = realpathSync(resolve(root, path));
      if (!file.startsWith(root + sep) || statSync(file).size > bytesMost) return undefined;
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };
}
