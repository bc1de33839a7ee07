/** A value that must never be printed: logs, errors and JSON show `[redacted]`; only `reveal` gives it. */
import { inspect } from 'node:util';
import type { Secret } from './config.ts';

export function makeSecret(value: string): Secret {
  return {
    reveal: () => value,
    toJSON: () => '[redacted]' as const,
    toString: () => '[redacted]' as const,
    ...{ [inspect.custom]: () => '[redacted]' },
  };
}
