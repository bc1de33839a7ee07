/** Asks for the ends of a topic, and knows how long the answer can be trusted. Reports once that Kafka is gone, and once that it is back. */
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { TopicEnds } from './ends.ts';
import type { ReadPosition } from './place.ts';
import type { OpenedTopic, TopicLog } from './topic-log.ts';

/** Ends that are older than this prove nothing any more. */
const FRESH_MS = 10_000;

export interface ReachParts {
  readonly source: string;
  readonly topic: string;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Explains an error of Kafka for people. */
  explain(error: unknown): string;
}

export class Reach {
  readonly #parts: ReachParts;
  readonly #log: TopicLog;
  #ends: ReadonlyMap<number, TopicEnds>;
  /**
   * When the ends that were answered last were asked for: by the clock, and by a clock that nobody sets (and that stops while the machine
   * sleeps).
   */
  #askedAtMs = 0;
  #askedAtSteadyMs = 0;
  #problem: string | undefined;

  /** `ends` are the ends that were answered when the topic was opened. */
  constructor(parts: ReachParts, { log, ends }: Pick<OpenedTopic, 'log' | 'ends'>) {
    this.#parts = parts;
    this.#log = log;
    this.#ends = ends;
  }

  /** True when the ends, and so the list of partitions, were asked for lately and answered. */
  get fresh(): boolean {
    return (
      this.#problem === undefined &&
      this.#parts.clock.wallMs() - this.#askedAtMs < FRESH_MS &&
      performance.now() - this.#askedAtSteadyMs < FRESH_MS
    );
  }

  /** The reason why Kafka does not answer at the moment. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The ends that were answered last, for every partition of the topic. */
  get lastEnds(): ReadonlyMap<number, TopicEnds> {
    return this.#ends;
  }

  /** Asks for the ends; undefined when Kafka did not answer. */
  async ends(): Promise<ReadonlyMap<number, TopicEnds> | undefined> {
    const [askedAtMs, askedAtSteadyMs] = [this.#parts.clock.wallMs(), performance.now()];
    const ends = await this.#ask(() => this.#log.ends());
    if (ends === undefined) return undefined;
    this.#ends = ends;
    this.#askedAtMs = askedAtMs;
    this.#askedAtSteadyMs = askedAtSteadyMs;
    return ends;
  }

  /** Asks for the committed offsets of the group; undefined when Kafka did not answer. */
  async committed(): Promise<ReadonlyMap<number, ReadPosition> | undefined> {
    return this.#ask(() => this.#log.committed());
  }

  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    const { source, topic, telemetry } = this.#parts;
    try {
      const answer = await question();
      if (this.#problem !== undefined) {
        const fields = { 'event.action': 'kafka-reachable', 'tocsin.source': source };
        telemetry.log.info(fields, `source ${source}: ${topic} answers again`);
      }
      this.#problem = undefined;
      return answer;
    } catch (error) {
      const reason = this.#parts.explain(error);
      if (this.#problem === undefined) {
        telemetry.log.warn(
          { 'event.action': 'kafka-unreachable', 'tocsin.source': source, 'error.message': reason },
          `source ${source}: ${topic} cannot be asked (${reason}); reading goes on when Kafka answers`,
        );
      }
      this.#problem = reason;
      return undefined;
    }
  }
}
