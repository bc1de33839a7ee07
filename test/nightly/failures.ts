/** The failures of a run of vitest, each with the command that repeats it. */
import { relative } from 'node:path';
import type { Settings, TestPart } from './parts.ts';

/** The part of vitest's JSON report that is read here. */
export interface Report {
  readonly testResults: readonly {
    /** Absolute path. */
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** A line for each test that failed, and for each file that could not be loaded. `root`: what paths are told from. */
export function failuresOf(report: Report, part: TestPart, root: string): readonly string[] {
  return report.testResults.flatMap(({ name, status, message = '', assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [repeatable(file, message, file, part)] : [];
    return failed.map(({ fullName, failureMessages }) =>
      repeatable(`${file}: ${fullName}`, (failureMessages ?? []).join('\n'), file, part),
    );
  });
}

/** A failure that names its seed is repeated from there; another one by the whole run of its file. */
function repeatable(what: string, message: string, file: string, part: TestPart): string {
  const [, variable, word] = /TOCSIN_SEED=(\d+)|\bseed (\d+)/u.exec(message) ?? [];
  const seed = variable ?? word;
  const settings = seed === undefined ? part.settings : { ...part.alone, TOCSIN_SEED: seed };
  const options = part.args.filter((arg) => !file.startsWith(arg));
  return `FAILED ${what}\n  again: ${command(settings, ['npx', 'vitest', 'run', ...options, file])}`;
}

/** As a shell takes it. */
export function command(settings: Settings, words: readonly string[]): string {
  const quoted = words.map((word) => (/^[\w./:=-]+$/u.test(word) ? word : `'${word}'`));
  return [...Object.entries(settings).map(([name, value]) => `${name}=${value}`), ...quoted].join(' ');
}
