/** What the demo counts while it runs: through the same reports that metrics are made of, never by looking into the pipeline. */
import type { Episode, Transition } from '../event/alert.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { OrderStory, StoryKind } from './history.ts';
import type { Fault } from './orders.ts';
import type { PlannedFault } from './plan.ts';

/** An alert that people were told of. */
interface ToldAlert {
  readonly rule: string;
  readonly severity: string;
  readonly group: string;
  /** What went wrong with its order, else the fault that was going on or had been last; and how long after that the alert was on the screen. */
  readonly cause?: Fault | StoryKind;
  readonly afterMs?: number;
}

export interface DemoTally {
  readonly plan: readonly PlannedFault[];
  readonly telemetry: Telemetry;
  readonly onTransition: (transition: Transition) => void;
  /** The terminal channel wrote this. */
  onShown(text: string, nowMs: number): void;
  events(): { readonly alerted: number; readonly archived: number };
  alerts(): readonly ToldAlert[];
}

/** Messages remembered for the summary. */
const SHOWN_MAX = 500;

export function createTally(
  log: Telemetry['log'],
  plan: readonly PlannedFault[],
  stories: readonly OrderStory[],
): DemoTally {
  let alerted = 0;
  let archived = 0;
  const told: Transition[] = [];
  const shown: { readonly text: string; readonly atMs: number }[] = [];
  return {
    plan,
    telemetry: {
      log,
      count: (name, labels, by = 1) => {
        if (name === 'events_in' && labels['reader'] === 'alert') alerted += by;
        if (name === 'archive_written') archived += by;
      },
      gauge: () => undefined,
    },
    onTransition: (transition) => {
      if (transition.kind === 'fired' && transition.announce) told.push(transition);
    },
    onShown: (text, nowMs) => {
      if (shown.length < SHOWN_MAX) shown.push({ text, atMs: nowMs });
    },
    events: () => ({ alerted, archived }),
    alerts: () =>
      told.map(({ episode }) => {
        // Every message names its alert; a digest of many names their rules.
        const message =
          shown.find(({ text }) => text.includes(episode.alertId)) ??
          shown.find(({ text }) => text.includes(episode.rule));
        return { ...described(episode), ...causeOf(episode, message?.atMs, plan, stories) };
      }),
  };
}

function described({ rule, severity, group }: Episode): ToldAlert {
  const by = Object.entries(group).map(([name, value]) => `${name}=${value}`);
  return { rule, severity, group: by.join(' ') };
}

function causeOf(
  { group }: Episode,
  shownAtMs: number | undefined,
  plan: readonly PlannedFault[],
  stories: readonly OrderStory[],
): Pick<ToldAlert, 'cause' | 'afterMs'> {
  if (shownAtMs === undefined) return {};
  const story = stories.find(({ orderId }) => group['order_id'] === orderId);
  if (story !== undefined) return { cause: story.kind, afterMs: shownAtMs - story.dueMs };
  const fault = plan.findLast(({ startMs }) => startMs <= shownAtMs);
  return fault === undefined ? {} : { cause: fault.fault, afterMs: shownAtMs - fault.startMs };
}
