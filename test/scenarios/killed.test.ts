/**
 * Killed many times at random moments of a run, and started again: no line lost or doubled, every alert delivered. The same where a message of
 * Kafka holds many records.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elasticsearchRuns } from '../support/elasticsearch.ts';
import { kafkaAvailable } from '../support/kafka.ts';
import { orderLog, type OrderLine } from '../support/order-log.ts';
import { documentCount, openStory, told, type Story } from '../support/story.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';

const LINES = 30_000;
const STEP_MS = 20;
const SERVICES = ['gateway-a', 'stock-b', 'ledger-c', 'wallet-d', 'parcel-e'];
const BURSTS = SERVICES.map((service, i) => ({
  atLine: 2_000 + 5_000 * i,
  lines: 9,
  service,
  message: 'order_timeout while syncing',
}));

/** The same sequence for a seed (Park and Miller's minimal standard generator). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The lines as they are: each is a message. */
const asLines = (lines: readonly OrderLine[]): readonly OrderLine[] => lines;

/** Returns messages that hold some of the lines each: none, a few or hundreds. */
function asArrays(lines: readonly OrderLine[], chance: () => number): readonly OrderLine[] {
  const messages: OrderLine[] = [];
  for (let from = 0; from < lines.length;) {
    const part = lines.slice(from, from + Math.floor(400 * chance() ** 3));
    from += part.length;
    const text = `[${part.map((line) => line.text).join()}]`;
    messages.push({ index: messages.length, timeMs: part[0]?.timeMs ?? 0, text });
  }
  return messages;
}

const SHAPES = [
  { name: 'lines', decode: 'json', kills: 20, messages: asLines },
  { name: 'records of arrays', decode: '[each]', kills: 8, messages: asArrays },
];
const SERVERS = kafkaAvailable() && elasticsearchRuns();

describe.skipIf(!SERVERS).each(SHAPES)('$name, killed at random moments', ({ decode, kills, messages }) => {
  let story: Story;

  beforeAll(async () => {
    story = await openStory(decode);
  });
  afterAll(async () => {
    await story.close();
  });

  test(`after ${kills} kills every line is there once, and no alert came twice unmarked`, async () => {
    const seed = Number(process.env['TOCSIN_SEED'] ?? Date.now() % 2_147_483_647);
    process.stderr.write(`seed ${seed} (TOCSIN_SEED)\n`);
    const chance = random(seed);
    const all = [
      ...orderLog({ lines: LINES, stepMs: STEP_MS, startMs: Date.now() - LINES * STEP_MS, bursts: BURSTS }),
    ];
    const part = (i: number): OrderLine[] =>
      all.slice(Math.floor((i * LINES) / kills), Math.floor(((i + 1) * LINES) / kills));

    let tocsin: TocsinProcess | undefined;
    for (let i = 0; i < kills; i += 1) {
      tocsin = story.start();
      await story.produce(messages(part(i), chance));
      await pause(500 + 10_500 * chance());
      await tocsin.end('SIGKILL');
    }
    tocsin = story.start();
    const last = tocsin;
    const state = (): string => `${JSON.stringify(told(story, SERVICES))}\n${last.stderr().slice(-4_000)}`;
    // A process that is still loading has no handler for SIGTERM yet.
    await until(() => last.stderr().includes('"message":"running"'), 60_000, state);
    await until(async () => (await documentCount(story)) >= LINES, 120_000, state);
    await until(() => isTold(told(story, SERVICES)), 90_000, state);
    expect(await tocsin.end('SIGTERM')).toBe(0);

    const found = await story.archivedLines();
    expect(found).toHaveLength(LINES);
    expect(new Set(found).size).toBe(LINES);
    for (const { once } of Object.values(told(story, SERVICES))) {
      for (const count of Object.values(once)) expect(count, messagesOf(story)).toBe(1);
    }
  }, 600_000);
});

/** What arrived, for people who look for the fault. */
function messagesOf({ slack, dingtalk, smtp }: Story): string {
  const head = (text: string): string => text.replace(/\s+/gu, ' ').slice(0, 300);
  return [
    ...slack.messages.map(({ text, threadTs }) => `slack ${threadTs ?? 'root'} ${head(text)}`),
    ...dingtalk.messages.map(({ title, text }) => `dingtalk ${head(`${title} ${text}`)}`),
    ...smtp.mails.map(({ subject, text }) => `mail ${head(`${subject ?? ''} ${text ?? ''}`)}`),
  ].join('\n');
}

/** Everyone was told of every firing and resolution, marked as a possible duplicate or not. */
function isTold(heard: ReturnType<typeof told>): boolean {
  return Object.values(heard).every(
    ({ once, possibleDuplicates }) =>
      new Set([...Object.keys(once), ...Object.keys(possibleDuplicates)]).size === 2 * SERVICES.length,
  );
}
