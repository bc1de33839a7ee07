import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { readMember, shareOut, type MemberCard } from './one-reader.ts';

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;

interface Given {
  readonly memberId: string;
  readonly topics?: string[];
  readonly card?: Partial<MemberCard>;
}

const member = ({ memberId, topics = ['orders'], card = {} }: Given) => {
  const whole = { reader: memberId, heldMs: 0, partitions: 3, host: 'web-1', pid: 7, ...card };
  const userData = Buffer.from(JSON.stringify(whole));
  return { memberId, memberMetadata: MemberMetadata.encode({ version: 0, topics, userData }) };
};

/** What each member is given. `own`: the reader that shares out, which knows the topic `orders`. */
function shared(own: string, ...members: readonly Given[]): Record<string, Record<string, number[]>> {
  const assignments = shareOut(members.map(member), own, new Map([['orders', 3]]));
  return Object.fromEntries(
    assignments.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment ?? {},
    ]),
  );
}

const all = { orders: [0, 1, 2] };

test('one of two new readers gets every partition, the other none: the one that shares out, which came first', () => {
  expect(shared('b', { memberId: 'a' }, { memberId: 'b' })).toEqual({ a: {}, b: all });
  expect(shared('a', { memberId: 'a' }, { memberId: 'b' })).toEqual({ a: all, b: {} });
});

test('the reader that has been reading for longest goes on, whoever shares out', () => {
  const long = { memberId: 'a', card: { heldMs: 60_000 } };
  const short = { memberId: 'b', card: { heldMs: 2_000 } };
  expect(shared('b', long, short, { memberId: 'c' })).toEqual({ a: all, b: {}, c: {} });
});

test('where it stands in the group twice, after a lost connection, both get it: nobody reads for the former', () => {
  const former = { memberId: 'a-1', card: { reader: 'a', heldMs: 5_000 } };
  const now = { memberId: 'a-2', card: { reader: 'a', heldMs: 9_000 } };
  expect(shared('a', former, now, { memberId: 'b' })).toEqual({ 'a-1': all, 'a-2': all, b: {} });
});

test('readers of several topics share a group: each topic has one of its own, with as many partitions as that one knows', () => {
  const payments = { memberId: 'p', topics: ['payments'], card: { partitions: 2, heldMs: 90_000 } };
  expect(shared('a', { memberId: 'a' }, payments)).toEqual({ a: all, p: { payments: [0, 1] } });
});

test('a member that says nothing of itself has never read', () => {
  const memberMetadata = MemberMetadata.encode({
    version: 0,
    topics: ['orders'],
    userData: Buffer.from('?'),
  });
  const { topics, card } = readMember({ memberId: 'x', memberMetadata });
  expect([topics, card.heldMs]).toEqual([['orders'], 0]);
  const shares = shareOut([{ memberId: 'x', memberMetadata }, member({ memberId: 'a' })], 'a', new Map());
  expect(shares.map(({ memberAssignment }) => MemberAssignment.decode(memberAssignment)?.assignment)).toEqual(
    [{}, all],
  );
});
