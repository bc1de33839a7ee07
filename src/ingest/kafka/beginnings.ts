/** Where the reading of a topic begins at the first start of its source. It is kept at once, so that every later process begins there too. */
import type { SourceConfig } from '../../config/config.ts';
import type { FirstStart } from '../source.ts';
import type { OpenedTopic } from './topic-log.ts';

/**
 * Keeps where the partitions that are there begin. Does nothing where that is kept already, or where the group has read before. A
 * partition that comes later begins where its log does. Rejects when the cluster cannot be asked.
 */
export async function keepBeginnings(
  { log, ends, committed }: OpenedTopic,
  start: SourceConfig['start'],
  firstStart: FirstStart | undefined,
): Promise<void> {
  if (firstStart === undefined || firstStart.isOver) return;
  if (firstStart.offsets() !== undefined || committed.size > 0) return;
  if (start === undefined) {
    firstStart.keepOffsets({});
    return;
  }
  const since = start === 'end' ? undefined : await log.since(firstStart.atMs - start);
  const offsets = [...ends].map(([partition, { high }]) => {
    const found = since?.get(partition) ?? -1;
    return [String(partition), found < 0 ? high : found] as const;
  });
  firstStart.keepOffsets(Object.fromEntries(offsets));
}
