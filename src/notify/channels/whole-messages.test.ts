/**
 * Runbooks of every shape and size through every channel: nothing of the steps is lost without the note, no markup is cut in half,
 * and every message is within the limits of its service.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CHANNEL_KINDS,
  startEveryChannel,
  WRITTEN_KINDS,
  type EveryChannel,
} from '../../../test/support/every-channel.ts';
import type { ChannelKind } from '../../config/channels/kinds.ts';
import { episode, notice } from '../../../test/support/notices.ts';
import type { Notice } from '../notice.ts';
import { kibanaLink } from '../message/kibana.ts';

let every: EveryChannel;

beforeAll(async () => {
  every = await startEveryChannel();
});
afterAll(() => every.close());

/** The finished text of the message, as far as steps may stand in it; sections of Slack apart. */
async function sent(kind: ChannelKind, changes: Partial<Notice>): Promise<readonly string[]> {
  const outcome = await every.send(kind, {
    notice: notice(changes),
    possibleDuplicate: false,
    deliveryId: 'd',
  });
  if (outcome.kind !== 'sent') expect.fail(`${kind}: ${outcome.because}`);
  const texts = every.texts(kind);
  if (texts.length === 0) expect.fail('Slack refused the blocks');
  return texts;
}

/** A piece of a step with a word of its own, by which it is found again. */
type Piece = (word: string) => string;

const filler = fc.constantFrom(
  '',
  '&&&&',
  '<now>',
  '日志里的错误',
  '🔥🚒',
  'a_b*c',
  '"x"',
  '\u202e',
  '¦|',
  'é'.repeat(30),
);
const pieces: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 6,
    arbitrary: filler.map(
      (text): Piece =>
        (word) =>
          `${word}${text}`,
    ),
  },
  filler.map(
    (text): Piece =>
      (word) =>
        `\`${text.replaceAll('`', '')}${word} --all\``,
  ),
  filler.map(
    (text): Piece =>
      (word) =>
        `**${word} ${text.replaceAll('*', '')} strongly**`,
  ),
  fc.nat(2_900).map(
    (size): Piece =>
      (word) =>
        `[${word}](https://w.example/${'p'.repeat(size)}/${word}end)`,
  ),
  fc.nat(4_000).map(
    (size): Piece =>
      (word) =>
        `\`${word} ${'c&'.repeat(size)}\``,
  ),
  fc.nat(4_000).map(
    (size): Piece =>
      (word) =>
        `${word}${'長'.repeat(size)}`,
  ),
);
const line = fc.array(pieces, { minLength: 1, maxLength: 120 });
const block = fc.record({
  before: fc.constantFrom('', '1. ', '- ', '> ', '## ', '```'),
  pieces: fc.oneof({ weight: 3, arbitrary: fc.array(pieces, { minLength: 1, maxLength: 12 }) }, line),
});
const blocks = fc.array(block, { minLength: 1, maxLength: 40, size: 'max' });

function runbookOf(of: readonly { readonly before: string; readonly pieces: readonly Piece[] }[]): {
  readonly markdown: string;
  readonly words: readonly string[];
} {
  const words: string[] = [];
  const next = (): string => words[words.push(`w${String(words.length).padStart(4, '0')}q`) - 1]!;
  const texts = of.map(({ before, pieces: made }) =>
    before === '```'
      ? `\`\`\`\n${made.map(() => `run ${next()} && rm --dry "<&>"`).join('\n')}\n\`\`\``
      : `${before}${made.map((piece) => piece(next())).join(' ')}`,
  );
  return { markdown: texts.join('\n\n'), words };
}

const NOTE = 'More steps in the runbook';

/** All words in their order; where some are missing, only the last ones, and the note says so. */
function expectWhole(text: string, words: readonly string[]): void {
  const found = [...text.matchAll(/w\d{4}q/gu)].map(([word]) => word);
  const distinct = [...new Set(found)];
  expect(distinct).toEqual(words.slice(0, distinct.length));
  if (distinct.length < words.length) expect(text, `${words[distinct.length]} is lost`).toContain(NOTE);
}

test.each(WRITTEN_KINDS)('%s: no step is lost without the note, no markup cut in half', async (kind) => {
  await fc.assert(
    fc.asyncProperty(blocks, async (of) => {
      const { markdown, words } = runbookOf(of);
      const texts = await sent(kind, { runbook: { path: 'runbooks/r.md', markdown } });
      for (const text of texts) {
        expect(text.isWellFormed()).toBe(true);
        every.wellFormed(kind, text);
      }
      // What is written across lines of a terminal, or percent-encoded in a link, is no loss.
      expectWhole(texts.join('\n').replaceAll(/https:\S+?w\d{4}qend/gu, ''), words);
      expect(texts.join('\n')).toContain(episode.alertId);
    }),
    { numRuns: 30 },
  );
});

test('a webhook names the runbook and has no steps that could be cut', async () => {
  const [body] = await sent('webhook', { runbook: { path: 'runbooks/r.md', markdown: 'x'.repeat(50_000) } });
  expect(JSON.parse(body!)).toMatchObject({ alert: { runbook: 'runbooks/r.md' } });
});

test('a paragraph, a code and a link that are longer than a section of Slack stand there whole', async () => {
  const words = Array.from({ length: 600 }, (_, i) => `w${String(i).padStart(4, '0')}q`);
  const markdown = `${words.slice(0, 400).join(' & ')}\n\n\`\`\`\n${words.slice(400).join(' ')} ${'<'.repeat(300)}\n\`\`\``;
  const texts = await sent('slack', { runbook: { path: 'r.md', markdown } });
  expect(texts.join('\n').match(/w\d{4}q/gu)).toEqual(words);
  expect(texts.join('\n')).not.toContain(NOTE);
});

test('the digest of Slack and DingTalk lists all of fifty alerts, whatever their text weighs', async () => {
  for (const heavy of ['&<>', '单号', '*_`', '🔥']) {
    const digest = Array.from({ length: 50 }, (_, i) => {
      const of = { ...episode, alertId: `alert-${i}-of-it`, group: { service: heavy.repeat(60) } };
      return notice({ episode: of, rule: { ...notice().rule, title: heavy.repeat(40) } });
    });
    for (const kind of ['slack', 'dingtalk'] as const) {
      const delivery = { notice: digest[0]!, digest, possibleDuplicate: false, deliveryId: 'd' };
      expect(await every.send(kind, delivery)).toMatchObject({ kind: 'sent' });
      const text = every.texts(kind).join('\n');
      for (const { episode: of } of digest) expect(text, kind).toContain(of.alertId);
    }
  }
});

describe('group values of any length', () => {
  const long: readonly (readonly [string, string])[] = [
    ['8,000 ASCII characters', 'abcdefg/ '.repeat(889).slice(0, 8_000)],
    ['2,000 Han characters', '单号'.repeat(1_000)],
    ['2,000 characters that are escaped', '&<>"'.repeat(500)],
  ];
  const address = 'https://k.example/app/r?';
  const url = 'https://wiki.example/order-sync';
  const target = { url: 'https://k.example', dataView: 'order-logs' };
  const runbook = { path: 'r.md', url, markdown: '[the order](https://w.example/{{v}}/x) then `go`' };

  test.each(CHANNEL_KINDS.flatMap((kind) => long.map((value) => [kind, ...value] as const)))(
    '%s: %s keep the steps, and each link whole, that of the runbook too',
    async (kind, _name, value) => {
      const of = { ...episode, group: { service: 'pay', v: value, w: `${value}2` } };
      const link = kibanaLink(target, '"ERROR" and "order_timeout"', of, 300_000);
      const changes = { episode: of, runbook, values: { v: [value] }, ...link };
      const texts = await sent(kind, changes);
      const text = texts.join('\n').replaceAll('&amp;', '&');
      const opened = [...text.matchAll(/https:\/\/k\.example[^\s<>|")]+/gu)].map(([found]) => found);
      expect(new Set(opened)).toEqual(new Set([link.kibanaUrl]));
      const { query } = JSON.parse(new URL(opened[0]!).searchParams.get('p')!) as {
        query: { query: string };
      };
      expect(opened[0]).toContain(address);
      expect(query.query).toBe('("ERROR" and "order_timeout") and service:"pay"');
      expect(text).toContain(url);
      if (kind === 'webhook') return;
      expect(text).toContain('Open in Kibana (without some of the values)');
      expect(text).toContain('go');
      expect(text).toContain('the order');
      expect(text).not.toContain('https://w.example');
      for (const each of texts) every.wellFormed(kind, each);
    },
  );
});
