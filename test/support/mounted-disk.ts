/**
 * A small disk of its own on a folder, for what only a whole disk does: being full, becoming read-only.
 * Mounting is for root. A test that needs it is skipped where `CAN_MOUNT` is false, and its title says so.
 */
import { execFileSync } from 'node:child_process';

/** True where this process may mount a disk. */
export const CAN_MOUNT = process.platform === 'linux' && process.getuid?.() === 0;

/** For titles of tests that need `CAN_MOUNT`. */
export const MOUNTS = '(mounts a disk, which is for root)';

export interface MountedDisk {
  resize(sizeMb: number): void;
  makeReadOnly(): void;
  /** Also while files on it are open. */
  unmount(): void;
}

/** `folder`: exists, and hides what it has until the disk is unmounted. */
export function mountDisk(folder: string, sizeMb: number): MountedDisk {
  const mount = (options: string): void =>
    void execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  mount(`size=${sizeMb}m`);
  return {
    resize: (toMb) => mount(`remount,size=${toMb}m`),
    makeReadOnly: () => mount('remount,ro'),
    unmount: () => void execFileSync('umount', ['-l', folder]),
  };
}
