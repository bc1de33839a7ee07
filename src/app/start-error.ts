/** What keeps the program from starting, however it was found. */
import type { Shown } from '../event/shown.ts';
import { ArchiveError } from '../archive/archive.ts';
import { OutOfDescriptors } from '../event/descriptors.ts';
import { SourceError } from '../ingest/source.ts';
import { SnapshotError } from '../detect/checkpoint.ts';
import { StoreError, storeErrorOf } from '../detect/store/store.ts';

/** What kept the program from starting: what, where, how to fix. The command line prints it and exits with `exitCode`. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly exitCode: 2 | 3;
  readonly fix: string;
  /** The message where it has lines of its own. */
  readonly shown?: Shown;
  constructor(exitCode: 2 | 3, message: string | Shown, fix: string, options?: ErrorOptions) {
    super(typeof message === 'string' ? message : message.text, options);
    if (typeof message !== 'string') this.shown = message;
    this.exitCode = exitCode;
    this.fix = fix;
  }
}

/** What is wrong with the rules when there is no earlier good set. */
export class InvalidRules extends Error {
  override readonly name = 'InvalidRules';
  readonly shown: Shown;
  constructor(shown: Shown) {
    super(shown.text);
    this.shown = shown;
  }
}

const known = [SourceError, ArchiveError, StoreError, SnapshotError, OutOfDescriptors];

/**
 * What a user can mend becomes a StartError; anything else is a defect and stays what it is. `statePath`: the database that an error of
 * SQLite is about where nobody has said so.
 */
export function asStartError(raw: unknown, statePath?: string): unknown {
  const error = statePath === undefined ? raw : storeErrorOf(raw, statePath);
  if (known.some((kind) => error instanceof kind)) {
    const { message, fix } = error as SourceError;
    return new StartError(3, message, fix, { cause: error });
  }
  if (error instanceof InvalidRules)
    return new StartError(2, error.shown, 'mend the rules, see `tocsin check`');
  return error;
}
