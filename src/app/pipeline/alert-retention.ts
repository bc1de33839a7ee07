/**
 * Deletes alerts that have been over for longer than `alerts.retention`, in small steps between the inputs. Detection keeps what it needs
 * of the past in its own state, and messages still owed to people are in the outbox. The table of alerts is only for people who ask about
 * the past.
 */
import { Ageing } from '../../archive/ageing.ts';
import type { AlertPlace } from '../../detect/store/alerts.ts';
import type { StateStore } from '../../detect/store/store.ts';
import type { Clock } from '../../event/clock.ts';
import { keepGoing } from '../../event/supervisor.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Outbox } from '../../notify/outbox/outbox.ts';
import type { Engine } from '../types.ts';

export interface AlertRetentionOptions {
  readonly store: Pick<StateStore, 'alertPruning'>;
  readonly outbox: Pick<Outbox, 'owes'>;
  readonly engine: Pick<Engine, 'tell' | 'failed'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly retentionMs: number;
}

const ROUND_EVERY_MS = 3_600_000;
/** Pause between two steps. Each step is a transaction on the disk that the stream writes to as well. */
const REST_MS = 100;

/**
 * Goes through the table of alerts once, and again every hour. An error that escapes is reported, and the work begins again. The result
 * stops it.
 */
export function startAlertRetention(options: AlertRetentionOptions): () => void {
  const { clock, engine, telemetry } = options;
  const stop = new AbortController();
  const ageing = new Ageing(clock);
  const rounds = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await pruneAlerts(options, ageing, stop.signal);
      await clock.sleep(ROUND_EVERY_MS, stop.signal);
    }
  };
  // An engine that has failed takes nothing more, and its failure ends the process.
  engine.failed.catch(() => stop.abort());
  void keepGoing('retention', rounds, { telemetry, clock, stop: stop.signal });
  return () => stop.abort();
}

/** Goes through the table of alerts once. Rejects as `tell` does. */
export async function pruneAlerts(
  { store, outbox, engine, clock, retentionMs }: Omit<AlertRetentionOptions, 'telemetry'>,
  ageing: Ageing,
  signal: AbortSignal,
): Promise<void> {
  const nowMs = ageing.nowMs(store.alertPruning.newestMs());
  if (nowMs === undefined) return;
  let from: AlertPlace | undefined;
  do {
    await engine.tell([], (tx) => {
      from = store.alertPruning.step(tx, from, nowMs - retentionMs, (threadId) => outbox.owes(threadId));
    });
  } while (from !== undefined && !(await clock.sleep(REST_MS, signal)));
}
