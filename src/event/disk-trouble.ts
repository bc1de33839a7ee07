/**
 * Tells apart the reasons why a file of Tocsin cannot be used: a full disk, a file system that cannot be written, a missing right, a
 * failing disk, damage. SQLite and the operating system give codes, and often one code for several causes.
 */
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import { isOutOfDescriptors, MORE_DESCRIPTORS } from './descriptors.ts';

export interface DiskTrouble {
  readonly kind: 'full' | 'descriptors' | 'read_only' | 'denied' | 'failing' | 'damaged' | 'locked';
  /** The trouble in words that follow the name of the file: "cannot be written: the disk is full". */
  readonly what: string;
  readonly fix: string;
}

const GOES_ON = 'Tocsin then goes on where it stopped, nothing that was read is lost.';

const troubles: Readonly<Record<DiskTrouble['kind'], Omit<DiskTrouble, 'kind'>>> = {
  full: { what: 'cannot be written: the disk is full', fix: `Make room on it; ${GOES_ON}` },
  descriptors: {
    what: 'cannot be opened: as many files are open as may be',
    fix: `${MORE_DESCRIPTORS}; ${GOES_ON}`,
  },
  read_only: {
    what: 'cannot be written: its file system is read-only',
    fix:
      'Make it writable again (mount -o remount,rw). Linux makes a file system read-only by itself after an error of the disk: ' +
      `look at the log of the system first (dmesg). ${GOES_ON}`,
  },
  denied: {
    what: 'cannot be written: permission denied',
    fix: 'Give the user that Tocsin runs as the right to write there, or choose another data_dir.',
  },
  failing: {
    what: 'cannot be read or written: the disk gives errors',
    fix: `Look at the log of the system (dmesg) and at the disk. ${GOES_ON}`,
  },
  damaged: {
    what: 'is damaged, or is no file of Tocsin',
    fix: 'Put a backup back (tocsin restore), or move the file away to begin anew.',
  },
  locked: { what: 'is locked by another program', fix: 'Close what is reading or copying it.' },
};

/** Kinds by SQLite's primary result codes: BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB. */
const kindOfCode: ReadonlyMap<number, DiskTrouble['kind']> = new Map([
  [5, 'locked'],
  [6, 'locked'],
  [8, 'denied'],
  [10, 'failing'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'denied'],
  [26, 'damaged'],
]);

const kindOfErrno: Readonly<Record<string, DiskTrouble['kind']>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read_only',
  EACCES: 'denied',
  EPERM: 'denied',
  EIO: 'failing',
  EMFILE: 'descriptors',
  ENFILE: 'descriptors',
};

/** Returns what an error of SQLite or of the file system says about the file at `path`; undefined for any other error. */
export function diskTrouble(error: unknown, path: string): DiskTrouble | undefined {
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  const kind = typeof errcode === 'number' ? kindOfCode.get(errcode & 0xff) : kindOfErrno[String(code)];
  if (kind === undefined) return undefined;
  // SQLite has one code for several causes of these kinds, so the file system itself is asked.
  const found = kind === 'denied' || kind === 'failing' ? (hindrance(path) ?? kind) : kind;
  return { kind: found, ...troubles[found] };
}

/** Returns why neither the file nor its folder can be opened or written just now, according to the file system. */
function hindrance(path: string): DiskTrouble['kind'] | undefined {
  if (isNoneFree()) return 'descriptors';
  for (const each of [path, dirname(path)]) {
    try {
      accessSync(each, constants.W_OK);
    } catch (error) {
      const kind = kindOfErrno[String((error as { code?: unknown }).code)];
      if (kind !== undefined) return kind;
    }
  }
  return undefined;
}

function isNoneFree(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return false;
  } catch (error) {
    return isOutOfDescriptors(error);
  }
}
