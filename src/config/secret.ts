/** Wraps values that must never be printed: logs, errors and JSON show `[redacted]`. */
import { inspect } from 'node:util';
import { keepSecret, REDACTED } from '../event/redact.ts';

/** A value that must not be printed. Call `reveal` only where the value is used. */
export interface Secret {
  reveal(): string;
  toJSON(): '[redacted]';
  toString(): '[redacted]';
}

/** The value that replaces an environment variable that is not set, where none is needed. */
export const UNSET = 'unset';

/** The view of `util.inspect`, which no type of ours names. */
const hidden = { [inspect.custom]: () => REDACTED };

/** Wraps a value. From now on no text that leaves the process shows it (event/redact.ts). */
export function makeSecret(value: string): Secret {
  if (value !== UNSET) keepSecret(value);
  return {
    reveal: () => value,
    toJSON: () => REDACTED,
    toString: () => REDACTED,
    ...hidden,
  };
}
