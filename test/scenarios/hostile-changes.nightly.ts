import { describe, expect, it } from 'vitest';
import { hostileChanges, judge } from '../support/hostile-changes.ts';

/** What `check` may take of a machine for whatever it is given. */
const CPU_MAX_MS = 2_000;
const BYTES_MAX = 512 * 2 ** 20;

describe('a hostile change is refused within two seconds of work and 512 MB', () => {
  it.each(hostileChanges(100_000))('$name', async (change) => {
    const { code, output, cpuMs, rssBytes } = await judge(change);
    expect(code, output).toBeOneOf([2, 3]);
    expect(output).toMatch(change.names);
    expect({ cpuMs, rssBytes }).toEqual({
      cpuMs: expect.toSatisfy((ms: number) => ms <= CPU_MAX_MS) as number,
      rssBytes: expect.toSatisfy((bytes: number) => bytes <= BYTES_MAX) as number,
    });
  });
});
