/** Reports when a log cannot be read or its lines are lost. Each message says what a person can do. */
import type { LogFields, Telemetry } from '../../event/telemetry.ts';
import type { DamagedFile } from '../compression.ts';
import type { Generation } from './registry.ts';
import { BEGIN_ANEW } from './registry-tables.ts';

export interface FileReportContext {
  readonly source: string;
  readonly purpose: string;
  readonly telemetry: Telemetry;
}

/** Returns why a partition halts whose position is not in the registry. Reading on would give its lines the offsets of other lines. */
export function foreignRegistry(number: number, path: string): string {
  return (
    `files.db in data_dir does not belong to the positions: it knows no file ${number} of ${path}, which has been read. ` +
    `Put back the one that was saved together with the state and the archive; without it ${BEGIN_ANEW}.`
  );
}

export function reportHalted(context: FileReportContext, path: string, halted: string): void {
  context.telemetry.log.error(
    fieldsOf(context, path, 'partition-halted'),
    `${halted} The other files are read.`,
  );
}

export function reportUnreachable(context: FileReportContext, path: string, unreachable: string): void {
  context.telemetry.log.error(
    fieldsOf(context, path, 'partition-unreachable'),
    `${unreachable}. It is tried again; the other files are read.`,
  );
}

export interface Gone {
  /** How far the file was read, in bytes. */
  readonly at: number;
  /** At least this many bytes of the file were seen and not read. */
  readonly unread: number;
  /** True when everything that was ever seen of the file was read. */
  readonly readToEnd: boolean;
}

/** Reports a file that is nowhere to be found. It is not known what was written to it after it was seen last. */
export function reportGone(
  context: FileReportContext,
  path: string,
  file: Generation,
  { at, unread, readToEnd }: Gone,
): void {
  const what = `file ${file.number} of ${path} (inode ${file.inode}) is gone: neither at its path nor beside it`;
  const labels = { source: context.source, reader: context.purpose };
  if (unread <= 0 && (readToEnd || file.fingerprint.bytes === 0)) {
    context.telemetry.log.warn(
      fieldsOf(context, path, 'file-gone'),
      `${what}. All that was seen of it (${at} bytes) was read; what was written to it after that, if anything, is lost. ${KEEP}`,
    );
    context.telemetry.count('files_gone', labels);
    return;
  }
  const known =
    unread > 0 ? `At least ${unread} bytes of it were not read` : `What followed its byte ${at} was not read`;
  context.telemetry.log.error(fieldsOf(context, path, 'lines-lost'), `${what}. ${known}. ${KEEP}`);
  // It is not known how many lines were lost: they count as one.
  context.telemetry.count('lines_lost', labels);
}

/** Reports a compressed file that is given up because it is damaged. `at`: how much of its text was read, in bytes. */
export function reportDamaged(
  context: FileReportContext,
  path: string,
  damaged: DamagedFile,
  at: number,
): void {
  const lost = at === 0 ? 'No line of it is read' : `What followed byte ${at} of its text is not read`;
  context.telemetry.log.error(
    fieldsOf(context, path, 'lines-lost'),
    `${damaged.message}. ${lost}. To have it: ${damaged.fixFrom(at)}`,
  );
  // It is not known how many lines were lost: they count as one.
  context.telemetry.count('lines_lost', { source: context.source, reader: context.purpose });
}

const KEEP = 'Let rotation keep more files, or tocsin run while it rotates.';

/** Reports that more bytes came to a line that had been taken without its line end. */
export function reportTorn(context: FileReportContext, path: string): void {
  context.telemetry.log.warn(
    fieldsOf(context, path, 'line-torn'),
    `the rest of a line of ${path} came after it had been taken without its line end: it is a line of its own. ` +
      'Let the program write whole lines.',
  );
  context.telemetry.count('lines_torn', { source: context.source, reader: context.purpose });
}

/** Reports that `bytes` more were written to a file that had been left for its successor. */
export function reportLate(context: FileReportContext, path: string, bytes: number, lines: number): void {
  context.telemetry.log.error(
    fieldsOf(context, path, 'lines-lost'),
    `${bytes} bytes (${lines} lines) were written to the rotated file of ${path} after the new one had been begun: not read. ` +
      'Let the program open the new file at once when it is rotated (postrotate), or use copytruncate.',
  );
  context.telemetry.count('lines_lost', { source: context.source, reader: context.purpose }, lines);
}

function fieldsOf(context: FileReportContext, path: string, action: string): LogFields {
  return {
    'event.action': action,
    'tocsin.source': context.source,
    'tocsin.reader': context.purpose,
    'log.file.path': path,
  };
}
