/** Up to what time the events of some sources are all in, as the definition says it (semantics: Ground), over plain maps. */

const IDLE_AFTER_MS = 60_000;

export interface GroundSource {
  readonly name: string;
  readonly latenessMs: number;
}

interface PartitionGround {
  greatestMs: number;
  offset: number;
  isIdle: boolean;
  counts: boolean;
}

/** The partitions of all sources of a world, as the rows of its log tell of them. */
export class Ground {
  readonly #standings = new Map<
    string,
    PartitionGround & { readonly source: GroundSource; readonly partition: number }
  >();
  #tickMs = -Infinity;

  at(source: GroundSource, partition: number): PartitionGround {
    const key = `${source.name}/${partition}`;
    let standing = this.#standings.get(key);
    if (standing === undefined) {
      standing = { source, partition, greatestMs: -Infinity, offset: 0, isIdle: false, counts: false };
      this.#standings.set(key, standing);
    }
    return standing;
  }

  /** Whether an event of this time is too late for its partition. */
  isLate(source: GroundSource, partition: number, timeMs: number): boolean {
    return timeMs < this.at(source, partition).greatestMs - source.latenessMs;
  }

  /** From now on exactly these of the source count. */
  own(source: GroundSource, partitions: readonly number[]): void {
    for (const partition of partitions) this.at(source, partition);
    for (const standing of this.#standings.values())
      if (standing.source === source) standing.counts = partitions.includes(standing.partition);
  }

  /** The partitions of the source that count. */
  owned(source: GroundSource): readonly number[] {
    return [...this.#standings.values()]
      .filter((standing) => standing.source === source && standing.counts)
      .map(({ partition }) => partition);
  }

  tick(clockMs: number, isIdle: (source: GroundSource, partition: number) => boolean): void {
    this.#tickMs = clockMs;
    for (const standing of this.#standings.values())
      standing.isIdle = isIdle(standing.source, standing.partition);
  }

  /** Everything up to and including this time is settled for a rule of these sources (none: all). */
  finalMs(from: readonly string[]): number {
    const counted = [...this.#standings.values()].filter(
      ({ source, counts }) => counts && (from.length === 0 || from.includes(source.name)),
    );
    if (counted.length === 0) return -Infinity;
    const active = counted.filter(({ isIdle }) => !isIdle);
    if (active.length > 0)
      return Math.min(...active.map(({ greatestMs, source }) => greatestMs - source.latenessMs)) - 1;
    return this.#tickMs - Math.max(...counted.map(({ source }) => source.latenessMs)) - IDLE_AFTER_MS;
  }
}
