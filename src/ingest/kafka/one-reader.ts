/**
 * Decides how a group shares a topic: not at all. Rules look at all partitions together, so one process reads all of them. A second process
 * is given no partition, and so learns that it is the second. Every member says how long it has been reading; the one with the longest time
 * goes on.
 */
import kafkajs, { type GroupMember, type GroupMemberAssignment, type PartitionAssigner } from 'kafkajs';

/** The facts that a member gives the other members about itself. */
export interface MemberCard {
  /** The id of this reader of this process. Each new reader has a new one. */
  readonly reader: string;
  /** How long the member has been reading, in ms by its own clock; 0 before it was given any partition. */
  readonly heldMs: number;
  /** How many partitions the topic has, as far as the member knows. The member that assigns may not know the topic. */
  readonly partitions: number;
  /** The machine and the process of the member, for people. */
  readonly host: string;
  readonly pid: number;
}

/** Members with other assigners cannot join the same group. So this name stands for the way of sharing that all members use. */
const ASSIGNER_NAME = 'TocsinOneReader';

/** `card` is called each time the group is joined. */
export function oneReader(card: (partitions: number) => MemberCard): PartitionAssigner {
  const version = 0;
  return ({ cluster }) => ({
    name: ASSIGNER_NAME,
    version,
    protocol: ({ topics }) => {
      const known = topics.reduce((sum, topic) => sum + cluster.findTopicPartitionMetadata(topic).length, 0);
      const userData = Buffer.from(JSON.stringify(card(known)));
      return {
        name: ASSIGNER_NAME,
        metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version, topics, userData }),
      };
    },
    assign: ({ members, topics }) => {
      const own = card(0).reader;
      const counts = new Map(
        topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length] as const),
      );
      return Promise.resolve(shareOut(members, own, counts));
    },
  });
}

/**
 * Assigns each topic to one reader. `own` is the reader that assigns. `counts` has the number of partitions of the topics that it reads
 * itself.
 */
export function shareOut(
  members: readonly GroupMember[],
  own: string,
  counts: ReadonlyMap<string, number>,
): GroupMemberAssignment[] {
  const read = members.map((member) => ({ memberId: member.memberId, ...readMember(member) }));
  const topics = new Set(read.flatMap((member) => member.topics));
  const assigned = new Map<string, Record<string, number[]>>(members.map(({ memberId }) => [memberId, {}]));
  for (const topic of topics) {
    const candidates = read.filter((member) => member.topics.includes(topic));
    const [holder] = candidates.toSorted(
      ({ card: a }, { card: b }) =>
        b.heldMs - a.heldMs ||
        Number(b.reader === own) - Number(a.reader === own) ||
        (a.reader < b.reader ? -1 : 1),
    );
    const count = counts.get(topic) ?? Math.max(...candidates.map(({ card }) => card.partitions));
    // A reader that lost its connection may still be in the group as a second, old member. That member reads nothing.
    for (const { memberId, card } of candidates)
      if (card.reader === holder!.card.reader)
        assigned.get(memberId)![topic] = Array.from({ length: count }, (_, partition) => partition);
  }
  return [...assigned].map(([memberId, assignment]) => ({
    memberId,
    memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
      version: 0,
      assignment,
      userData: Buffer.alloc(0),
    }),
  }));
}

/** Returns the facts that a member gives about itself. A member that gives none has never read. */
export function readMember({ memberId, memberMetadata }: GroupMember): {
  readonly topics: readonly string[];
  readonly card: MemberCard;
} {
  const nothing = { reader: memberId, heldMs: 0, partitions: 0, host: '', pid: 0 };
  const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata);
  if (decoded === null) return { topics: [], card: nothing };
  return { topics: decoded.topics, card: cardOf(decoded.userData) ?? nothing };
}

function cardOf(userData: Buffer): MemberCard | undefined {
  let value: unknown;
  try {
    value = JSON.parse(userData.toString());
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { reader, heldMs, partitions, host, pid } = value as Record<string, unknown>;
  if (typeof reader !== 'string' || typeof heldMs !== 'number' || typeof partitions !== 'number')
    return undefined;
  if (typeof host !== 'string' || typeof pid !== 'number') return undefined;
  return { reader, heldMs, partitions, host, pid };
}
