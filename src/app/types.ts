/** The contracts between the folders of app. The folders import this file and never one another. */
import type { Writable } from 'node:stream';
import type { BatchInput, DetectInput, RulesPart } from '../detect/input/input.ts';
import type { FiringEpisode } from '../detect/lifecycle/machine.ts';
import type { RuleReport } from '../detect/rule-report.ts';
import type { StoredPosition } from '../detect/store/store.ts';
import type { Uneven } from '../detect/time/watermarks.ts';
import type { Transition } from '../event/alert.ts';
import type { Clock } from '../event/clock.ts';
import type { Transaction } from '../event/state-tables.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { LogReader, LogSource } from '../ingest/source.ts';
import type { Matcher } from '../match/matcher.ts';
import type { Rule, Ruleset } from '../rule/ast.ts';

/**
 * One line of /readyz. `fatal`: while the check is not `ok`, the process does not do its work. Without `fatal` the process does its work,
 * but less well.
 */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly fatal: boolean;
  readonly detail?: string;
  readonly fix?: string;
}

/** Settings of a run that come from the program around it and not from the configuration. */
export interface RunOptions {
  readonly telemetry: Telemetry;
  /** The machine's clock by default. */
  readonly clock?: Clock;
  /** The stream that the terminal channel writes to; standard output by default. */
  readonly terminal?: Writable;
  /** Called with every transition once it is durable: for the summary of the demo. */
  readonly onTransition?: (transition: Transition) => void;
  /** Returns a number in [0, 1) for the jitter of delivery; the machine's random numbers by default. */
  readonly random?: () => number;
  readonly limits?: RunLimits;
}

/** Bounds of a run. An absent one has the product's own value. A simulation sets smaller ones so that it reaches them. */
interface RunLimits {
  /** Minimum growth of the journal between two checkpoints, in bytes (pipeline/checkpoints.ts). */
  readonly logBytesMin?: number;
  /** Maximum number of matches in the event-time buffer (pipeline/alignment.ts). */
  readonly waitingMax?: number;
  /** How long a message is sent again that a receiver refuses for good. */
  readonly giveUpAfterMs?: number;
}

/** A batch that was read from a partition, as oversight is told of it. `events`: their number. */
export interface BatchRead extends Pick<BatchInput, 'source' | 'partition' | 'clockMs' | 'lastTimeMs'> {
  readonly events: number;
}

/** The loop that reads one source for one purpose (pipeline/reading.ts). */
export interface ReadLoop {
  readonly source: LogSource;
  readonly reader: LogReader;
  /** Resolves when the source has ended or the loop was stopped. Rejects with an error of `take` or of the reader that ended the loop. */
  readonly ended: Promise<void>;
  /** Takes no further batch. The batch that is being processed is finished. */
  stop(): void;
}

/** The event-time buffer of the detector, as alignment needs to know it. */
export interface BufferedMatches {
  /** Number of matches of all rules that wait for the watermark. */
  waiting(): number;
  /** When the detector next has something to judge for a rule; Infinity where it has nothing unless an event comes. */
  nextMs(): number;
  /** The partitions that the waiting matches wait for, and the partitions that are ahead of them. */
  uneven(): Uneven;
}

/** A partition, and the position where its reader goes on once the input is durable. */
export interface Moved {
  readonly source: string;
  readonly partition: number;
  readonly position: StoredPosition;
}

/** A span of time in which the state could not be written. Times are ms since epoch. */
export interface Unwritable {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly problem: string;
}

/** The only writer of the alerting state (pipeline/committer.ts). */
export interface Engine {
  /**
   * Resolves when the input is durable; waits as long as the disk is full. Rejects after `close`. `inTurn` is called when everything that
   * was handed in before is durable, together with its messages. `alone` resolves when it is known that no input follows soon that may share
   * the transaction; without it, that is known.
   */
  take(input: DetectInput, moved?: Moved, inTurn?: () => void, alone?: Promise<unknown>): Promise<void>;
  /**
   * Makes durable what is not an input of the detector, in its turn and in one transaction: alerts about Tocsin itself with their messages,
   * and the rows that `write` writes. A function is called for the transitions in its turn, when the detector and the tables agree. Waits
   * and rejects as `take` does.
   */
  tell(
    transitions: readonly Transition[] | (() => readonly Transition[]),
    write: (tx: Transaction) => void,
  ): Promise<void>;
  /** The reason why inputs cannot become durable now, for /readyz. */
  readonly problem: () => string | undefined;
  /** The last span of time in which inputs could not become durable, once it is over. */
  readonly unwritable: () => Unwritable | undefined;
  report(): readonly RuleReport[];
  reportOf(rule: string): RuleReport | undefined;
  firing(rule: string): readonly FiringEpisode[];
  readonly buffered: BufferedMatches;
  /**
   * Rejects with an error that escaped from the detector, from the planning of messages for its transitions, or from a checkpoint. The
   * state in memory cannot be trusted then: no input is taken, no checkpoint is written, and the process must end. The next process begins
   * with the state on the disk.
   */
  readonly failed: Promise<never>;
  /**
   * Takes nothing more. Writes a checkpoint if there is time for it, so that the next start has little to replay. An input that cannot be
   * written is tried once more and then given up: `problem` says so, and the next start reads it again.
   */
  close(): Promise<void>;
}

/** The rules that run now (rules/in-force.ts). */
export interface RulesInForce {
  ruleset(): Ruleset;
  readonly matcher: () => Matcher;
  rule(name: string): Rule | undefined;
  /** The reason why the rules folder, as it is now, does not run. */
  readonly problem: () => string | undefined;
  /**
   * Calls the watcher whenever the folder has changed since it was first read, until the result is called. A change while the folder is
   * being read counts as well.
   */
  watch(told: RulesWatcher): () => void;
  /**
   * Reads the folder again, without making the stream wait. Calls `inForce` with each part of the change at the moment when lines begin to
   * be matched by its rules, before any batch can be; goes on when `inForce` has resolved. Resolves to false for an invalid or a superseded
   * set, which changes nothing.
   */
  reload(inForce: PutInForce): Promise<boolean>;
  /** Supersedes a reload that is under way. */
  close(): void;
}

/** The listener to changes of the rules folder (rule/watch.ts). */
export interface RulesWatcher {
  /** Called after a change. The change counts as taken up when the promise resolves. */
  readonly onChange: () => Promise<void>;
  /** Called with the name of a file that changes all the time, and with undefined once that has ended. */
  readonly onUnrest: (file: string | undefined) => void;
}

/**
 * Puts a part into force behind everything that was matched before it. It must call `enter` once all of that is durable with its messages.
 * From then on `RulesInForce.rule` returns the new rules.
 */
export type PutInForce = (part: RulesPart, enter: () => void) => Promise<void>;

/**
 * A receiver that does not get its messages. `waiting`: number of messages for it in the outbox. `oldestMs`: when the oldest of them was
 * written.
 */
export interface ReceiverState {
  readonly receiver: string;
  readonly problem?: string;
  readonly waiting: number;
  readonly oldestMs?: number;
  /** Number of messages given up lately, with nothing delivered since. */
  readonly givenUp: number;
}

/** The state of the archive, as people are told of it. */
export interface ArchiveState {
  /** Age of the oldest line that has been read and is not yet safe in the archive. */
  readonly lagMs: number;
  /** The reason why lines are not archived; `sinceMs`: since when, ms since epoch. */
  readonly problem?: string;
  readonly sinceMs?: number;
}

/** Events in the life of the process itself. Times are ms since epoch. */
export interface ProcessState {
  /** The last jump of the machine's clock, which was set or ran away. `byMs`: by how much; negative: back. */
  readonly clockJump?: { readonly atMs: number; readonly byMs: number };
  /** The last span of time in which the state could not be written, once it can be written again. */
  readonly unwritable?: Unwritable;
}
