/** Hostile texts in every place of a message, through every channel: none acts, none becomes markup, a link, a mention or a header. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Episode } from '../../src/event/alert.ts';
import type { Notice } from '../../src/notify/notice.ts';
import type { ChannelKind } from '../../src/config/channels/kinds.ts';
import {
  CHANNEL_KINDS,
  startEveryChannel,
  WRITTEN_KINDS,
  type EveryChannel,
} from '../support/every-channel.ts';
import { episode, notice } from '../support/notices.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { expectInert } from './inert.ts';

let every: EveryChannel;
beforeAll(async () => {
  every = await startEveryChannel();
});
afterAll(() => every.close());

test('the corpus is of more than 300 texts', () => {
  expect(HOSTILE_TEXTS.length).toBeGreaterThan(300);
});

const STEPS =
  'See {{v}} and **{{v}} again**, `show {{v}}`, [the order](https://w.example/{{v}}/x).\n\n- Of {{v}}\n\n> {{v}}\n\n```\nrm {{v}}\n```\n';

/** The text in all places at once that log lines and the names of others reach. */
function everywhere(text: string, kind: Notice['kind'], hasMessage: boolean): Partial<Notice> {
  const fields = { service: [text], level: [text], order_id: [text], error_code: [text] };
  const samples: Episode['samples'] = [0, 1, 2].map((offset) => ({
    timeMs: episode.firstEvent.timeMs + offset,
    position: { source: text, partition: 0, offset },
    excerpt: text,
    fields: hasMessage ? { ...fields, message: [text], 'error.message': [`${text}!`] } : {},
  }));
  const { rule } = notice();
  return {
    kind,
    rule: {
      ...rule,
      name: text,
      title: text,
      owner: text,
      whenText: text,
      alertText: text,
      labels: { domain: text },
      letTexts: { a: text },
      ...(hasMessage && { threshold: 5 }),
    },
    episode: { ...episode, rule: text, group: { service: text, [text]: text }, samples },
    samples,
    values: { v: [text], service: [text] },
    because: text,
    runbook: { path: `runbooks/${text}.md`, url: 'https://wiki.example/x', markdown: STEPS },
    kibanaUrl: 'https://k.example/app/r?p=1',
  };
}

type Check = (text: string, deliveryId: string) => void;

async function send(kind: ChannelKind, changes: Partial<Notice>, deliveryId = 'd'): Promise<void> {
  const of = notice(changes);
  const outcome = await every.send(kind, { notice: of, possibleDuplicate: false, deliveryId });
  if (outcome.kind !== 'sent') expect.fail(`${kind}: ${outcome.because}`);
}

test.each(CHANNEL_KINDS)('%s: no hostile text acts, wherever it stands', async (kind) => {
  await send(kind, everywhere('x', 'fired', true));
  const check: Check = (text, id) => {
    every.inert(kind, text, id);
  };
  await sendEach(kind, HOSTILE_TEXTS, (text) => everywhere(text, 'fired', true), check);
  await sendEach(kind, HOSTILE_TEXTS, (text) => everywhere(text, 'withdrawn', false), check);
});

/** Sends a message for each text and looks at it; mails, each of which takes its time, many at once. */
async function sendEach(
  kind: ChannelKind,
  texts: readonly string[],
  changes: (text: string) => Partial<Notice>,
  check: Check,
): Promise<void> {
  const atOnce = kind === 'email' ? 50 : 1;
  for (let from = 0; from < texts.length; from += atOnce) {
    const some = texts.slice(from, from + atOnce).map((text, i) => [text, `d${from + i}n`] as const);
    await Promise.all(some.map(([text, id]) => send(kind, changes(text), id)));
    for (const [text, id] of some) check(text, id);
  }
}

test.each(WRITTEN_KINDS)(
  '%s: what is invisible in a runbook, and in the address of its page, is shown by its code',
  async (kind) => {
    const texts = HOSTILE_TEXTS.filter((each) => !/[\n\t]/u.test(each));
    const markdown = (text: string): string =>
      `${text}\n\nSee **${text}** and [x](https://w.example/${text}).\n\n\`\`\`\nrm ${text}\n\`\`\`\n`;
    const changes = (text: string): Partial<Notice> => ({
      runbook: { path: 'r.md', markdown: markdown(text) },
    });
    await sendEach(kind, texts, changes, (text, id) => {
      // Its markup is the author's.
      for (const each of every.texts(kind, id)) expectInert(each.replaceAll('FORGED', ''), text);
    });
  },
);

test.each(CHANNEL_KINDS)('%s: a digest of hostile alerts lists each on a line', async (kind) => {
  for (let from = 0; from < HOSTILE_TEXTS.length; from += 50) {
    const digest = HOSTILE_TEXTS.slice(from, from + 50).map((text) =>
      notice(everywhere(text, 'fired', true)),
    );
    const delivery = { notice: digest[0]!, digest, possibleDuplicate: false, deliveryId: 'd' };
    expect(await every.send(kind, delivery)).toMatchObject({ kind: 'sent' });
    for (const each of every.texts(kind)) expectInert(each, kind);
  }
});
