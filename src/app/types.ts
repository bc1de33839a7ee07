/** The contracts between the folders of app. The folders import this file and never one another. */
import type { Writable } from 'node:stream';
import type { BatchInput, DetectInput, RulesPart } from '../detect/input/input.ts';
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

/** One line of /readyz. `fatal`: the process is not doing its work; otherwise it does, less well. */
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
  /** The machine's by default. */
  readonly clock?: Clock;
  /** Where the terminal channel writes; standard output by default. */
  readonly terminal?: Writable;
  /** Told every transition once it is durable: the demo's summary. */
  readonly onTransition?: (transition: Transition) => void;
  /** In [0, 1): the jitter of delivery; the machine's by default. */
  readonly random?: () => number;
  readonly limits?: RunLimits;
}

/** Bounds that are the product's own where they are absent: with smaller ones a simulation reaches them. */
interface RunLimits {
  /** Least growth of the match log between two snapshots (pipeline/checkpoints.ts). */
  readonly logCharsMin?: number;
  /** Most matches that may wait to be settled (pipeline/alignment.ts). */
  readonly waitingMax?: number;
  /** How long a message that is refused for good is tried again. */
  readonly giveUpAfterMs?: number;
}

/** Events that were read at once from a partition. */
export interface BatchRead extends Pick<BatchInput, 'source' | 'partition' | 'clockMs' | 'lastTimeMs'> {
  readonly events: number;
}

/** One source being read for one purpose (pipeline/reading.ts). */
export interface ReadLoop {
  readonly source: LogSource;
  readonly reader: LogReader;
  /** Resolves when the source has ended or the loop was stopped; rejects with what `take` or the reader could not get over. */
  readonly ended: Promise<void>;
  /** Takes no further batch; the one in hand is finished. */
  stop(): void;
}

/** Matches that wait in the detector, as alignment asks for them. */
export interface BufferedMatches {
  /** Matches that wait to be settled, of all rules. */
  waiting(): number;
  /** When something of a rule is next due; Infinity: never, unless an event comes. */
  nextMs(): number;
  /** Partitions for which they wait, and those that are ahead. */
  uneven(): Uneven;
}

/** A partition and where its reader goes on once the input is durable. */
export interface Moved {
  readonly source: string;
  readonly partition: number;
  readonly position: StoredPosition;
}

/** A stretch of time in which the state could not be written. Times are ms since epoch. */
export interface Unwritable {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly problem: string;
}

/** The one writer of the alerting state (pipeline/committer.ts). */
export interface Engine {
  /**
   * Resolves when the input is durable; waits as long as the disk is full. Rejects after `close`. `inTurn` is called when everything that
   * was handed in before is durable with its messages.
   */
  take(input: DetectInput, moved?: Moved, inTurn?: () => void): Promise<void>;
  /**
   * Makes durable what is no input of the detector, in its turn and in one transaction: alerts about Tocsin itself with their
   * messages, and what `write` writes. Waits and rejects as `take` does.
   */
  tell(transitions: readonly Transition[], write: (tx: Transaction) => void): Promise<void>;
  /** What keeps inputs from becoming durable, for /readyz. */
  readonly problem: () => string | undefined;
  /** The last time that they could not, once it was over. Times are ms since epoch. */
  readonly unwritable: () => Unwritable | undefined;
  report(): readonly RuleReport[];
  reportOf(rule: string): RuleReport | undefined;
  readonly buffered: BufferedMatches;
  /**
   * Rejects with what escaped from the detector, from the messages of its transitions, or from a snapshot. Nobody may believe the
   * state in memory then: nothing more is taken, no snapshot is written, and the process must end; the next one begins with what is on
   * the disk.
   */
  readonly failed: Promise<never>;
  /**
   * Writes a snapshot if there is time for it, so that the next start has little to replay. What cannot be written is tried once more,
   * then given up: `problem` says so, and the next start reads it again. Takes nothing more.
   */
  close(): Promise<void>;
}

/** The rules that run now (rules/in-force.ts). */
export interface RulesInForce {
  ruleset(): Ruleset;
  readonly matcher: () => Matcher;
  rule(name: string): Rule | undefined;
  /** Why the folder as it stands now does not run. */
  readonly problem: () => string | undefined;
  /**
   * Tells whenever the folder has changed since it was read first, until the result is called. What comes while it is being read is a
   * change.
   */
  watch(told: RulesWatcher): () => void;
  /**
   * Reads the folder again, without keeping the stream waiting meanwhile. Calls `inForce` with each part of the change at the very
   * moment when lines are matched by its rules, before any batch can be, and goes on once that is done; an invalid or a superseded set
   * changes nothing, and gives false.
   */
  reload(inForce: PutInForce): Promise<boolean>;
}

/** Who is told of the rules folder (rule/watch.ts). */
export interface RulesWatcher {
  /** The change is taken up when what it gives is resolved. */
  readonly onChange: () => Promise<void>;
  /** A file of it changes all the time; undefined: no more. */
  readonly onUnrest: (file: string | undefined) => void;
}

/**
 * Puts a part into force behind what was matched before it. `enter` is to be called when all of that has been told: from then on `rule`
 * gives the new ones.
 */
export type PutInForce = (part: RulesPart, enter: () => void) => Promise<void>;

/** A receiver that does not get its messages. */
export interface ReceiverState {
  readonly receiver: string;
  readonly problem?: string;
  readonly waiting: number;
  readonly oldestMs?: number;
  /** Given up lately, with nothing delivered since. */
  readonly givenUp: number;
}

/** How the archive stands, as people are told of it. */
export interface ArchiveState {
  /** Age of the oldest line that is read and not yet safe in it. */
  readonly lagMs: number;
  /** What keeps lines from it, and since when (ms since epoch). */
  readonly problem?: string;
  readonly sinceMs?: number;
}

/** What happened to the process itself. Times are ms since epoch. */
export interface ProcessState {
  /** The clock of the machine was set, or ran away: by how much (negative: back). */
  readonly clockJump?: { readonly atMs: number; readonly byMs: number };
  /** The last time that the state could not be written, once it could be again. */
  readonly unwritable?: Unwritable;
}
