/** Whether the process has descriptors left: looked at now and then, said on /readyz and in the log before everything else fails of it. */
import { readdir } from 'node:fs/promises';
import { descriptorLimit, isOutOfDescriptors, MORE_DESCRIPTORS, noneFree } from '../../event/descriptors.ts';
import type { Telemetry } from '../../event/telemetry.ts';

export interface DescriptorWatch {
  /** One look; never rejects. */
  look(): Promise<void>;
  /** What was found lately. */
  readonly problem: () => { readonly detail: string; readonly fix: string } | undefined;
}

export interface DescriptorWatchOptions {
  readonly telemetry: Pick<Telemetry, 'log'>;
  readonly steadyMs: () => number;
  /** The descriptors in use, by name; fails as the system does. Undefined where there is no telling. */
  readonly open: () => Promise<readonly string[] | undefined>;
  readonly limit?: number | undefined;
}

/** From such a part of the limit on it is told: the next burst of files or connections may be one too many. */
const TIGHT_SHARE = 0.9;
/** The fewest with which a small installation gets by. */
const DESCRIPTORS_MIN = 256;
/** It is told for so long after the last time, so that somebody sees it. */
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

/** The process's own, by name; undefined where there is no telling. Fails as the system does. */
export async function openDescriptors(): Promise<readonly string[] | undefined> {
  try {
    return await readdir('/proc/self/fd');
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error;
    return undefined;
  }
}
