/**
 * Commits durable positions to Kafka as offsets of the group: never ahead of the positions, only for partitions that are ours, and one
 * commit at a time.
 */
import type { Position } from '../../event/batch.ts';
import type { GroupMember, GroupOffset } from './group-consumer.ts';

/** Kafka refuses longer commit metadata. */
const METADATA_LENGTH_MAX = 4000;

export class Commits {
  readonly #durable = new Map<number, Position>();
  readonly #committed = new Map<number, number>();

  durable(partition: number, position: Position): void {
    const known = this.#durable.get(partition);
    if (known === undefined || known.offset < position.offset) this.#durable.set(partition, position);
  }

  position(partition: number): Position | undefined {
    return this.#durable.get(partition);
  }

  /** Forgets the last commit for a partition, since another member may commit for it from now on. */
  lost(partition: number): void {
    this.#committed.delete(partition);
  }

  /**
   * Commits the new positions of the partitions that are ours. A position whose commit fails is committed next time, by us or by the member
   * that has the partition then.
   */
  async commit(member: GroupMember, isOurs: (partition: number) => boolean): Promise<void> {
    const due: GroupOffset[] = [];
    for (const [partition, { offset, proof }] of this.#durable) {
      if (!isOurs(partition) || this.#committed.get(partition) === offset) continue;
      due.push({ partition, offset, metadata: proof.length <= METADATA_LENGTH_MAX ? proof : '' });
    }
    if (due.length === 0) return;
    await member.commit(due);
    for (const { partition, offset } of due) this.#committed.set(partition, offset);
  }
}
