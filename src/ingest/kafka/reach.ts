/** Asks for the ends of a topic and knows how far the answer can be trusted; says once that Kafka is gone, and once that it is back. */
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { TopicEnds } from './ends.ts';
import type { ReadPosition } from './place.ts';
import type { OpenedTopic, TopicLog } from './topic-log.ts';

/** Ends older than this no longer vouch for anything. */
const FRESH_MS = 10_000;

export interface ReachParts {
  readonly source: string;
  readonly topic: string;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** What a failure of Kafka means, for people. */
  explain(error: unknown): string;
}

export class Reach {
  readonly #parts: ReachParts;
  readonly #log: TopicLog;
  #ends: ReadonlyMap<number, TopicEnds>;
  /** When the ends were asked for that were answered last, by the clock and by one that nobody sets (and that a sleeping machine stops). */
  #askedAtMs = 0;
  #askedAtSteadyMs = 0;
  #problem: string | undefined;

  /** `ends`: as they were answered at the opening. */
  constructor(parts: ReachParts, { log, ends }: Pick<OpenedTopic, 'log' | 'ends'>) {
    this.#parts = parts;
    this.#log = log;
    this.#ends = ends;
  }

  /** The ends, and with them the partitions that there are, were asked for lately, with an answer. */
  get fresh(): boolean {
    return (
      this.#problem === undefined &&
      this.#parts.clock.wallMs() - this.#askedAtMs < FRESH_MS &&
      performance.now() - this.#askedAtSteadyMs < FRESH_MS
    );
  }

  /** Why Kafka does not answer at the moment. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** As they were last answered, for every partition of the topic. */
  get lastEnds(): ReadonlyMap<number, TopicEnds> {
    return this.#ends;
  }

  /** Undefined where Kafka did not answer. */
  async ends(): Promise<ReadonlyMap<number, TopicEnds> | undefined> {
    const [askedAtMs, askedAtSteadyMs] = [this.#parts.clock.wallMs(), performance.now()];
    const ends = await this.#ask(() => this.#log.ends());
    if (ends === undefined) return undefined;
    this.#ends = ends;
    this.#askedAtMs = askedAtMs;
    this.#askedAtSteadyMs = askedAtSteadyMs;
    return ends;
  }

  /** Undefined where Kafka did not answer. */
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
