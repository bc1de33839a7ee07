/**
 * A rotated file that has been left for its successor, kept open for a minute: lines that still come to it cannot be handed out, since
 * later ones have been, but they must not go unnoticed.
 */
import type { FileHandle } from 'node:fs/promises';
import type { FileReportContext } from './report.ts';
import { reportLate } from './report.ts';

const WATCH_MS = 60_000;
const COUNTED_BYTES = 1 << 20;
const LF = 10;

export interface LeftFile {
  /** Reports what has been written since. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Takes over the handle; `size` is how far the file was read. */
export function leaveOpen(
  handle: FileHandle,
  size: number,
  path: string,
  context: FileReportContext,
): LeftFile {
  const untilMs = performance.now() + WATCH_MS;
  let seen = size;
  let open = true;

  async function close(): Promise<void> {
    if (!open) return;
    open = false;
    await handle.close();
  }

  return {
    async check() {
      if (!open) return;
      const now = await handle.stat().then(
        ({ size }) => size,
        () => undefined,
      );
      // Its disk is gone, and so is nothing of what is read now.
      if (now === undefined) return close();
      if (now > seen) {
        const added = Buffer.alloc(Math.min(now - seen, COUNTED_BYTES));
        await handle.read(added, 0, added.length, seen);
        const lines = added.reduce((sum, byte) => sum + Number(byte === LF), 0);
        reportLate(context, path, now - seen, Math.max(1, lines));
        seen = now;
      }
      if (performance.now() > untilMs) await close();
    },
    close,
  };
}
