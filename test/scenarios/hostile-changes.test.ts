import { describe, expect, it } from 'vitest';
import { hostileChanges, judge, SECRET } from '../support/hostile-changes.ts';

/** Many times what a change takes (test/scenarios/hostile-changes.nightly.ts holds it to the limit): far below what a bomb does. */
const CPU_MAX_MS = 10_000;
const BYTES_MAX = 512 * 2 ** 20;

describe('a hostile change to rules or configuration is refused by a reason that names the file', () => {
  it.concurrent.each(hostileChanges(20_100))('$name', async (change) => {
    const { code, output, cpuMs, rssBytes } = await judge(change);
    expect({ code, output }).toEqual({
      code: expect.toBeOneOf([2, 3]) as number,
      output: expect.stringMatching(change.names) as string,
    });
    expect(output).not.toMatch(/unexpected: |defect of Tocsin/);
    expect(output).not.toContain(SECRET);
    // Nothing of the change acts on the screen that it is shown on.
    expect(output).not.toMatch(/(?!\n|\t)\p{Cc}|\p{Bidi_Control}/u);
    expect(output.length).toBeLessThan(100_000);
    expect(cpuMs).toBeLessThan(CPU_MAX_MS);
    expect(rssBytes).toBeLessThan(BYTES_MAX);
  });
});
