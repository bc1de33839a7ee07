/** What the demo counts while it runs: through the same reports that metrics are made of, never by looking into the pipeline. */
import type { Transition } from '../event/alert.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { PlannedFault } from './plan.ts';

/** An alert as it was first shown. */
export interface ShownAlert {
  readonly rule: string;
  readonly severity: string;
  readonly group: string;
  readonly shownAtMs: number;
  /** The fault that was going on or had been last, and how long after its begin the alert was shown. */
  readonly fault?: PlannedFault;
  readonly afterMs?: number;
}

export interface Tally {
  readonly plan: readonly PlannedFault[];
  readonly telemetry: Telemetry;
  readonly onTransition: (transition: Transition) => void;
  /** The terminal channel wrote this. */
  onShown(text: string, nowMs: number): void;
  events(): { readonly alerted: number; readonly archived: number };
  alerts(): readonly ShownAlert[];
}

export function createTally(log: Telemetry['log'], plan: readonly PlannedFault[]): Tally {
  let alerted = 0;
  let archived = 0;
  const decided: { readonly transition: Transition; shown?: ShownAlert }[] = [];
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
      if (transition.kind === 'fired' && transition.announce) decided.push({ transition });
    },
    onShown: (text, nowMs) => {
      // The rule's name stands in every message; alerts of one rule are shown in the order in which they were decided.
      const alert = decided.find(
        ({ transition, shown }) => shown === undefined && text.includes(transition.episode.rule),
      );
      if (alert !== undefined) alert.shown = shownAlert(alert.transition, nowMs, plan);
    },
    events: () => ({ alerted, archived }),
    alerts: () => decided.flatMap(({ shown }) => shown ?? []),
  };
}

function shownAlert({ episode }: Transition, nowMs: number, plan: readonly PlannedFault[]): ShownAlert {
  const fault = plan.findLast(({ startMs }) => startMs <= nowMs);
  return {
    rule: episode.rule,
    severity: episode.severity,
    group: Object.entries(episode.group)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    shownAtMs: nowMs,
    ...(fault && { fault, afterMs: nowMs - fault.startMs }),
  };
}
