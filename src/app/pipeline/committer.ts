/**
 * The only writer of the alerting state. Takes inputs one after the other. Folds each input into the detector, then makes it durable in one
 * transaction with its position and the messages it caused. Nobody is told anything before that.
 */
import type { Transition } from '../../event/alert.ts';
import type { Clock } from '../../event/clock.ts';
import type { Transaction } from '../../event/state-tables.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Detector } from '../../detect/detector.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import type { StateStore } from '../../detect/store/store.ts';
import { isFixable } from '../../event/fixable-error.ts';
import type { Outbox } from '../../notify/outbox/outbox.ts';
import type { OutboxRow } from '../../notify/outbox-row.ts';
import type { Engine, Moved } from '../types.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createDiskPatience } from './disk-patience.ts';
import { createSaving } from './saving.ts';

export interface EngineOptions {
  readonly detector: Detector;
  readonly store: StateStore;
  readonly outbox: Outbox;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'nowMs' | 'steadyMs' | 'sleep'>;
  /**
   * Creates a plan for the transitions of one input, which share the texts that they show. The plan returns the messages that a transition
   * causes.
   */
  planner(): (transition: Transition) => readonly OutboxRow[];
  /** Called after an input with transitions has become durable. */
  onTransitions(transitions: readonly Transition[]): void;
  /** Minimum growth of the journal between two checkpoints, in bytes (checkpoints.ts). */
  readonly logBytesMin?: number;
}

export function createEngine(options: EngineOptions): Engine {
  const { detector, store, telemetry, clock } = options;
  const turns = createTurns();
  const health = createHealth();
  const disk = createDiskPatience(telemetry, clock);
  const closing = new AbortController();
  let lastSeq = 0;
  const checkpoints = createCheckpoints({ ...options, lastSeq: () => lastSeq });
  const saving = createSaving({
    checkpoints,
    disk,
    clock,
    inTurn: turns.take,
    closing: closing.signal,
    fail: (error) => void health.fail(error),
  });

  const refuse = (): void => {
    closing.signal.throwIfAborted();
    health.throwIfBroken();
  };
  const told = (transitions: readonly Transition[]): void => {
    if (transitions.length > 0) options.onTransitions(transitions);
  };

  const takeOne = async (
    input: DetectInput,
    moved: Moved | undefined,
    begin: (() => void) | undefined,
  ): Promise<void> => {
    refuse();
    begin?.();
    const transitions = health.watching(() => detector.step(input));
    // The detector has already taken the input. An error other than one of the disk would leave it ahead of the state and the messages, so
    // it breaks the engine.
    lastSeq = await disk.persistently(() =>
      health.watching(() => write(options, input, transitions, moved), isOfDisk),
    );
    saving.goOn();
    told(transitions);
  };

  const tellOne = async (
    transitions: readonly Transition[],
    note: (tx: Transaction) => void,
  ): Promise<void> => {
    refuse();
    await disk.persistently(() =>
      store.transaction((tx) => {
        record(tx, options, transitions);
        note(tx);
      }),
    );
    told(transitions);
  };

  return {
    take: (input, moved, begin) => turns.take(() => takeOne(input, moved, begin)),
    tell: (transitions, note) => turns.take(() => tellOne(transitions, note)),
    problem: disk.problem,
    unwritable: disk.unwritable,
    report: () => detector.report(),
    reportOf: (rule) => detector.reportOf(rule),
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

const isOfDisk = (error: unknown): boolean => isFixable(error, 'state');

/** Writes an input with its transitions, their messages and the position that it moves. Returns the number of the input in the journal. */
function write(
  options: Pick<EngineOptions, 'store' | 'outbox' | 'planner'>,
  input: DetectInput,
  transitions: readonly Transition[],
  moved: Moved | undefined,
): number {
  const { store } = options;
  return store.transaction((tx) => {
    const seq = store.append(tx, input);
    if (moved !== undefined) store.setPosition(tx, moved.source, moved.partition, moved.position);
    record(tx, options, transitions);
    return seq;
  });
}

function record(
  tx: Transaction,
  { store, outbox, planner }: Pick<EngineOptions, 'store' | 'outbox' | 'planner'>,
  transitions: readonly Transition[],
): void {
  if (transitions.length === 0) return;
  const plan = planner();
  for (const transition of transitions) {
    store.recordEpisode(tx, transition);
    if (transition.announce) outbox.add(tx, plan(transition));
  }
}

/** Runs work one piece after the other, in the order in which it was handed in. */
interface Turns {
  readonly take: (work: () => Promise<void>) => Promise<void>;
  /** Resolves when all work is done that was handed in so far. */
  last(): Promise<void>;
}

function createTurns(): Turns {
  let tail: Promise<void> = Promise.resolve();
  return {
    take(work) {
      const done = tail.then(work);
      tail = done.catch(() => undefined);
      return done;
    },
    last: () => tail,
  };
}

/** Remembers whether the state in memory can be trusted. */
interface Health {
  /** Rejects with the first error that broke the state. */
  readonly failed: Promise<never>;
  fail(error: unknown): Error;
  isBroken(): boolean;
  throwIfBroken(): void;
  /** Returns the result of `work`. An error of `work` breaks the state, unless `isHarmless` returns true for it. */
  watching<T>(work: () => T, isHarmless?: (error: unknown) => boolean): T;
}

function createHealth(): Health {
  let broken: Error | undefined;
  const failed = Promise.withResolvers<never>();
  // `failed` is told to whoever waits for it. Where nobody does, the next input is refused.
  failed.promise.catch(() => undefined);
  const fail = (error: unknown): Error => {
    broken ??= error instanceof Error ? error : new Error(String(error));
    failed.reject(broken);
    return broken;
  };
  return {
    failed: failed.promise,
    fail,
    isBroken: () => broken !== undefined,
    throwIfBroken() {
      if (broken !== undefined) throw broken;
    },
    watching(work, isHarmless) {
      try {
        return work();
      } catch (error) {
        if (isHarmless?.(error) === true) throw error;
        throw fail(error);
      }
    },
  };
}
