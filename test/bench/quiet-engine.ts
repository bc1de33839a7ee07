/** The engine of `tocsin run` over a store, for benches: nobody is told anything. */
import { createEngine, type EngineOptions } from '../../src/app/pipeline/committer.ts';
import { restored } from '../../src/app/pipeline/restore.ts';
import type { Engine } from '../../src/app/types.ts';
import type { StateStore } from '../../src/detect/store/store.ts';
import { silent } from '../../src/event/telemetry.ts';
import { openOutbox } from '../../src/notify/outbox/outbox.ts';
import { rightClock } from '../support/clock.ts';

export function quietEngine(store: StateStore, more: Partial<EngineOptions> = {}): Engine {
  return createEngine({
    clock: rightClock(),
    detector: restored(store),
    store,
    outbox: openOutbox(store.tables, Date.now),
    telemetry: silent,
    planner: () => () => [],
    onTransitions: () => undefined,
    ...more,
  });
}
