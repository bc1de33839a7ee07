/**
 * Takes inputs that wait side by side: folds each into the detector, then makes all of them durable in one transaction, each with its
 * position and the messages that it caused. Nobody is told anything before that.
 */
import type { Detector } from '../../detect/detector.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import type { StateStore } from '../../detect/store/store.ts';
import type { Transition } from '../../event/alert.ts';
import { isFixable } from '../../event/fixable-error.ts';
import type { Transaction } from '../../event/state-tables.ts';
import type { OutboxRow } from '../../notify/outbox-row.ts';
import type { Outbox } from '../../notify/outbox/outbox.ts';
import type { Moved } from '../types.ts';
import type { DiskPatience } from './disk-patience.ts';
import type { StateHealth } from './state-health.ts';
import type { Handed, TurnsOptions } from './turns.ts';

/** The places where a transition and its messages are written. */
export interface Recording {
  readonly store: StateStore;
  readonly outbox: Outbox;
  /**
   * Creates a plan for the transitions of one input, which share the texts that they show. The plan returns the messages that a transition
   * causes.
   */
  readonly planner: () => (transition: Transition) => readonly OutboxRow[];
}

/** Returns a transition as people are to be told of it, and notes what they are not told. Absent: they are told of every transition. */
export type Telling = (tx: Transaction, transition: Transition) => Transition;

export interface TakingOptions extends Recording {
  readonly detector: Detector;
  readonly telling?: Telling;
  readonly disk: Pick<DiskPatience, 'persistently'>;
  readonly health: Pick<StateHealth, 'watching' | 'throwIfBroken'>;
  /** Throws if no input may be taken any more. */
  readonly refuse: () => void;
  /** Called for each input that has become durable, in order. Where it throws, the taking of that input rejects. */
  readonly durable: (transitions: readonly Transition[]) => void;
}

/** An input that was handed in. `begin`: called when everything that was handed in before it is durable. */
interface Taken {
  readonly input: DetectInput;
  readonly moved: Moved | undefined;
  readonly begin: (() => void) | undefined;
}

/** An input that the detector has taken. */
interface Stepped extends Handed<Taken> {
  readonly transitions: readonly Transition[];
}

export interface Taking extends TurnsOptions<Taken> {
  /** Returns the number of the last row of the journal. */
  readonly lastSeq: () => number;
}

/** Bound of the matches that share a transaction. Some thousand cost as much as a transaction; more would make the first input wait. */
const SHARED_MATCHES_MAX = 5_000;
const SHARED_INPUTS_MAX = 64;

export function createTaking(options: TakingOptions): Taking {
  const { detector, disk, health, refuse, durable } = options;
  let lastSeq = 0;

  /** Folds inputs into the detector up to the first that fails, which breaks the engine. The ones before it are as good as ever. */
  const stepped = (group: readonly Handed<Taken>[]): readonly Stepped[] => {
    const all: Stepped[] = [];
    for (const each of group) {
      try {
        all.push({ ...each, transitions: health.watching(() => detector.step(each.thing.input)) });
      } catch {
        // `health` has the error, and gives it to those that are left.
        break;
      }
    }
    return all;
  };

  /** Writes inputs in one transaction. Resolves to false if one of them cannot be written on any disk. */
  const writeTogether = async (all: readonly Stepped[]): Promise<boolean> => {
    try {
      lastSeq = await disk.persistently(() => write(options, all));
      return true;
    } catch (error) {
      if (isOfDisk(error)) throw error;
      return false;
    }
  };

  /** Writes an input. An error other than one of the disk leaves the detector ahead of the journal, so it breaks the engine. */
  const writeAlone = async (one: Stepped): Promise<void> => {
    lastSeq = await disk.persistently(() => health.watching(() => write(options, [one]), isOfDisk));
  };

  const finish = ({ transitions, resolve, reject }: Stepped): void => {
    try {
      durable(transitions);
      resolve();
    } catch (error) {
      reject(error);
    }
  };

  return {
    lastSeq: () => lastSeq,
    mayJoin,
    async together(group) {
      refuse();
      group[0]!.thing.begin?.();
      const all = stepped(group);
      if (all.length > 1 && (await writeTogether(all))) all.forEach(finish);
      else
        for (const one of all) {
          await writeAlone(one);
          finish(one);
        }
      health.throwIfBroken();
    },
  };
}

const isOfDisk = (error: unknown): boolean => isFixable(error, 'state');

/** An input with `begin` waits until what is before it is durable, so it comes first in its transaction. */
function mayJoin(thing: Taken, group: readonly Handed<Taken>[]): boolean {
  if (thing.begin !== undefined || group.length >= SHARED_INPUTS_MAX) return false;
  const matches = group.reduce((sum, each) => sum + matchesOf(each.thing), matchesOf(thing));
  return matches <= SHARED_MATCHES_MAX;
}

const matchesOf = ({ input }: Taken): number => (input.kind === 'batch' ? input.matches.length : 0);

/**
 * Writes inputs with their transitions, the messages of these and the positions that they move. Returns the number of the last input in the
 * journal.
 */
function write(recording: Recording & Pick<TakingOptions, 'telling'>, all: readonly Stepped[]): number {
  const { store, telling } = recording;
  return store.transaction((tx) => {
    let seq = 0;
    for (const { thing, transitions } of all) {
      const { input, moved } = thing;
      seq = store.append(tx, input);
      if (moved !== undefined) store.setPosition(tx, moved.source, moved.partition, moved.position);
      record(tx, recording, transitions, telling);
    }
    return seq;
  });
}

/** Writes transitions with the messages that they cause. */
export function record(
  tx: Transaction,
  { store, outbox, planner }: Recording,
  transitions: readonly Transition[],
  telling: Telling = (_, transition) => transition,
): void {
  if (transitions.length === 0) return;
  const plan = planner();
  for (const transition of transitions) {
    store.recordEpisode(tx, transition);
    const told = telling(tx, transition);
    if (told.announce) outbox.add(tx, plan(told));
  }
}
