/** The files of a backtest and their sources. `NAME=FILE` names the source of a file; a file alone is of the source that is chosen for all. */
import { existsSync } from 'node:fs';
import type { Config, SourceConfig } from '../../config/config.ts';
import { suggest } from '../../event/did-you-mean.ts';
import { StartError } from '../start-error.ts';

/** Files that are lines of one source. */
export interface SourceFiles {
  readonly source: SourceConfig;
  /** In the order that numbers the partitions of the source; `-` stands for standard input. */
  readonly files: readonly string[];
}

/**
 * Sorts the inputs of a backtest by their source, in the order of the configuration. `chosen`: the source of files that name none; absent: the
 * only one. Fails with StartError.
 */
export function filesBySource(
  { sources }: Pick<Config, 'sources'>,
  inputs: readonly string[],
  chosen: string | undefined,
): readonly SourceFiles[] {
  const names = sources.map(({ name }) => name);
  const given = inputs.map((input) => named(input, names));
  if (given.filter(({ file }) => file === '-').length > 1)
    throw new StartError(3, 'standard input is given twice', 'give - once; it can be read only once');
  const isAnyAlone = given.some(({ name }) => name === undefined);
  if (chosen !== undefined && !isAnyAlone)
    throw new StartError(
      3,
      `--source ${chosen} says nothing: every file names its own source`,
      'leave it out; it is the source of files that name none',
    );
  const forAlone = isAnyAlone ? sourceOfAll(names, chosen) : undefined;
  return sources.flatMap((source) => {
    const own = given.filter(({ name = forAlone }) => name === source.name);
    return own.length === 0 ? [] : [{ source, files: own.map(({ file }) => file) }];
  });
}

/** The name of a source, as the configuration allows it, and what follows. */
const NAMED = /^([A-Za-z][\w-]*)=(.+)$/su;

function named(input: string, names: readonly string[]): { readonly name?: string; readonly file: string } {
  const [, name, file] = NAMED.exec(input) ?? [];
  // A file may have such a name itself.
  if (name === undefined || file === undefined || existsSync(input)) return { file: input };
  if (names.includes(name)) return { name, file };
  throw new StartError(
    3,
    `there is neither a source \`${name}\` nor a file ${input}`,
    suggest(name, names, 'sources', Infinity),
  );
}

function sourceOfAll(names: readonly string[], chosen: string | undefined): string {
  const found = chosen === undefined ? names : names.filter((name) => name === chosen);
  if (found.length === 1) return found[0]!;
  throw new StartError(
    3,
    chosen === undefined ? 'the configuration has several sources' : `there is no source \`${chosen}\``,
    `name the one that says how the input is decoded: --source NAME, or --input NAME=FILE for each file (${names.join(', ')})`,
  );
}
