/**
 * Plays a copy of a group forward, from its final state over the matches in the event-time buffer. It finds the firings that these lead to,
 * as far as events cause them and not deadlines. It never changes the final state.
 */
import type { Episode } from '../../event/alert.ts';
import { byteReader, byteWriter } from '../columns/bytes.ts';
import { groupValues } from '../input/group-key.ts';
import type { DetectRule } from '../input/input.ts';
import type { Waiting } from '../input/waiting.ts';
import type { Operator } from '../operator.ts';
import { createMachine, type Machine } from './machine.ts';
import type { Samples } from './samples.ts';

/** The final state of the rule, as far as a copy of one of its groups needs it. */
interface FinalGroups {
  readonly machine: Machine;
  readonly operator: Operator;
  /** Returns the slot of the group; −1 if it is not live. */
  slot(key: string): number;
  untilMs(): number;
}

export interface PlayerContext {
  readonly rule: () => DetectRule;
  /** Creates an operator of the rule's form that has seen nothing. */
  newOperator(): Operator;
  readonly samples: Samples;
  /** Returns the matches of the group in the event-time buffer, in order. */
  readonly waiting: (key: string) => readonly Waiting[];
  readonly final: FinalGroups;
}

/** The slot of the copy. */
const COPY_SLOT = 0;

export class Player {
  readonly #context: PlayerContext;
  readonly #machine: Machine;
  readonly #writer = byteWriter();
  #key = '';
  #found: Episode[] = [];
  #isDeadline = false;

  constructor(context: PlayerContext) {
    this.#context = context;
    this.#machine = createMachine(context.newOperator(), {
      rule: () => context.rule(),
      group: () => groupValues(this.#key),
      sample: (event) => context.samples.of(event),
      tell: (_slot, { kind, episode }) => {
        if (kind === 'fired' && !this.#isDeadline) this.#found.push(episode);
      },
    });
  }

  play(key: string): readonly Episode[] {
    const { waiting, final } = this.#context;
    const events = waiting(key);
    const slot = final.slot(key);
    const last = events.at(-1);
    if (last === undefined || !final.operator.mayHold(slot, events.length)) return [];
    if (slot >= 0) {
      if (final.machine.busyUntilMs(slot, final.untilMs()) > last.timeMs) return [];
      final.machine.save(slot, this.#writer);
      this.#machine.load(COPY_SLOT, byteReader(this.#writer.finish()));
    }
    this.#key = key;
    this.#found = [];
    this.#playInstants(events);
    this.#machine.clear(COPY_SLOT);
    return this.#found;
  }

  #playInstants(events: readonly Waiting[]): void {
    const machine = this.#machine;
    const lastMs = events.at(-1)!.timeMs;
    for (let i = 0; i < events.length;) {
      const atMs = events[i]!.timeMs;
      this.#isDeadline = true;
      for (let dueMs = machine.dueMs(COPY_SLOT); dueMs < atMs; dueMs = machine.dueMs(COPY_SLOT))
        machine.instant(COPY_SLOT, dueMs);
      this.#isDeadline = false;
      while (i < events.length && events[i]!.timeMs === atMs) machine.take(COPY_SLOT, events[i++]!);
      machine.instant(COPY_SLOT, atMs);
      if (machine.busyUntilMs(COPY_SLOT, atMs) > lastMs) return;
    }
  }
}
