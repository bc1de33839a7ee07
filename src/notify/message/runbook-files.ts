/**
 * Reads runbooks from the rules folder and never from outside of it. Each runbook is read again for each use, so that an edit shows in the
 * next alert.
 */
import { isOutOfDescriptors } from '../../event/descriptors.ts';
import { readInside } from '../../rule/folder.ts';

/** Returns `rulebook` for `plan`: the text of a file by its path relative to `rulesDir`, undefined if it cannot be read. */
export function runbookReader(rulesDir: string): (path: string) => string | undefined {
  return (path) => {
    try {
      const read = readInside(rulesDir, path, 'runbook');
      return 'text' in read ? read.text : undefined;
    } catch (error) {
      // An alert without its steps is better than no alert.
      if (isOutOfDescriptors(error)) return undefined;
      throw error;
    }
  };
}
