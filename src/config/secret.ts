/** A value that must never be printed: logs, errors and JSON show `[redacted]`; only `reveal` gives it. */
import { inspect } from 'node:util';
import { keepSecret, REDACTED } from '../event/redact.ts';

/** A value that must not be printed; `reveal` is called where it is used. */
export interface Secret {
  reveal(): string;
  toJSON(): '[redacted]';
  toString(): '[redacted]';
}

/** Stands for the value of an environment variable that is not set, where none is needed. */
export const UNSET = 'unset';

/** No text that leaves the process shows the value from here on (event/redact.ts). */
export function makeSecret(value: string): Secret {
  if (value !== UNSET) keepSecret(value);
  return {
    reveal: () => value,
    toJSON: () => REDACTED,
    toString: () => REDACTED,
    ...{ [inspect.custom]: () => REDACTED },
  };
}
