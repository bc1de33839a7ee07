/** Simulated receivers: prompt, slow, busy, or deaf to what reached them. They remember every message that arrived. */
import type { Notice } from '../../src/notify/notice.ts';
import type { Channel, Delivery, Outcome } from '../../src/notify/channel.ts';
import type { Random } from '../support/timelines.ts';
import type { Mortal } from './process-disk.ts';
import type { VirtualTime } from '../support/virtual-time.ts';

export interface Arrived {
  readonly target: string;
  readonly notice: Notice;
  readonly possibleDuplicate: boolean;
  /** It came into the conversation of the firing, or in a list with others. */
  readonly isInThread: boolean;
}

export interface Receivers {
  readonly arrived: readonly Arrived[];
  /** Percent of attempts that go wrong somehow. */
  setTrouble(percent: number): void;
  channel(life: Mortal): Channel;
}

/** A low rate makes digests of what many groups have to say. */
export function createReceivers(random: Random, { timers }: VirtualTime, ratePerMinute = 60): Receivers {
  const arrived: Arrived[] = [];
  let trouble = 0;

  const take = ({ notice, digest, target, possibleDuplicate, thread }: Delivery): void => {
    const isInThread = thread !== undefined || digest !== undefined;
    for (const each of digest ?? [notice])
      arrived.push({ target, notice: each, possibleDuplicate, isInThread });
  };
  const never = (): Promise<Outcome> => new Promise(() => undefined);

  async function send(delivery: Delivery, life: Mortal): Promise<Outcome> {
    if (life.isOver()) return await never();
    try {
      life.point();
      const isFine = !random.chance(trouble);
      const way = isFine ? 'prompt' : random.pick(['lost', 'deaf', 'busy', 'slow', 'silent', 'refused']);
      if (way === 'lost') return { kind: 'retry', unsent: true, because: 'connection refused' };
      if (way === 'busy') return { kind: 'retry', unsent: true, because: '429', afterMs: 5_000 };
      if (way === 'refused') return { kind: 'failed', because: 'no such token', fix: 'Give it.' };
      take(delivery);
      life.point();
      if (way === 'deaf') return { kind: 'retry', unsent: false, because: 'connection reset' };
      if (way === 'silent') return await never();
      if (way === 'slow') await timers.sleep(1 + random.below(15_000));
      return { kind: 'sent', thread: { root: delivery.notice.threadId } };
    } catch {
      return await never();
    }
  }

  return {
    arrived,
    setTrouble: (percent) => void (trouble = percent),
    channel: (life) => ({
      kind: 'sim',
      ratePerMinute: () => ratePerMinute,
      send: (delivery) => send(delivery, life),
      probe: () => Promise.resolve(undefined),
      close: () => Promise.resolve(),
    }),
  };
}
