/**
 * The load of the chaos suite and what is true of it: orders that are paid and then synchronised, some that never are, bursts of errors
 * over all partitions, and hosts that say every second that they live. Which alerts are right follows from what was written alone.
 */
import { Kafka, logLevel, type Producer } from 'kafkajs';

/** `burst NAME` or `ghost ID`: an alert that must come. */
export type Planned = string;

export interface Load {
  /** What must have been told, of everything whose lines the broker has. */
  readonly planned: ReadonlySet<Planned>;
  /** Lines that the broker has. */
  readonly written: () => number;
  /** Writes to so many partitions from now on. */
  spread(partitions: number): void;
  /** Errors, no alert, unless `commit`: within a transaction that stays open for so long. */
  transaction(openMs: number, commit: boolean): Promise<void>;
  /** Whether new orders are written; hosts go on to live, so that what was written is judged. */
  orders(flow: boolean): void;
  close(): Promise<void>;
}

export const RULES = `
rule burst "Errors of a service" {
  severity high
  when   "ERROR" AND "order_timeout"
  alert  count >= 5 within 10s by service
  resolve after 30s
}
rule ghost "Paid, not synchronised" {
  severity critical
  let paid = order_state:PAID
  let synced = order_state:SYNCED
  alert paid not followed by synced within 10s by order_id
}
rule host_lost "A host is silent" {
  severity high
  when  message:"heartbeat"
  alert nothing for 20s by host
}
`;

/** Of the rules that look for what is not there: each of these is false, whatever the group. */
export const NEVER_RIGHT = ['host_lost'];

const STEP_MS = 250;
const BURST_LINES = 6;
const HOSTS = 3;

interface Line {
  readonly partition: number;
  readonly value: string;
}

export async function startLoad(
  brokers: readonly string[],
  topic: string,
  partitions: number,
): Promise<Load> {
  const kafka = new Kafka({
    clientId: 'load',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 200, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  const producer = kafka.producer({ metadataMaxAge: 1_000 });
  await producer.connect();
  const planned = new Set<Planned>();
  let count = partitions;
  let written = 0;
  let orders = 0;
  let bursts = 0;
  let isQuiet = false;
  const over = new AbortController();
  /** Orders by the time at which they are synchronised. */
  const due: { readonly atMs: number; readonly id: string; readonly partition: number }[] = [];

  const flows = (): boolean => !isQuiet;

  const line = (partition: number, fields: object): Line => ({
    partition: partition % count,
    value: JSON.stringify({ '@timestamp': new Date().toISOString(), ...fields }),
  });

  /** Lines as they were said, by partition: their writers do not wait for a broker that is down. */
  const queues = new Map<number, Line[]>();
  const sending = new Map<number, Promise<void>>();

  const drain = async (partition: number): Promise<void> => {
    // One partition a send: the client loses acknowledged lines when a send spans several and a leader dies.
    for (let lines = queues.get(partition)!; lines.length > 0; lines = queues.get(partition)!) {
      queues.set(partition, []);
      await sent(producer, topic, lines, partition, over.signal);
      written += lines.length;
    }
    sending.delete(partition);
  };

  const say = (lines: readonly Line[]): void => {
    for (const [partition, own] of Map.groupBy(lines, (each) => each.partition)) {
      queues.set(partition, [...(queues.get(partition) ?? []), ...own]);
      if (!sending.has(partition))
        sending.set(
          partition,
          drain(partition).catch(() => undefined),
        );
    }
  };

  const step = (): void => {
    const lines = Array.from({ length: HOSTS }, (_, i) =>
      line(i, { level: 'INFO', host: `host-${i}`, message: 'heartbeat' }),
    );
    // Every partition moves on, so that none has to be waited for.
    for (let partition = 0; partition < count; partition += 1)
      lines.push(line(partition, { level: 'INFO', message: 'alive' }));
    const nowMs = Date.now();
    while (due.length > 0 && due[0]!.atMs <= nowMs) {
      const { id, partition } = due.shift()!;
      lines.push(line(partition, { level: 'INFO', order_id: id, order_state: 'SYNCED', message: 'synced' }));
    }
    if (flows()) {
      const id = `o-${orders}`;
      lines.push(line(orders, { level: 'INFO', order_id: id, order_state: 'PAID', message: 'paid' }));
      // Synchronised by another program, which writes to another partition.
      if (orders % 40 === 7) planned.add(`ghost ${id}`);
      else due.push({ atMs: nowMs + 2_000, id, partition: orders + 1 });
      orders += 1;
    }
    say(lines);
  };

  const burst = (): void => {
    const service = `service-${bursts}`;
    bursts += 1;
    const lines = Array.from({ length: BURST_LINES }, (_, i) =>
      line(i, { level: 'ERROR', service, message: `order_timeout ${i}` }),
    );
    say(lines);
    planned.add(`burst ${service}`);
  };

  const running = (async () => {
    for (let i = 0; !over.signal.aborted; i += 1) {
      const startedMs = performance.now();
      step();
      if (flows() && i % 32 === 31) burst();
      await pause(Math.max(0, STEP_MS - (performance.now() - startedMs)));
    }
  })();
  running.catch(() => undefined);

  return {
    planned,
    written: () => written,
    spread: (to) => void (count = to),
    async transaction(openMs, commit) {
      const transactional = kafka.producer({
        transactionalId: `load-${topic}-${bursts}`,
        maxInFlightRequests: 1,
        idempotent: true,
        // The broker aborts what stays open for longer.
        transactionTimeout: 300_000,
      });
      await transactional.connect();
      const transaction = await transactional.transaction();
      const service = `service-t${bursts}`;
      bursts += 1;
      const messages = Array.from({ length: BURST_LINES }, () =>
        line(0, { level: 'ERROR', service, message: 'order_timeout in a transaction' }),
      );
      await transaction.send({
        topic,
        messages: messages.map(({ partition, value }) => ({ partition, value })),
      });
      await pause(openMs);
      if (commit) {
        await transaction.commit();
        planned.add(`burst ${service}`);
      } else await transaction.abort();
      await transactional.disconnect();
    },
    orders: (flow) => void (isQuiet = !flow),
    async close() {
      over.abort();
      await running;
      await Promise.allSettled(sending.values());
      await producer.disconnect().catch(() => undefined);
    },
  };
}

/** Until the broker has them: it may be down, stopped or without a leader for a while. */
async function sent(
  producer: Producer,
  topic: string,
  lines: readonly Line[],
  partition: number,
  over: AbortSignal,
): Promise<void> {
  const messages = lines.map(({ value }) => ({ partition, value }));
  for (;;) {
    try {
      await producer.send({ topic, messages, acks: -1, timeout: 10_000 });
      return;
    } catch (error) {
      if (over.aborted) throw error;
      await pause(200);
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
