/**
 * Canaries: a secret of its own for each place of the configuration that can hold one. Each has characters that forms of writing
 * change (`/`, `+`, `%`, `"` …), and none of its forms may be found where texts leave.
 */
import { randomBytes } from 'node:crypto';

export interface Canary {
  readonly name: string;
  readonly value: string;
}

export interface Canaries {
  /** A new canary, of the place of that name. */
  plant(name: string): string;
  readonly all: readonly Canary[];
  /** Which of them stand in some bytes, in whatever form, as `place: name`. */
  foundIn(place: string, bytes: string | Uint8Array): readonly string[];
}

export function canaries(): Canaries {
  const all: Canary[] = [];
  return {
    all,
    plant(name) {
      const value = `cnry${randomBytes(5).toString('hex')}/+é!${randomBytes(4).toString('hex')}`;
      all.push({ name, value });
      return value;
    },
    foundIn(place, bytes) {
      const text = Buffer.from(bytes).toString('latin1');
      return all.flatMap(({ name, value }) =>
        traces(value).some((trace) => text.includes(trace)) ? [`${place}: ${name}`] : [],
      );
    },
  };
}

/** Both halves of it, and it in base64 wherever it stands among other bytes: half a secret is one too many. */
function traces(value: string): readonly string[] {
  const [first, second] = value.split('/+é!');
  const inBase64 = [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${'x'.repeat(before)}${value}`).toString('base64');
    // The first and last characters depend on what stands beside it.
    return whole.slice(4, 24);
  });
  return [first!, second!, ...inBase64];
}
