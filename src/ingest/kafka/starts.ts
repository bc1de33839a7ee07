/** Looks at the log of partitions before they are read, or read on: where the log begins and ends, and which offset the group has committed. */
import type { TopicEnds } from './ends.ts';
import type { GroupMember } from './group-consumer.ts';
import type { Owned } from './owned.ts';
import { beginAt, startWith, type Ends, type ReadPosition } from './place.ts';
import type { Reach } from './reach.ts';
import { reportHalted, reportLost, type KafkaReportContext } from './report.ts';
import { sleep } from '../../event/waiting.ts';

export interface StartsParts {
  readonly reach: Reach;
  readonly member: GroupMember;
  readonly report: KafkaReportContext;
  /** Called when nothing is known here of a partition: it begins at the offset up to which the group has read. */
  onContinued(partition: number, offset: number): void;
  /** Called with every answer. */
  onEnds(ends: ReadonlyMap<number, TopicEnds>): void;
}

/** Asks again for as long as Kafka does not answer. */
export class Starts {
  readonly #parts: StartsParts;
  /** Each question has a new object, since an answer to an earlier question does not count. */
  readonly #asked = new Map<number, { readonly owned: Owned }>();
  #asking = false;
  #closed = false;

  constructor(parts: StartsParts) {
    this.#parts = parts;
  }

  /** Pauses a partition, asks for the ends of its log, and then fetches from the right offset. */
  ask(partition: number, owned: Owned): void {
    owned.place.phase = 'checking';
    this.#parts.member.pause([partition]);
    this.#asked.set(partition, { owned });
    if (!this.#asking) void this.#answer();
  }

  /** Withdraws all questions. */
  clear(): void {
    this.#asked.clear();
  }

  close(): void {
    this.#closed = true;
  }

  async #answer(): Promise<void> {
    const { reach } = this.#parts;
    this.#asking = true;
    while (this.#asked.size > 0 && !this.#closed) {
      const asked = new Map(this.#asked);
      const ends = await reach.ends();
      if (ends !== undefined) this.#parts.onEnds(ends);
      const isNew = [...asked.values()].some(({ owned }) => !owned.place.begun);
      const committed = isNew ? await reach.committed() : new Map<number, ReadPosition>();
      for (const [partition, question] of asked) {
        const known = ends?.get(partition);
        if (known === undefined || committed === undefined || this.#asked.get(partition) !== question)
          continue;
        this.#asked.delete(partition);
        const position = committed.get(partition);
        if (!question.owned.place.begun && position !== undefined) {
          beginAt(question.owned.place, position);
          this.#parts.onContinued(partition, position.next);
        }
        this.#start(partition, question.owned, known);
      }
      if (this.#asked.size > 0) await sleep(200);
    }
    this.#asking = false;
  }

  #start(partition: number, owned: Owned, ends: Ends): void {
    const { member, report } = this.#parts;
    const { place } = owned;
    const start = startWith(place, ends);
    if (start.kind === 'halted') {
      reportHalted(report, partition, place);
      return;
    }
    if (start.lost > 0) reportLost(report, partition, place, start.lost);
    member.seek(partition, start.from);
    if (!owned.queue.full) member.resume(partition);
  }
}
