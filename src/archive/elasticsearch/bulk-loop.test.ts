import { afterEach, describe, expect, test, vi } from 'vitest';
import { silent } from '../../event/telemetry.ts';
import { BULK_LIMITS, BulkLoop } from './bulk-loop.ts';
import type { BulkAnswer, BulkDocument, Outcome } from './bulk-request.ts';
import type { Refusal } from './client.ts';

function refusal(status: number | undefined, type = 'some_exception'): Refusal {
  return { status, type, reason: 'because' };
}

const created: Outcome = { kind: 'created' };
const loops: BulkLoop<BulkDocument>[] = [];
afterEach(() => Promise.all(loops.splice(0).map((loop) => loop.close())));

/** A loop on a store that answers as `answer` says; keeps what it was asked and told. */
function bench(answer: (ids: string[], request: number) => BulkAnswer, deadLetter = () => Promise.resolve()) {
  const requests: string[][] = [];
  const done: [string, string][] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const loop = new BulkLoop<BulkDocument>(
    {
      node: 'http://store',
      dataDir: '/data',
      send: async (documents) => {
        const ids = documents.map(({ id }) => id);
        requests.push(ids);
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        await Promise.resolve();
        inFlight -= 1;
        return answer(ids, requests.length);
      },
      createIndex: () => Promise.resolve(),
      deadLetter,
      done: (document, how) => void done.push([document.id, how]),
    },
    { ...BULK_LIMITS, documents: 4, lingerMs: 5 },
    silent,
  );
  loops.push(loop);
  const add = (...ids: string[]): void => {
    for (const id of ids) loop.add({ id, index: 'i', source: '{}', bytes: 100 });
  };
  return { loop, add, requests, done, mostInFlight: () => mostInFlight };
}

const all = (ids: string[], outcome: Outcome): BulkAnswer => ({
  kind: 'items',
  outcomes: ids.map(() => outcome),
});
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `d${i}`);

describe('the bulk loop', () => {
  test('sends full requests at once and the rest after the linger', async () => {
    const { add, requests, done } = bench((sent) => all(sent, created));
    add(...ids(6));
    await vi.waitFor(() => expect(done).toHaveLength(6));
    expect(requests).toEqual([ids(4), ['d4', 'd5']]);
  });

  test('has never more requests in flight than the limit', async () => {
    const { add, done, mostInFlight } = bench((sent) => all(sent, created));
    add(...ids(200));
    await vi.waitFor(() => expect(done).toHaveLength(200));
    expect(mostInFlight()).toBeGreaterThan(1);
    expect(mostInFlight()).toBeLessThanOrEqual(4);
  });

  test('sends again only what was refused for now', async () => {
    const { add, requests, done } = bench((sent, request) =>
      request === 1
        ? {
            kind: 'items',
            outcomes: [created, { kind: 'retry', refusal: refusal(429) }, { kind: 'existing' }, created],
          }
        : all(sent, created),
    );
    add(...ids(4));
    await vi.waitFor(() => expect(done).toHaveLength(4));
    expect(requests).toEqual([ids(4), ['d1']]);
    expect(done).toContainEqual(['d2', 'existing']);
  });

  test.each([
    [refusal(429)],
    [refusal(503)],
    [refusal(undefined, 'ConnectionError')],
    [refusal(401)],
    [refusal(403)],
  ])('tries for as long as it takes: %o', async (why) => {
    const { add, done, loop } = bench((sent, request) =>
      request < 4 ? { kind: 'retry', refusal: why } : all(sent, created),
    );
    add('d0');
    await vi.waitFor(() => expect(loop.problem).toContain('because'), 3_000);
    await vi.waitFor(() => expect(done).toEqual([['d0', 'created']]), 8_000);
    expect(loop.problem).toBeUndefined();
  });

  test('halves a request that is too big until it fits, and keeps the one that never will', async () => {
    const { add, requests, done } = bench((sent) =>
      sent.length > 1 || sent[0] === 'd2' ? { kind: 'split', refusal: refusal(413) } : all(sent, created),
    );
    add(...ids(4));
    await vi.waitFor(() => expect(done).toHaveLength(4));
    expect(done.filter(([, how]) => how === 'dead')).toEqual([['d2', 'dead']]);
    expect(requests).toHaveLength(7);
  });

  test('sends fewer together when the store refuses all of a request one by one', async () => {
    const { add, requests, done } = bench((sent) =>
      all(sent, sent.length > 1 ? { kind: 'retry', refusal: refusal(429) } : created),
    );
    add('d0', 'd1', 'd2', 'd3');
    await vi.waitFor(() => expect(done).toHaveLength(4), 8_000);
    expect(requests.slice(0, 3)).toEqual([ids(4), ids(4), ids(4)]);
  });

  test('finds the one document that spoils a request, without blaming any while nothing is taken', async () => {
    let isDown = true;
    const { add, requests, done } = bench((sent) =>
      isDown || sent.includes('d1') ? { kind: 'suspect', refusal: refusal(400) } : all(sent, created),
    );
    add(...ids(4));
    await vi.waitFor(() => expect(requests.length).toBeGreaterThan(4), 5_000);
    expect(done).toEqual([]);
    isDown = false;
    add(...['e0', 'e1', 'e2', 'e3']);
    await vi.waitFor(() => expect(done).toHaveLength(8), 8_000);
    expect(done.filter(([, how]) => how === 'dead')).toEqual([['d1', 'dead']]);
  });

  test('counts a document as dead only when its letter is kept', async () => {
    let full = true;
    const { add, done, loop } = bench(
      (sent) => all(sent, { kind: 'dead', refusal: refusal(400) }),
      () => (full ? Promise.reject(new Error('no space')) : Promise.resolve()),
    );
    add('d0');
    await vi.waitFor(() => expect(loop.problem).toContain('no space'));
    expect(done).toEqual([]);
    full = false;
    await vi.waitFor(() => expect(done).toEqual([['d0', 'dead']]), 5_000);
  });

  test('asks a store that is down with few requests', async () => {
    const { add, requests, mostInFlight, loop } = bench(() => ({
      kind: 'retry',
      refusal: refusal(undefined),
    }));
    add(...ids(400));
    await vi.waitFor(() => expect(loop.problem).toBeDefined(), 3_000);
    expect(mostInFlight()).toBeLessThanOrEqual(2);
    expect(requests.length).toBeLessThan(12);
  });
});
