/** Reads runbooks out of the rules folder, and nothing outside of it. Each is read anew, so that an edit shows in the next alert. */
import { isOutOfDescriptors } from '../../event/descriptors.ts';
import { readInside } from '../../rule/folder.ts';

/** `rulebook` for `plan`: the text of a file by its path relative to `rulesDir`, undefined where it cannot be had. */
export function runbookReader(rulesDir: string): (path: string) => string | undefined {
  return (path) => {
    try {
      const read = readInside(rulesDir, path, 'runbook');
      return 'text' in read ? read.text : undefined;
    } catch (error) {
      // An alert goes out without its steps rather than not at all.
      if (isOutOfDescriptors(error)) return undefined;
      throw error;
    }
  };
}
