/** The only error for trouble that a person can mend. Commands print its message, and the fix below it. Any other error is a defect. */

/** The part that is in trouble. */
export type FixablePart = 'source' | 'archive' | 'state' | 'backup' | 'process';

export class FixableError extends Error {
  override readonly name: string = 'FixableError';
  readonly place: FixablePart;
  readonly fix: string;

  /** `message`: the trouble, with the file, address or name concerned. `fix`: what to do about it. */
  constructor(place: FixablePart, message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.place = place;
    this.fix = fix;
  }
}

export function isFixable(error: unknown, place: FixablePart): error is FixableError {
  return error instanceof FixableError && error.place === place;
}
