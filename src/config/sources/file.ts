/** The kind of source that is configured with `file:`. */
import { z } from 'zod';
import { globProblem } from '../globs.ts';
import type { Kind } from '../kind.ts';
import { oneOrMore } from '../values.ts';

const schema = z.strictObject({ path: oneOrMore('a path, a glob or a list of them', '"logs/*.log"') });

export interface FileSourceConfig {
  readonly kind: 'file';
  /** Absolute globs. */
  readonly paths: readonly string[];
}

export const file: Kind<typeof schema, FileSourceConfig> = {
  schema,
  build: ({ path }, { at }) => ({ kind: 'file', paths: path.map(at) }),
  check({ path: globs }, path, report) {
    for (const glob of globs) {
      const problem = globProblem(glob);
      if (problem === undefined) continue;
      report(
        [...path, 'path'],
        `\`path\` ${problem}`,
        'name folders and files more plainly, or list several paths',
      );
    }
  },
};
