/**
 * Watches whether the process has file descriptors left. Looks now and then, and reports a shortage on /readyz and in the log before
 * anything else fails because of it.
 */
import { readdir } from 'node:fs/promises';
import { descriptorLimit, isOutOfDescriptors, MORE_DESCRIPTORS, noneFree } from '../../event/descriptors.ts';
import type { Telemetry } from '../../event/telemetry.ts';

export interface DescriptorWatch {
  /** Counts the open descriptors once. Never rejects. */
  look(): Promise<void>;
  /** The shortage that was found lately. */
  readonly problem: () => { readonly detail: string; readonly fix: string } | undefined;
}

export interface DescriptorWatchOptions {
  readonly telemetry: Pick<Telemetry, 'log'>;
  readonly steadyMs: () => number;
  /** Returns the names of the descriptors in use; undefined on systems that do not tell. Fails as the system does. */
  readonly open: () => Promise<readonly string[] | undefined>;
  readonly limit?: number | undefined;
}

/** From this share of the limit on a shortage is reported: the next burst of files or connections may be too many. */
const TIGHT_SHARE = 0.9;
/** The number of descriptors that a small installation needs. */
const DESCRIPTORS_MIN = 256;
/** A shortage is reported for this time after it was last found, so that somebody sees it. */
const TOLD_MS = 60_000;

export function createDescriptorWatch({
  telemetry,
  steadyMs,
  open,
  limit = descriptorLimit(),
}: DescriptorWatchOptions): DescriptorWatch {
  let found: { readonly detail: string; readonly untilMs: number } | undefined;
  const tell = (detail: string): void => {
    const isNew = found === undefined || steadyMs() > found.untilMs;
    found = { detail, untilMs: steadyMs() + TOLD_MS };
    if (!isNew) return;
    const fields = { 'event.action': 'descriptors-short' };
    telemetry.log.error(
      fields,
      `${detail}; ${MORE_DESCRIPTORS}. What cannot be opened meanwhile is tried again`,
    );
  };
  if (limit !== undefined && limit < DESCRIPTORS_MIN) {
    const fields = { 'event.action': 'descriptors-few' };
    const text = `the process may have ${limit} files open, fewer than ${DESCRIPTORS_MIN}: log files or connections may be too many`;
    telemetry.log.warn(fields, `${text}; ${MORE_DESCRIPTORS}`);
  }
  return {
    async look() {
      try {
        const count = (await open())?.length;
        if (count !== undefined && limit !== undefined && count >= TIGHT_SHARE * limit)
          tell(`the process has ${count} of ${limit} files open that it may have`);
      } catch (error) {
        if (isOutOfDescriptors(error)) tell(noneFree(error));
      }
    },
    problem: () =>
      found === undefined || steadyMs() > found.untilMs
        ? undefined
        : { detail: found.detail, fix: MORE_DESCRIPTORS },
  };
}

/** Returns the names of the process's own descriptors; undefined on systems that do not tell. Fails as the system does. */
export async function openDescriptors(): Promise<readonly string[] | undefined> {
  try {
    return await readdir('/proc/self/fd');
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error;
    return undefined;
  }
}
