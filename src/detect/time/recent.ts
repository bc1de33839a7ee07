/**
 * The latest final matches of all rules. A match that comes too late is judged together with them (judged-aside.ts). They are not part of
 * the state: after a restart, the list fills anew.
 */
import { PartitionNumbers } from '../columns/partition-numbers.ts';
import { noDoubles, noWords, withAmpleRoom } from '../columns/columns.ts';
import type { Waiting } from '../input/waiting.ts';

export interface Recent {
  /** Keeps a match, which may change afterwards. */
  keep(rule: string, match: Waiting): void;
  /** The matches of a rule, in the order in which they became final. */
  of(rule: string): readonly Waiting[];
  /** Greatest time of a match that is no longer kept; −Infinity while every match is kept. */
  readonly lostMs: number;
}

/** Bounds the memory: a match takes about 100 bytes. */
const DEFAULT_CAPACITY = 20_000;

export function createRecent(capacity = DEFAULT_CAPACITY): Recent {
  return new RecentRing(capacity);
}

/** A ring in columns. The oldest match is at `#next`, once the ring is full. */
class RecentRing implements Recent {
  readonly #capacity: number;
  readonly #rules: string[] = [];
  readonly #keys: string[] = [];
  #timesMs = noDoubles;
  #offsets = noDoubles;
  #partitionOf = noWords;
  readonly #partitions = new PartitionNumbers();
  readonly #conditions: (readonly string[])[] = [];
  readonly #values: Waiting['values'][] = [];
  #next = 0;
  #lostMs = -Infinity;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  keep(rule: string, match: Waiting): void {
    const at = this.#next;
    if (at < this.#rules.length) this.#lostMs = Math.max(this.#lostMs, this.#timesMs[at]!);
    else if (at >= this.#timesMs.length) this.#enlarge(at + 1);
    const { source, partition, offset } = match.position;
    this.#rules[at] = rule;
    this.#keys[at] = match.key;
    this.#timesMs[at] = match.timeMs;
    this.#offsets[at] = offset;
    this.#partitionOf[at] = this.#partitions.of(source, partition);
    this.#conditions[at] = match.conditions;
    this.#values[at] = match.values;
    this.#next = at + 1 === this.#capacity ? 0 : at + 1;
  }

  of(rule: string): readonly Waiting[] {
    const found: Waiting[] = [];
    const { length } = this.#rules;
    for (let i = 0; i < length; i++) {
      const at = (this.#next + i) % length;
      if (this.#rules[at] !== rule) continue;
      const number = this.#partitionOf[at]!;
      const [source, partition] = [this.#partitions.source(number), this.#partitions.partition(number)];
      found.push({
        key: this.#keys[at]!,
        timeMs: this.#timesMs[at]!,
        position: { source, partition, offset: this.#offsets[at]! },
        conditions: this.#conditions[at]!,
        values: this.#values[at]!,
      });
    }
    return found;
  }

  get lostMs(): number {
    return this.#lostMs;
  }

  #enlarge(length: number): void {
    this.#timesMs = withAmpleRoom(this.#timesMs, length);
    this.#offsets = withAmpleRoom(this.#offsets, length);
    this.#partitionOf = withAmpleRoom(this.#partitionOf, length);
  }
}
