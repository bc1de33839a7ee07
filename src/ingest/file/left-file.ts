/**
 * Watches a rotated file that has been left for its successor, for a minute. Lines that still come to it cannot be handed out, since later
 * lines have been. But these lines must not go unnoticed.
 */
import type { FileReportContext } from './report.ts';
import { reportLate } from './report.ts';
import type { TextFile } from './text-file.ts';

const WATCH_MS = 60_000;
const COUNTED_BYTES = 1 << 20;
const LF = 10;

export interface LeftFile {
  /** Reports the bytes that have been written since the last check. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Takes over the handle. `size` is how far the file was read, in bytes. */
export function leaveOpen(
  handle: TextFile,
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
      // The disk of the file is gone. The file that is read now is not affected.
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
