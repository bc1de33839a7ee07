/** What keeps the program from starting, however it was found. */
import type { Shown } from '../event/shown.ts';
import { storeErrorOf } from '../detect/store/store.ts';
import { FixableError } from '../event/fixable-error.ts';

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

/**
 * What a user can mend becomes a StartError; anything else is a defect and stays what it is. `statePath`: the database that an error of
 * SQLite is about where nobody has said so.
 */
export function asStartError(raw: unknown, statePath?: string): unknown {
  const error = statePath === undefined ? raw : storeErrorOf(raw, statePath);
  if (error instanceof FixableError) return new StartError(3, error.message, error.fix, { cause: error });
  if (error instanceof InvalidRules)
    return new StartError(2, error.shown, 'mend the rules, see `tocsin check`');
  return error;
}
