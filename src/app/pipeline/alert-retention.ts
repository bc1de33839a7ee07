/**
 * Forgets alerts that are over for longer than `alerts.retention`, in small steps between the inputs. What detection needs of the past is in its own
 * state, and what people are still owed is in the outbox: the table is for those who ask what was.
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
/** Between two steps: each is a transaction on the disk that the stream writes to. */
const REST_MS = 100;

/** Goes through the table once, and again each hour; what escapes is told, and it begins again. The result ends that. */
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
  // An engine that has failed takes nothing more, and ends the process itself.
  engine.failed.catch(() => stop.abort());
  void keepGoing('retention', rounds, { telemetry, clock, stop: stop.signal });
  return () => stop.abort();
}

/** One round. Rejects as `tell` does. */
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
