/** Explains why an alert came: the events that caused it, as far as the archive still has them, and the course of the rule's window. */
import { createArchive } from '../../archive/create.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import type { Episode } from '../../event/alert.ts';
import { silent } from '../../event/telemetry.ts';
import { compileCondition } from '../../match/condition.ts';
import { SELF_MEANING } from '../../notify/message/self/rules.ts';
import { compileEventMatcher } from '../../match/matcher.ts';
import { archivedEvents, contributes } from '../archived-events.ts';
import { readRules } from '../rulebook.ts';
import { timeline, type TimelineRow } from './timeline.ts';

export interface AlertCourse {
  /** The rows in the order of time; empty where nothing can be told. */
  readonly rows: readonly TimelineRow[];
  /** Number of rows that were left out. */
  readonly omitted: number;
  /** The reason why there are no rows, or not all. */
  readonly note?: string;
}

const EVENTS_MAX = 5_000;
const ROWS_MAX = 60;

/** Returns the course of an episode up to now. An error that keeps it from being told becomes its `note`. */
export async function alertCourse(config: Config, episode: Episode, clock: Clock): Promise<AlertCourse> {
  if (episode.meaning === SELF_MEANING)
    return unmentioned('Tocsin itself told of this; no events belong to it');
  const rule = readRules(config).ruleset?.rules.find(({ name }) => name === episode.rule);
  if (rule === undefined) return unmentioned('the rule is no longer there, or the rules are not valid');
  if (rule.meaning !== episode.meaning) return unmentioned('the rule means something else since');
  const archive = await createArchive(config.archive, config.schema, config.dataDir, silent, clock);
  const condition = contributes(rule, episode);
  try {
    const events = await archivedEvents(archive, config, {
      condition,
      matches: compileCondition(condition, config.schema),
      sinceMs: episode.firstEvent.timeMs,
      untilMs: episode.resolvedAtMs ?? clock.nowMs(),
      limit: EVENTS_MAX,
    });
    const { matches } = compileEventMatcher({ rules: [rule], schema: config.schema }).match(events);
    const course = timeline({ alert: rule.alert, matches, episodes: [episode], max: ROWS_MAX });
    if (matches.length === 0) return unmentioned('the archive no longer has its events');
    if (events.length === EVENTS_MAX) return { ...course, note: `the newest ${EVENTS_MAX} events only` };
    return course;
  } catch (error) {
    return unmentioned(
      `the archive cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    await archive.close();
  }
}

const unmentioned = (note: string): AlertCourse => ({ rows: [], omitted: 0, note });
