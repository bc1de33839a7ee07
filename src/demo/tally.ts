/** The counts of the demo while it runs. They come from the same reports as the metrics, never from inside the pipeline. */
import type { Episode, Transition } from '../event/alert.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { OrderStory, StoryKind } from './history.ts';
import type { Fault } from './orders.ts';
import type { PlannedFault } from './plan.ts';

/** An alert that people have received. */
interface ToldAlert {
  readonly rule: string;
  readonly severity: string;
  readonly group: string;
  /**
   * `cause`: the trouble of the order of this alert, or else the fault that was going on or was the last one. `afterMs`: how long after the
   * cause the alert was on the screen.
   */
  readonly cause?: Fault | StoryKind;
  readonly afterMs?: number;
}

export interface DemoTally {
  readonly plan: readonly PlannedFault[];
  readonly telemetry: Telemetry;
  readonly onTransition: (transition: Transition) => void;
  /** Reports that the terminal channel wrote `text`. */
  onShown(text: string, nowMs: number): void;
  events(): { readonly alerted: number; readonly archived: number };
  alerts(): readonly ToldAlert[];
}

/** How many messages are remembered for the summary. */
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
        // Every message names its alert. A digest of many alerts names their rules.
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
