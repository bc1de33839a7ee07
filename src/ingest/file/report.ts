/** What is said, loudly, when a log cannot be read or lines of it are lost. Each says what a person can do. */
import type { LogFields, Telemetry } from '../../event/telemetry.ts';
import type { Generation } from './registry.ts';

export interface ReportContext {
  readonly source: string;
  readonly purpose: string;
  readonly telemetry: Telemetry;
}

export function reportHalted(context: ReportContext, path: string, halted: string): void {
  context.telemetry.log.error(
    fieldsOf(context, path, 'partition-halted'),
    `${halted}. It is tried again; the other files are read.`,
  );
}

/** A file is nowhere to be found; `at` is how far it was read, `size` what was seen of it. */
export function reportLost(
  context: ReportContext,
  path: string,
  file: Generation,
  at: number,
  size: number,
): void {
  const unread = Math.max(size, file.fingerprint.bytes) - at;
  const what = `file ${file.number} of ${path} (inode ${file.inode}) is gone: neither at its path nor beside it`;
  context.telemetry.log.error(
    fieldsOf(context, path, 'lines-lost'),
    unread > 0
      ? `${what}. At least ${unread} bytes of it were not read. Let rotation keep more files, or tocsin run while it rotates.`
      : `${what}. It was read up to byte ${at}; lines written to it after that are lost.`,
  );
  // How many lines it had is not known.
  context.telemetry.count('lines_lost', { source: context.source, reader: context.purpose });
}

/** Somebody wrote `bytes` more to a file that had been left for its successor. */
export function reportLate(context: ReportContext, path: string, bytes: number, lines: number): void {
  context.telemetry.log.error(
    fieldsOf(context, path, 'lines-lost'),
    `${bytes} bytes (${lines} lines) were written to the rotated file of ${path} after the new one had been begun: not read. ` +
      'Let the program open the new file at once when it is rotated (postrotate), or use copytruncate.',
  );
  context.telemetry.count('lines_lost', { source: context.source, reader: context.purpose }, lines);
}

function fieldsOf(context: ReportContext, path: string, action: string): LogFields {
  return {
    'event.action': action,
    'tocsin.source': context.source,
    'tocsin.reader': context.purpose,
    'log.file.path': path,
  };
}
