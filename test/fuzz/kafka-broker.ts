/**
 * What listens where a Kafka broker should, and answers whatever it wants. Right: opening the source fails in its time, in words; nothing
 * else happens to the process.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'vitest';
import { rightClock } from '../support/clock.ts';
import { openKafkaSource } from '../../src/ingest/kafka/source.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { Random } from '../support/timelines.ts';
import type { Fuzzer } from './harness.ts';
import { oddBytes } from './odd-values.ts';
import { FixableError } from '../../src/event/fixable-error.ts';

/** To a request of this kind with this correlation id; undefined: no answer. `end`: the connection ends after it. */
interface Reply {
  readonly bytes: (apiKey: number, correlationId: number) => Buffer | undefined;
  readonly end: boolean;
}

/** One broker: its replies in the order of the requests, the last one for all further ones. */
type Broker = readonly Reply[];

/** An opening takes its whole time where it is left without an answer, so many are tried at once. */
const AT_ONCE = 24;
const OPEN_WITHIN_MS = 10_000;
const API_VERSIONS = 18;
const API_KEYS = 48;

export function kafkaBroker(): Fuzzer<readonly Broker[]> {
  return {
    name: 'what listens in place of a Kafka broker',
    stepMs: 60_000,
    input: (random) => Array.from({ length: AT_ONCE }, () => brokerOf(random)),
    async run(brokers) {
      await Promise.all(brokers.map(openAt));
    },
  };
}

function brokerOf(random: Random): Broker {
  return Array.from({ length: 1 + random.below(4) }, () => ({
    bytes: bytesOf(random),
    end: random.chance(10),
  }));
}

function bytesOf(random: Random): Reply['bytes'] {
  const odd = random.chance(50)
    ? oddBytes(random, 400)
    : Buffer.from(Array.from({ length: random.below(300) }, () => random.pick([0, 0, 0, 1, 2, 255])));
  const size = random.pick([-1, -4, -2_147_483_648, 0, 1, 3, 2_147_483_647, 1 << 28]);
  const offId = random.pick([1, -1, 7]);
  switch (random.below(9)) {
    case 0:
      return () => undefined;
    case 1:
      return () => odd;
    case 2:
      return () => Buffer.from('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
    case 3:
      return (_key, id) => framed(id, odd, size);
    case 4:
      return (_key, id) => framed(id + offId, odd);
    case 5:
      return (_key, id) => framed(id, odd);
    default:
      return (key, id) => framed(id, key === API_VERSIONS ? versions() : odd);
  }
}

function framed(correlationId: number, payload: Buffer, size = payload.length + 4): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(size);
  head.writeInt32BE(correlationId | 0, 4);
  return Buffer.concat([head, payload]);
}

/** That every version of every request is known: the client goes on to its next one. */
function versions(): Buffer {
  const bytes = Buffer.alloc(2 + 4 + 6 * API_KEYS + 4);
  bytes.writeInt32BE(API_KEYS, 2);
  for (let key = 0; key < API_KEYS; key++) {
    bytes.writeInt16BE(key, 6 + 6 * key);
    bytes.writeInt16BE(20, 6 + 6 * key + 4);
  }
  return bytes;
}

async function openAt(broker: Broker): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let at = 0;
    socket.on('error', () => undefined);
    socket.on('data', (request: Buffer) => {
      const { bytes, end } = broker[Math.min(at++, broker.length - 1)]!;
      const answer = request.length < 12 ? undefined : bytes(request.readInt16BE(4), request.readInt32BE(8));
      if (answer !== undefined) socket.write(answer);
      if (end) socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kind = {
    kind: 'kafka',
    brokers: [`127.0.0.1:${port}`],
    topic: 't',
    group: 'g',
    transactionWaitMs: 60_000,
  };
  const config = { name: 'orders', kind, decode: { steps: [{ kind: 'json' }] }, latenessMs: 0 };
  const source = await openKafkaSource(
    config as unknown as Parameters<typeof openKafkaSource>[0],
    silent,
    rightClock(),
  );
  const sinceMs = performance.now();
  try {
    const opening = source.open({ purpose: 'alert', position: () => undefined });
    await expect(opening).rejects.toThrow(FixableError);
    // Twice as long as it may take: the machine may be busy.
    expect(performance.now() - sinceMs).toBeLessThan(2 * OPEN_WITHIN_MS);
  } finally {
    await source.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
