/** Asks for the ends of a topic and knows how far the answer can be trusted; says once that Kafka is gone, and once that it is back. */
import type { Telemetry } from '../../event/telemetry.ts';
import type { TopicEnds } from './ends.ts';
import type { ReadPosition } from './place.ts';
import type { OpenedTopic, TopicLog } from './topic-log.ts';

/** Ends older than this no longer vouch for anything. */
const freshMs = 10_000;

export class Reach {
  readonly #source: string;
  readonly #topic: string;
  readonly #telemetry: Telemetry;
  readonly #log: TopicLog;
  readonly #explain: (error: unknown) => string;
  #ends: ReadonlyMap<number, TopicEnds>;
  /** When the ends were asked for that were answered last, by the clock and by one that nobody sets (and that a sleeping machine stops). */
  #askedAtMs = 0;
  #askedAtSteadyMs = 0;
  #problem: string | undefined;

  /** `ends`: as they were answered at the opening. `explain` says what a failure means. */
  constructor(
    source: string,
    topic: string,
    telemetry: Telemetry,
    { log, ends }: Pick<OpenedTopic, 'log' | 'ends'>,
    explain: (error: unknown) => string,
  ) {
    this.#source = source;
    this.#topic = topic;
    this.#telemetry = telemetry;
    this.#log = log;
    this.#explain = explain;
    this.#ends = ends;
  }

  /** The ends, and with them the partitions that there are, were asked for lately, with an answer. */
  get fresh(): boolean {
    return (
      this.#problem === undefined &&
      Date.now() - this.#askedAtMs < freshMs &&
      performance.now() - this.#askedAtSteadyMs < freshMs
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
    const [askedAtMs, askedAtSteadyMs] = [Date.now(), performance.now()];
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
    try {
      const answer = await question();
      if (this.#problem !== undefined) {
        const fields = { 'event.action': 'kafka-reachable', 'tocsin.source': this.#source };
        this.#telemetry.log.info(fields, `source ${this.#source}: ${this.#topic} answers again`);
      }
      this.#problem = undefined;
      return answer;
    } catch (error) {
      const reason = this.#explain(error);
      if (this.#problem === undefined) {
        this.#telemetry.log.warn(
          { 'event.action': 'kafka-unreachable', 'tocsin.source': this.#source, 'error.message': reason },
          `source ${this.#source}: ${this.#topic} cannot be asked (${reason}); reading goes on when Kafka answers`,
        );
      }
      this.#problem = reason;
      return undefined;
    }
  }
}
