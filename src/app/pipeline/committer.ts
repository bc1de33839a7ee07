/**
 * The one writer of the alerting state. Takes inputs one after the other: folds each into the detector, then makes it durable in
 * one transaction with the position it came from and the messages it caused. Nothing is told to anyone before that.
 */
import type { Transition } from '../../event/alert.ts';
import type { Clock } from '../../event/clock.ts';
import type { Transaction } from '../../event/state-tables.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Detector } from '../../detect/detector.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import { type StateStore } from '../../detect/store/store.ts';
import type { Outbox } from '../../notify/outbox/outbox.ts';
import type { OutboxRow } from '../../notify/outbox-row.ts';
import { createSnapshots } from './checkpoints.ts';
import { sleep } from '../../event/waiting.ts';
import type { Engine, Moved, Unwritable } from '../types.ts';
import { isFixable, type FixableError } from '../../event/fixable-error.ts';

export interface EngineOptions {
  readonly detector: Detector;
  readonly store: StateStore;
  readonly outbox: Outbox;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** For the transitions of one input, which share what they show: gives the messages that each causes. */
  planner(): (transition: Transition) => readonly OutboxRow[];
  /** After an input with transitions became durable. */
  onTransitions(transitions: readonly Transition[]): void;
  /** Least growth of the match log between two snapshots (checkpoints.ts). */
  readonly leastLogChars?: number;
}

const retryMs = 1_000;
/** How long a stop may be spent on a last snapshot; without it the next start replays the log behind the one before. */
const lastSnapshotMs = 1_500;

export function createEngine(options: EngineOptions): Engine {
  const { detector, store, telemetry, clock } = options;
  let tail: Promise<void> = Promise.resolve();
  let problem: string | undefined;
  let unwritableSinceMs: number | undefined;
  let unwritable: Unwritable | undefined;
  let lastSeq = 0;
  let saving: Promise<void> | undefined;
  /** What the detector, the messages of its transitions or a snapshot could not get over. */
  let broken: Error | undefined;
  const failed = Promise.withResolvers<never>();
  // Whoever watches is told; where nobody does, the next input is refused.
  failed.promise.catch(() => undefined);
  const fail = (error: unknown): Error => {
    broken ??= error instanceof Error ? error : new Error(String(error));
    failed.reject(broken);
    return broken;
  };
  /** From now on nothing waits for the disk. */
  const ending = new AbortController();
  const closing = new AbortController();
  const { leastLogChars } = options;
  const snapshots = createSnapshots({
    detector,
    store,
    lastSeq: () => lastSeq,
    ...(leastLogChars !== undefined && { leastLogChars }),
  });

  const write = (input: DetectInput, transitions: readonly Transition[], moved: Moved | undefined): number =>
    store.transaction((tx) => {
      const seq = store.append(tx, input);
      if (moved !== undefined) store.setPosition(tx, moved.source, moved.partition, moved.position);
      record(tx, transitions);
      return seq;
    });

  const record = (tx: Transaction, transitions: readonly Transition[]): void => {
    if (transitions.length === 0) return;
    const plan = options.planner();
    for (const transition of transitions) {
      store.recordEpisode(tx, transition);
      if (transition.announce) options.outbox.add(tx, plan(transition));
    }
  };

  const tellOne = async (
    transitions: readonly Transition[],
    write: (tx: Transaction) => void,
  ): Promise<void> => {
    closing.signal.throwIfAborted();
    if (broken !== undefined) throw broken;
    await persistently(() =>
      store.transaction((tx) => {
        record(tx, transitions);
        write(tx);
      }),
    );
    if (transitions.length > 0) options.onTransitions(transitions);
  };

  const judged = (input: DetectInput): readonly Transition[] => {
    try {
      return detector.step(input);
    } catch (error) {
      throw fail(error);
    }
  };

  /** The detector has gone on: what keeps its transitions from the disk for good leaves it ahead of all that anybody is told. */
  const written = (
    input: DetectInput,
    transitions: readonly Transition[],
    moved: Moved | undefined,
  ): number => {
    try {
      return write(input, transitions, moved);
    } catch (error) {
      throw isFixable(error, 'state') ? error : fail(error);
    }
  };

  const takeOne = async (
    input: DetectInput,
    moved: Moved | undefined,
    begin: (() => void) | undefined,
  ): Promise<void> => {
    closing.signal.throwIfAborted();
    if (broken !== undefined) throw broken;
    begin?.();
    const transitions = judged(input);
    lastSeq = await persistently(() => written(input, transitions, moved));
    saving ??= saveState()
      .catch((error: unknown) => void fail(error))
      .finally(() => (saving = undefined));
    if (transitions.length > 0) options.onTransitions(transitions);
  };

  const writable = (problem: string): void => {
    telemetry.log.info({ 'event.action': 'state-writable' }, 'state is written again');
    const untilMs = clock.nowMs();
    unwritable = { sinceMs: unwritableSinceMs ?? untilMs, untilMs, problem };
    unwritableSinceMs = undefined;
  };

  /** Tries again while the disk does not let us: memory is ahead of the disk then, so nothing else may be taken meanwhile. */
  const persistently = async <T>(work: () => T): Promise<T> => {
    for (;;) {
      try {
        const result = work();
        if (problem !== undefined) writable(problem);
        problem = undefined;
        return result;
      } catch (error) {
        if (!isFixable(error, 'state')) throw error;
        unwritableSinceMs ??= clock.nowMs();
        problem ??= report(telemetry, error);
        if (ending.signal.aborted) throw error;
        await sleep(retryMs, ending.signal);
      }
    }
  };

  /** Slices of a snapshot take turns with the inputs. */
  const saveState = async (): Promise<void> => {
    while (snapshots.isBusy && !closing.signal.aborted) {
      await inTurn(() => persistently(() => snapshots.slice()));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = tail.then(work);
    tail = done.catch(() => undefined);
    return done;
  };

  const saveLast = async (): Promise<void> => {
    if (!snapshots.isBehind) return;
    const untilMs = performance.now() + lastSnapshotMs;
    snapshots.request();
    while (snapshots.isBusy && performance.now() < untilMs) await persistently(() => snapshots.slice());
  };

  return {
    take: (input, moved, begin) => inTurn(() => takeOne(input, moved, begin)),
    tell: (transitions, write) => inTurn(() => tellOne(transitions, write)),
    problem: () => problem,
    unwritable: () => unwritable,
    report: () => detector.report(),
    reportOf: (rule) => detector.reportOf(rule),
    backlog: detector,
    failed: failed.promise,
    async close() {
      ending.abort();
      // One that waits for the disk tries once more; those behind it need not.
      const last = tail;
      if (problem !== undefined) closing.abort(new Error('stopped'));
      await last;
      if (problem === undefined && broken === undefined) await saveLast().catch(() => undefined);
      closing.abort(new Error('stopped'));
    },
  };
}

function report(telemetry: Telemetry, error: FixableError): string {
  const reason = error.message;
  const text = `${reason} ${error.fix} Until then reading waits.`;
  telemetry.log.error({ 'event.action': 'state-unwritable', 'error.message': reason }, text);
  return text;
}
