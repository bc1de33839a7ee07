/** Runs the tests of a file with a umask that gives everything to everybody: what is private then was made so on purpose. */
import { afterEach, beforeEach } from 'vitest';

/** Call it once in a file. Processes that a test starts have the umask too. */
export function withOpenUmask(): void {
  let before: number;
  beforeEach(() => void (before = process.umask(0)));
  afterEach(() => void process.umask(before));
}
