/** File descriptors: every open file and connection of a process takes one, and the system gives it only so many. */
import { readFileSync } from 'node:fs';
import { FixableError } from './fixable-error.ts';

export const MORE_DESCRIPTORS =
  'raise the limit of open files (ulimit -n 65536; LimitNOFILE= of systemd; --ulimit nofile= of a container)';

/** No descriptor is free. This passes: the code that meets the error tries again, and treats nothing as missing or wrong meanwhile. */
export class OutOfDescriptors extends FixableError {
  override readonly name = 'OutOfDescriptors';

  constructor(message: string, options?: ErrorOptions) {
    super('process', message, MORE_DESCRIPTORS, options);
  }
}

export function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'EMFILE' || code === 'ENFILE' || error instanceof OutOfDescriptors;
}

/** Names the system's error if descriptors have run out; any other error stays unchanged. `what`: "the rules folder cannot be read". */
export function namingDescriptors(error: unknown, what: string): unknown {
  if (!isOutOfDescriptors(error) || error instanceof OutOfDescriptors) return error;
  return new OutOfDescriptors(`${what}: ${noneFree(error)}`, { cause: error });
}

/** Returns `the process has all 1024 files open that it may have`. */
export function noneFree(error?: unknown): string {
  if ((error as { code?: unknown } | undefined)?.code === 'ENFILE')
    return 'the machine has as many files open as it may have';
  const limit = descriptorLimit();
  const most =
    limit === undefined ? 'as many files open as it may have' : `all ${limit} files open that it may have`;
  return `the process has ${most}`;
}

let known: number | undefined;

/** Returns how many descriptors this process may have; undefined if the system does not say so (Linux does), or has no limit. */
export function descriptorLimit(): number | undefined {
  // Read once, since reading the limit needs a descriptor itself.
  return (known ??= readLimit());
}

function readLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/mu.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
