/** Asks for the ends of a topic and knows how far the answer can be trusted; says once that Kafka is gone, and once that it is back. */
import type { Telemetry } from '../../event/telemetry.ts';
import type { Ends, ReadPosition } from './place.ts';
import type { TopicLog } from './topic-log.ts';

/** Ends older than this no longer vouch for anything. */
const freshMs = 10_000;

export class Reach {
  readonly #source: string;
  readonly #topic: string;
  readonly #telemetry: Telemetry;
  readonly #log: TopicLog;
  #answeredAtMs = 0;
  #reachable = true;

  constructor(source: string, topic: string, telemetry: Telemetry, log: TopicLog) {
    this.#source = source;
    this.#topic = topic;
    this.#telemetry = telemetry;
    this.#log = log;
  }

  /** The ends were asked for lately, with an answer. */
  get fresh(): boolean {
    return this.#reachable && Date.now() - this.#answeredAtMs < freshMs;
  }

  /** Undefined where Kafka did not answer. */
  async ends(): Promise<ReadonlyMap<number, Ends> | undefined> {
    return this.#ask(() => this.#log.ends());
  }

  /** Undefined where Kafka did not answer. */
  async committed(): Promise<ReadonlyMap<number, ReadPosition> | undefined> {
    return this.#ask(() => this.#log.committed());
  }

  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await question();
      this.#answeredAtMs = Date.now();
      if (!this.#reachable) {
        const fields = { 'event.action': 'kafka-reachable', 'tocsin.source': this.#source };
        this.#telemetry.log.info(fields, `source ${this.#source}: ${this.#topic} answers again`);
      }
      this.#reachable = true;
      return answer;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#reachable) {
        this.#telemetry.log.warn(
          { 'event.action': 'kafka-unreachable', 'tocsin.source': this.#source, 'error.message': reason },
          `source ${this.#source}: ${this.#topic} cannot be asked (${reason}); reading goes on when Kafka answers`,
        );
      }
      this.#reachable = false;
      return undefined;
    }
  }
}
