/** The errors that keep the program from starting. */
import type { Shown } from '../event/shown.ts';
import { FixableError } from '../event/fixable-error.ts';

/** An error at the start: says what is wrong, where, and how to fix it. The command line prints it and exits with `exitCode`. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly exitCode: 2 | 3;
  readonly fix: string;
  /** The message, where it has several lines of its own. */
  readonly shown?: Shown;
  constructor(exitCode: 2 | 3, message: string | Shown, fix: string, options?: ErrorOptions) {
    super(typeof message === 'string' ? message : message.text, options);
    if (typeof message !== 'string') this.shown = message;
    this.exitCode = exitCode;
    this.fix = fix;
  }
}

/** The error of invalid rules when there is no earlier valid set to run. */
export class InvalidRules extends Error {
  override readonly name = 'InvalidRules';
  readonly shown: Shown;
  constructor(shown: Shown) {
    super(shown.text);
    this.shown = shown;
  }
}

/** Turns an error that a user can mend into a StartError. Any other error is a defect and is returned unchanged. */
export function asStartError(error: unknown): unknown {
  if (error instanceof FixableError) return new StartError(3, error.message, error.fix, { cause: error });
  if (error instanceof InvalidRules)
    return new StartError(2, error.shown, 'mend the rules, see `tocsin check`');
  return error;
}
