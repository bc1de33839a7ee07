/** The one error for what a person can mend. Commands print what is wrong, and the fix below it; anything else is a defect. */

/** Of which part it is. */
export type FixablePart = 'source' | 'archive' | 'state' | 'backup' | 'process';

export class FixableError extends Error {
  override readonly name: string = 'FixableError';
  readonly place: FixablePart;
  readonly fix: string;

  /** `message`: what is wrong, with the file, address or name that it is about. `fix`: what to do about it. */
  constructor(place: FixablePart, message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.place = place;
    this.fix = fix;
  }
}

export function isFixable(error: unknown, place: FixablePart): error is FixableError {
  return error instanceof FixableError && error.place === place;
}
