import { afterEach, describe, expect, test, vi } from 'vitest';
import { silent, type Telemetry } from '../../event/telemetry.ts';
import { BULK_LIMITS, BulkLoop } from './bulk-loop.ts';
import type { BulkAnswer, BulkDocument, ItemOutcome } from './bulk-request.ts';
import type { Refusal } from './ask.ts';

function refusal(status: number | undefined, type = 'some_exception'): Refusal {
  return { status, type, reason: 'because' };
}

const missing: ItemOutcome = { kind: 'missing', refusal: refusal(404) };
const created: ItemOutcome = { kind: 'created' };
const LOOPS: BulkLoop<BulkDocument>[] = [];
afterEach(() => Promise.all(LOOPS.splice(0).map((loop) => loop.close())));

interface Bench {
  readonly deadLetter: () => Promise<void>;
  readonly ensureIndex: (index: string) => Promise<Refusal | undefined>;
  readonly telemetry: Telemetry;
}

/** A loop on a store that answers as `answer` says; keeps what it was asked and told. */
function bench(
  answer: (ids: string[], request: number) => BulkAnswer | Promise<BulkAnswer>,
  {
    deadLetter = () => Promise.resolve(),
    ensureIndex = () => Promise.resolve(undefined),
    telemetry = silent,
  }: Partial<Bench> = {},
) {
  const requests: string[][] = [];
  const done: [string, string][] = [];
  let inFlight = 0;
  let inFlightMax = 0;
  const loop = new BulkLoop<BulkDocument>(
    {
      node: 'http://store',
      dataDir: '/data',
      send: async (documents) => {
        const ids = documents.map(({ id }) => id);
        requests.push(ids);
        inFlightMax = Math.max(inFlightMax, ++inFlight);
        await Promise.resolve();
        inFlight -= 1;
        return answer(ids, requests.length);
      },
      ensureIndex,
      now: () => 7,
      deadLetter,
      done: (document, how) => void done.push([document.id, how]),
    },
    { ...BULK_LIMITS, documents: 4, lingerMs: 5, answerMs: 50 },
    telemetry,
  );
  LOOPS.push(loop);
  const add = (...ids: string[]): void => {
    for (const id of ids) loop.add({ id, index: 'i', source: '{}', bytes: 100 });
  };
  return { loop, add, requests, done, inFlightMax: () => inFlightMax };
}

const all = (ids: string[], outcome: ItemOutcome): BulkAnswer => ({
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
    const { add, done, inFlightMax } = bench((sent) => all(sent, created));
    add(...ids(200));
    await vi.waitFor(() => expect(done).toHaveLength(200));
    expect(inFlightMax()).toBeGreaterThan(1);
    expect(inFlightMax()).toBeLessThanOrEqual(4);
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
    await vi.waitFor(() => expect(loop.problem?.text).toContain('because'), 3_000);
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
    const { add, done, loop } = bench((sent) => all(sent, { kind: 'dead', refusal: refusal(400) }), {
      deadLetter: () => (full ? Promise.reject(new Error('no space')) : Promise.resolve()),
    });
    add('d0');
    await vi.waitFor(() => expect(loop.problem?.text).toContain('no space'));
    expect(done).toEqual([]);
    full = false;
    await vi.waitFor(() => expect(done).toEqual([['d0', 'dead']]), 5_000);
  });

  test('asks a store that is down with few requests', async () => {
    const { add, requests, inFlightMax, loop } = bench(() => ({
      kind: 'retry',
      refusal: refusal(undefined),
    }));
    add(...ids(400));
    await vi.waitFor(() => expect(loop.problem).toBeDefined(), 3_000);
    expect(inFlightMax()).toBeLessThanOrEqual(2);
    expect(requests.length).toBeLessThan(12);
  });

  test.each([[refusal(undefined, 'ConnectionError')], [refusal(503)], [refusal(500)], [refusal(401)]])(
    'names at once what does not get over by itself, and since when: %o',
    async (why) => {
      const { add, loop, requests } = bench(() => ({ kind: 'retry', refusal: why }));
      add('d0');
      await vi.waitFor(() => expect(loop.problem).toMatchObject({ sinceMs: 7 }), 8_000);
      expect(requests).toHaveLength(1);
    },
  );

  test('names a request that is not answered while it waits for the answer', async () => {
    const asked = Promise.withResolvers<BulkAnswer>();
    const { add, loop, done } = bench(() => asked.promise);
    add('d0');
    await vi.waitFor(() => expect(loop.problem?.text).toContain('http://store has not answered'), 8_000);
    asked.resolve(all(['d0'], created));
    await vi.waitFor(() => expect(done).toHaveLength(1), 8_000);
    expect(loop.problem).toBeUndefined();
  });

  test('says a refusal once, whatever its numbers, and again after all was well', async () => {
    const said: string[] = [];
    const log = { ...silent.log, error: (_fields: unknown, message: string) => void said.push(message) };
    let isDown = true;
    const { add, done, requests } = bench(
      (sent, request) =>
        isDown
          ? { kind: 'retry', refusal: { status: 503, type: 'busy', reason: `real usage: ${request}12432` } }
          : all(sent, created),
      { telemetry: { ...silent, log } },
    );
    for (const round of [1, 2]) {
      isDown = true;
      const before = requests.length;
      add(`d${round}`);
      await vi.waitFor(() => expect(requests.length).toBeGreaterThan(before + 3), 8_000);
      expect(said).toHaveLength(round);
      isDown = false;
      await vi.waitFor(() => expect(done).toHaveLength(round), 8_000);
    }
  });

  test('has a missing index made, and writes to it without a problem', async () => {
    const made: string[] = [];
    const { add, done, loop } = bench(
      (sent) => all(sent, made.length === 0 ? { kind: 'missing', refusal: refusal(404) } : created),
      { ensureIndex: (index) => Promise.resolve(void made.push(index)) },
    );
    add('d0');
    await vi.waitFor(() => expect(done).toEqual([['d0', 'created']]), 8_000);
    expect([made, loop.problem]).toEqual([['i'], undefined]);
  });

  test('writes nothing to an index that is not ours, says so at once, and goes on when it is', async () => {
    let isForeign = true;
    const { add, done, loop } = bench(
      (sent) => all(sent, isForeign ? { kind: 'missing', refusal: refusal(404) } : created),
      { ensureIndex: () => Promise.resolve(isForeign ? refusal(undefined, 'foreign_mapping') : undefined) },
    );
    add('d0');
    await vi.waitFor(() => expect(loop.problem?.text).toContain('delete the index'), 8_000);
    expect(done).toEqual([]);
    isForeign = false;
    await vi.waitFor(() => expect(done).toEqual([['d0', 'created']]), 8_000);
    expect(loop.problem).toBeUndefined();
  });

  test('tells a defect, and sends again what is not done, and nothing else', async () => {
    const counted: string[] = [];
    let isBroken = true;
    const { add, requests, done } = bench(
      (sent, request) => {
        if (request === 1)
          return { kind: 'items', outcomes: sent.map((id) => (id === 'd1' ? missing : created)) };
        return all(sent, created);
      },
      {
        ensureIndex: () => {
          if (!isBroken) return Promise.resolve(undefined);
          isBroken = false;
          return Promise.reject(new TypeError('of null'));
        },
        telemetry: { ...silent, count: (name) => void counted.push(name) },
      },
    );
    add(...ids(4));
    await vi.waitFor(() => expect(done).toHaveLength(4), 60_000);
    expect(requests).toEqual([ids(4), ['d1']]);
    expect(counted).toContain('defects');
  });

  test('does not fill the log, nor the metrics, with what a store says anew each time', async () => {
    const said: string[] = [];
    const reasons = new Set<unknown>();
    const { add, done } = bench(
      (sent, request) => {
        if (request < 8) return { kind: 'retry', refusal: refusal(503, `${'x'.repeat(request)}_exception`) };
        const outcomes = sent.map((id): ItemOutcome => ({ kind: 'dead', refusal: refusal(400, `no_${id}`) }));
        return { kind: 'items', outcomes };
      },
      {
        telemetry: {
          ...silent,
          count: (name, labels) => {
            if (name === 'dead_letters') reasons.add(labels['reason']);
          },
          log: { ...silent.log, error: (_fields, message) => void said.push(message) },
        },
      },
    );
    for (let i = 0; i < 200; i++) add(`d${i}`);
    await vi.waitFor(() => expect(done).toHaveLength(200), 60_000);
    expect(said.length).toBeLessThanOrEqual(20);
    expect(reasons.size).toBeLessThanOrEqual(31);
    expect(reasons).toContain('other');
  });
});
