/**
 * The only writer of the alerting state. Inputs (taking.ts), alerts about Tocsin itself and slices of a checkpoint take turns. Nobody is
 * told anything before it is durable.
 */
import type { Transition } from '../../event/alert.ts';
import type { Clock } from '../../event/clock.ts';
import type { Transaction } from '../../event/state-tables.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Detector } from '../../detect/detector.ts';
import type { Engine } from '../types.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createDiskPatience } from './disk-patience.ts';
import { createSaving } from './saving.ts';
import { createStateHealth } from './state-health.ts';
import { createTaking, record, type Recording, type Telling } from './taking.ts';
import { createTurns } from './turns.ts';

export interface EngineOptions extends Recording {
  readonly detector: Detector;
  readonly telling?: Telling;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'nowMs' | 'steadyMs' | 'sleep'>;
  /** Called after an input with transitions has become durable. */
  onTransitions(transitions: readonly Transition[]): void;
  /** Minimum growth of the journal between two checkpoints, in bytes (checkpoints.ts). */
  readonly logBytesMin?: number;
}

export function createEngine(options: EngineOptions): Engine {
  const { detector, store, telemetry, clock } = options;
  const health = createStateHealth();
  const disk = createDiskPatience(telemetry, clock);
  const closing = new AbortController();
  const refuse = (): void => {
    closing.signal.throwIfAborted();
    health.throwIfBroken();
  };
  const announce = (transitions: readonly Transition[]): void => {
    if (transitions.length > 0) options.onTransitions(transitions);
  };
  const taking = createTaking({
    ...options,
    disk,
    health,
    refuse,
    durable(transitions) {
      saving.goOn();
      announce(transitions);
    },
  });
  const turns = createTurns(taking);
  const checkpoints = createCheckpoints({ ...options, lastSeq: taking.lastSeq });
  const saving = createSaving({
    checkpoints,
    disk,
    clock,
    inTurn: (work) =>
      turns.take(() => {
        // The detector may be ahead of the journal.
        health.throwIfBroken();
        return work();
      }),
    closing: closing.signal,
    fail: (error) => void health.fail(error),
  });

  const tellOne = async (
    told: readonly Transition[] | (() => readonly Transition[]),
    note: (tx: Transaction) => void,
  ): Promise<void> => {
    refuse();
    const transitions = typeof told === 'function' ? told() : told;
    await disk.persistently(() =>
      store.transaction((tx) => {
        record(tx, options, transitions);
        note(tx);
      }),
    );
    announce(transitions);
  };

  return {
    take: (input, moved, begin, alone) => turns.join({ input, moved, begin }, alone),
    tell: (transitions, note) => turns.take(() => tellOne(transitions, note)),
    problem: disk.problem,
    unwritable: disk.unwritable,
    report: () => detector.report(),
    reportOf: (rule) => detector.reportOf(rule),
    firing: (rule) => detector.firing(rule),
    buffered: detector,
    failed: health.failed,
    async close() {
      disk.end();
      // An input that waits for the disk tries once more. The inputs behind it are refused.
      const last = turns.last();
      if (disk.problem() !== undefined) closing.abort(new Error('stopped'));
      await last;
      if (disk.problem() === undefined && !health.isBroken()) await saving.finish().catch(() => undefined);
      closing.abort(new Error('stopped'));
    },
  };
}
