import type { Secret } from '../../src/config/secret.ts';

/** A secret of a test. */
export function secretOf(text: string): Secret {
  return { reveal: () => text, toJSON: () => '[redacted]', toString: () => '[redacted]' };
}
