/**
 * Runbooks of every shape and size through every channel: nothing of the steps is lost without the note, no markup is cut in half,
 * and every message is within the limits of its service.
 */
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeDingtalk, type FakeDingtalk } from '../../../test/support/dingtalk.ts';
import { episode, notice } from '../../../test/support/notices.ts';
import { secretOf } from '../../../test/support/secret.ts';
import { startFakeSlack, type FakeSlack } from '../../../test/support/slack.ts';
import { startSmtp, type Smtp } from '../../../test/support/smtp.ts';
import { startFakeWebhook, type FakeWebhook } from '../../../test/support/webhook.ts';
import { silent } from '../../event/telemetry.ts';
import type { Channel } from '../channel.ts';
import type { Notice } from '../notice.ts';
import { createChannels } from './create.ts';

let slack: FakeSlack;
let dingtalk: FakeDingtalk;
let smtp: Smtp;
let webhook: FakeWebhook;
let channels: ReadonlyMap<string, Channel>;
let terminal = '';

beforeAll(async () => {
  const never = { perMinute: 1_000_000 };
  [slack, dingtalk, smtp, webhook] = await Promise.all([
    startFakeSlack(never),
    startFakeDingtalk(never),
    startSmtp(),
    startFakeWebhook(),
  ]);
  const robot = { accessToken: secretOf(dingtalk.accessToken), secret: secretOf(dingtalk.secret) };
  channels = createChannels(
    {
      terminal: {},
      slack: { token: secretOf(slack.token), apiUrl: slack.url },
      dingtalk: { apiUrl: dingtalk.url, robots: { it: robot } },
      email: { smtp: secretOf(smtp.url), from: 'tocsin@example.com' },
      webhook: { it: { url: secretOf(webhook.url), secret: secretOf(webhook.secret) } },
    },
    silent,
    {
      color: false,
      terminal: new Writable({
        write(chunk: Buffer, _encoding, done) {
          terminal = chunk.toString();
          done();
        },
      }),
    },
  );
});
afterAll(() => Promise.all([slack.close(), dingtalk.close(), smtp.close(), webhook.close()]));

const targets: Readonly<Record<string, string>> = { slack: '#it', email: 'it@example.com', terminal: '' };

/** The finished text of the message, as far as steps may stand in it; sections of Slack apart. */
async function sent(kind: string, changes: Partial<Notice>): Promise<readonly string[]> {
  const outcome = await channels.get(kind)!.send({
    notice: notice(changes),
    target: targets[kind] ?? 'it',
    possibleDuplicate: false,
    deliveryId: 'd',
  });
  if (outcome.kind !== 'sent') expect.fail(`${kind}: ${outcome.because}`);
  switch (kind) {
    case 'slack': {
      const { blocks } = slack.messages.at(-1)!;
      if (blocks.length === 0) expect.fail('Slack refused the blocks');
      return blocks
        .flatMap(({ text, elements }) => [text, ...(elements ?? [])])
        .map((each) => each?.text ?? '');
    }
    case 'dingtalk':
      return [dingtalk.messages.at(-1)!.text];
    case 'email':
      return [smtp.mails.at(-1)!.html || ''];
    case 'terminal':
      return [terminal];
    default:
      return [JSON.stringify(webhook.bodies.at(-1))];
  }
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

const note = 'More steps in the runbook';

/** All words in their order; where some are missing, only the last ones, and the note says so. */
function expectWhole(text: string, words: readonly string[]): void {
  const found = [...text.matchAll(/w\d{4}q/gu)].map(([word]) => word);
  const distinct = [...new Set(found)];
  expect(distinct).toEqual(words.slice(0, distinct.length));
  if (distinct.length < words.length) expect(text, `${words[distinct.length]} is lost`).toContain(note);
}

const wellFormed: Readonly<Record<string, (text: string) => void>> = {
  slack(text) {
    expect(text.length).toBeLessThanOrEqual(3_000);
    const [outside, inside] = [0, 1].map((half) => text.split('```').filter((_part, i) => i % 2 === half));
    expect(outside!.length, 'an open code block').toBe(inside!.length + 1);
    for (const each of outside!.flatMap((part) => part.split('\n'))) {
      expect(each.split('`').length % 2, `an open code: ${each}`).toBe(1);
      const prose = each
        .replace(/^> /u, '')
        .replace(/`[^`]*`/gu, '')
        .replace(/<https:[^<>|\s]+\|[^<>|]*>/gu, '');
      expect(prose, 'a torn link').not.toMatch(/[<>]|https:/u);
      expect(prose.split('*').length % 2, `an open strong: ${each}`).toBe(1);
    }
    expect(text, 'a torn entity').not.toMatch(/&(?!(?:amp|lt|gt);)/u);
  },
  dingtalk(text) {
    expect(text.split('```').length % 2).toBe(1);
    const prose = text
      .split('```')
      .filter((_part, i) => i % 2 === 0)
      .join('\n');
    for (const each of prose.split('\n')) expect(each.replaceAll('\\`', '').split('`').length % 2).toBe(1);
    expect(prose.match(/\]\(https:/gu)?.length ?? 0).toBe(prose.match(/\]\(https:[^\s()]+\)/gu)?.length ?? 0);
  },
  email(text) {
    const open: string[] = [];
    for (const [, close, name] of text.matchAll(/<(\/?)([a-z]+\d?)[^>]*?>/gu)) {
      if (name === 'meta' || name === 'br') continue;
      if (close === '/') expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
  },
  terminal: () => undefined,
};

test.each(Object.keys(wellFormed))(
  '%s: no step is lost without the note, no markup cut in half',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(blocks, async (of) => {
        const { markdown, words } = runbookOf(of);
        const texts = await sent(kind, { runbook: { path: 'runbooks/r.md', markdown } });
        for (const text of texts) {
          expect(text.isWellFormed()).toBe(true);
          wellFormed[kind]!(text);
        }
        // What is written across lines of a terminal, or percent-encoded in a link, is no loss.
        expectWhole(texts.join('\n').replaceAll(/https:\S+?w\d{4}qend/gu, ''), words);
        expect(texts.join('\n')).toContain(episode.alertId);
      }),
      { numRuns: 30 },
    );
  },
);

test('a webhook names the runbook and has no steps that could be cut', async () => {
  const [body] = await sent('webhook', { runbook: { path: 'runbooks/r.md', markdown: 'x'.repeat(50_000) } });
  expect(JSON.parse(body!)).toMatchObject({ alert: { runbook: 'runbooks/r.md' } });
});

test('a paragraph, a code and a link that are longer than a section of Slack stand there whole', async () => {
  const words = Array.from({ length: 600 }, (_, i) => `w${String(i).padStart(4, '0')}q`);
  const markdown = `${words.slice(0, 400).join(' & ')}\n\n\`\`\`\n${words.slice(400).join(' ')} ${'<'.repeat(300)}\n\`\`\``;
  const texts = await sent('slack', { runbook: { path: 'r.md', markdown } });
  expect(texts.join('\n').match(/w\d{4}q/gu)).toEqual(words);
  expect(texts.join('\n')).not.toContain(note);
});

test('the digest of Slack and DingTalk lists all of fifty alerts, whatever their text weighs', async () => {
  for (const heavy of ['&<>', '单号', '*_`', '🔥']) {
    const digest = Array.from({ length: 50 }, (_, i) => {
      const of = { ...episode, alertId: `alert-${i}-of-it`, group: { service: heavy.repeat(60) } };
      return notice({ episode: of, rule: { ...notice().rule, title: heavy.repeat(40) } });
    });
    for (const kind of ['slack', 'dingtalk']) {
      const target = targets[kind] ?? 'it';
      const delivery = { notice: digest[0]!, digest, target, possibleDuplicate: false, deliveryId: 'd' };
      expect(await channels.get(kind)!.send(delivery)).toMatchObject({ kind: 'sent' });
      const text =
        kind === 'slack' ? JSON.stringify(slack.messages.at(-1)!.blocks) : dingtalk.messages.at(-1)!.text;
      for (const { episode: of } of digest) expect(text, kind).toContain(of.alertId);
    }
  }
});
