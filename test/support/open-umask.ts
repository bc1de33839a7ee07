/** Runs the tests of a file with a umask that gives everything to everybody: what is private then was made so on purpose. */
import { afterEach, beforeEach } from 'vitest';

/** What a test starts has it too. */
export function withOpenUmask(): void {
  let before: number;
  beforeEach(() => void (before = process.umask(0)));
  afterEach(() => void process.umask(before));
}
