/**
 * Looks up log lines in the archive that an alert refers to and alerting no longer has: the "paid" of ten minutes ago, the state of three
 * days ago. The look-up happens when the message goes out. The archive may be slow, behind or down: then the message goes out without these
 * lines, and with little delay.
 */
import type { LogArchive } from '../../archive/archive.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import type { Sample } from '../../event/alert.ts';
import { comparePositions } from '../../event/event.ts';
import { shownEventOf } from '../../event/shown-line.ts';
import { compileCondition } from '../../match/condition.ts';
import type { Channel, Delivery } from '../../notify/channel.ts';
import type { Notice } from '../../notify/notice.ts';
import type { Rule } from '../../rule/ast.ts';
import { contributes, archivedEvents } from '../archived-events.ts';
import { within } from '../../event/waiting.ts';

export interface ArchiveLinesOptions {
  readonly config: Config;
  readonly archive: Pick<LogArchive, 'search'>;
  /** Returns the rule in force of that name. */
  readonly rule: (name: string) => Rule | undefined;
  readonly clock: Pick<Clock, 'steadyMs' | 'sleep'>;
}

/** Resolves to the notice with the lines that could be found. Never rejects; takes two seconds at most. */
export type ArchiveLines = (notice: Notice) => Promise<Notice>;

const LOOKUP_MS = 2_000;
/** Pause after a look-up that failed or took too long. */
const PAUSE_MS = 60_000;
/** Maximum number of lines of one group at one instant. */
const LINES_ALIKE_MAX = 100;

export function createArchiveLines({
  config,
  archive,
  rule: ruleOf,
  clock,
}: ArchiveLinesOptions): ArchiveLines {
  let pausedUntilMs = -Infinity;

  async function found(sample: Sample, rule: Rule, notice: Notice): Promise<Sample> {
    const condition = contributes(rule, notice.episode);
    const events = await archivedEvents(archive, config, {
      condition,
      matches: compileCondition(condition, config.schema),
      sinceMs: sample.timeMs,
      untilMs: sample.timeMs,
      limit: LINES_ALIKE_MAX,
    });
    const event = events.find(({ position }) => comparePositions(position, sample.position) === 0);
    return event === undefined ? sample : { ...sample, ...shownEventOf(event, config.schema.fields) };
  }

  return async (notice) => {
    const rule = ruleOf(notice.rule.name);
    if (rule?.meaning !== notice.episode.meaning || !notice.samples.some(isLost)) return notice;
    if (clock.steadyMs() < pausedUntilMs) return notice;
    let completed: Notice | undefined;
    const lookUp = async (): Promise<void> => {
      const look = async (one: Sample): Promise<Sample> =>
        isLost(one) ? await found(one, rule, notice) : one;
      const samples = await Promise.all(notice.samples.map(look));
      // Values that the notice has already stay as they are.
      completed = { ...notice, samples, values: { ...samples.at(-1)?.fields, ...notice.values } };
    };
    await within(lookUp(), LOOKUP_MS, clock);
    if (completed === undefined) pausedUntilMs = clock.steadyMs() + PAUSE_MS;
    return completed ?? notice;
  };
}

/** Returns true where only the position of the line is known. An instant that is no event has no position. */
function isLost({ excerpt, position }: Sample): boolean {
  return excerpt === '' && position.offset >= 0;
}

/** Wraps a channel so that the lines of each message are looked up before it goes out. */
export function withArchiveLines(channel: Channel, archiveLines: ArchiveLines): Channel {
  return {
    kind: channel.kind,
    ...(channel.sendMaxMs !== undefined && { sendMaxMs: channel.sendMaxMs + LOOKUP_MS }),
    ...(channel.atOnce !== undefined && { atOnce: channel.atOnce }),
    ratePerMinute: (target) => channel.ratePerMinute(target),
    async send(delivery: Delivery) {
      return await channel.send({ ...delivery, notice: await archiveLines(delivery.notice) });
    },
    probe: (target) => channel.probe(target),
    close: () => channel.close(),
  };
}
