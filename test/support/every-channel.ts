/** Every kind of channel beside a stand-in for its service, the finished texts of what arrived there, and what must hold of them. */
import { Writable } from 'node:stream';
import { expect } from 'vitest';
import {
  channelKinds as configured,
  isChannelKind,
  type ChannelConfigs,
  type ChannelKind,
} from '../../src/config/channels/kinds.ts';
import { rightClock } from './clock.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { Delivery, Outcome } from '../../src/notify/channel.ts';
import { createChannels } from '../../src/notify/channels/create.ts';
import { expectInert, expectInertJson } from '../corpus/inert.ts';
import { startFakeDingtalk } from './dingtalk.ts';
import { secretOf } from './secret.ts';
import { startFakeSlack } from './slack.ts';
import { startSmtp } from './smtp.ts';
import { startFakeWebhook } from './webhook.ts';

export const CHANNEL_KINDS = Object.keys(configured).filter(isChannelKind);
/** Those whose messages are written by a template; the others send data. */
export const WRITTEN_KINDS = CHANNEL_KINDS.filter((kind) => configured[kind].hasTemplate);

interface StandIn<Config> {
  readonly config: Config;
  readonly target: string;
  /** The finished text of the last message, as far as log text and steps may stand in it; blocks of Slack apart. */
  texts(deliveryId?: string): readonly string[];
  /** Nothing of this text, which stands in every place of the message that arrived, acts or is markup. */
  inert(text: string, deliveryId: string): void;
  /** No markup of a finished text is cut in half. */
  wellFormed?(text: string): void;
  close?(): Promise<void>;
}

export interface EveryChannel {
  send(kind: ChannelKind, delivery: Omit<Delivery, 'target'>): Promise<Outcome>;
  /** Of the stand-in, as all that follows. */
  texts(kind: ChannelKind, deliveryId?: string): readonly string[];
  inert(kind: ChannelKind, text: string, deliveryId: string): void;
  wellFormed(kind: ChannelKind, text: string): void;
  close(): Promise<void>;
}

const never = { perMinute: 1_000_000 };
const OWN_HOST = /^https:\/\/(?:wiki|k|w)\.example\//u;

/** Outside of code; of a text that is whole. */
function withoutCode(mrkdwn: string): string {
  return mrkdwn.replace(/```[^]*?```/gu, '').replace(/`[^`\n]*`/gu, '');
}

async function slackStandIn(): Promise<StandIn<ChannelConfigs['slack']>> {
  const slack = await startFakeSlack(never);
  const arrived = () => slack.messages.at(-1)!;
  const texts = (): readonly string[] =>
    arrived()
      .blocks.flatMap(({ text, elements }) => [text, ...(elements ?? [])])
      .map((each) => each?.text ?? '');
  return {
    config: { token: secretOf(slack.token), apiUrl: slack.url },
    target: '#it',
    texts,
    inert(text) {
      const { text: fallback, blocks } = arrived();
      if (blocks.length === 0) expect.fail('Slack refused the blocks');
      expectInert(fallback, text);
      expect(fallback).not.toMatch(/[<>]/u);
      for (const [i, mrkdwn] of texts().entries()) {
        expectInert(mrkdwn, text);
        if (blocks[i]?.type === 'header') continue;
        const prose = withoutCode(mrkdwn);
        for (const [, inside] of prose.matchAll(/<([^<>]*)>/gu)) expect(inside).toMatch(OWN_HOST);
        const bare = prose.replace(/<[^<>]*>/gu, '').replace(/^> /gmu, '');
        expect(bare, 'markup of its own').not.toMatch(/[<>]/u);
        expect(bare, 'a picture').not.toMatch(/(?<!\d):(?:fire|evil|100):/u);
      }
    },
    wellFormed(text) {
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
    close: () => slack.close(),
  };
}

async function dingtalkStandIn(): Promise<StandIn<ChannelConfigs['dingtalk']>> {
  const dingtalk = await startFakeDingtalk(never);
  const robot = { accessToken: secretOf(dingtalk.accessToken), secret: secretOf(dingtalk.secret) };
  return {
    config: { apiUrl: dingtalk.url, robots: { it: robot } },
    target: 'it',
    texts: () => [dingtalk.messages.at(-1)!.text],
    inert(text) {
      const { title, text: markdown } = dingtalk.messages.at(-1)!;
      expectInert(title, text);
      expectInert(markdown, text);
      const prose = withoutCode(markdown.replaceAll(/\\[^]/gu, ''));
      expect(prose, 'HTML').not.toContain('<');
      for (const [, href] of prose.matchAll(/\]\(([^)]*)\)/gu)) expect(href).toMatch(OWN_HOST);
      expect(prose, 'a picture or a reference').not.toMatch(/!\[|^\[[^\]]*\]:/mu);
      expect(prose, 'a heading that is not ours').not.toMatch(/^#+ (?!🔴|🟠|🟡|🔵|⚪|✅|⏹️|✏️|↩️)/mu);
    },
    wellFormed(text) {
      expect(text.split('```').length % 2).toBe(1);
      const prose = text
        .split('```')
        .filter((_part, i) => i % 2 === 0)
        .join('\n');
      for (const each of prose.split('\n')) expect(each.replaceAll('\\`', '').split('`').length % 2).toBe(1);
      expect(prose.match(/\]\(https:/gu)?.length ?? 0).toBe(
        prose.match(/\]\(https:[^\s()]+\)/gu)?.length ?? 0,
      );
    },
    close: () => dingtalk.close(),
  };
}

/** Mails may be on their way side by side. The headers of the first one are those that a mail may have. */
async function emailStandIn(): Promise<StandIn<ChannelConfigs['email']>> {
  const smtp = await startSmtp();
  const mailOf = (id: string | undefined) =>
    smtp.mails.findLast(({ messageId }) => messageId?.includes(`.${id ?? ''}`) === true)!;
  return {
    config: { smtp: secretOf(smtp.url), from: 'tocsin@example.com' },
    target: 'it@example.com',
    texts: (deliveryId) => [mailOf(deliveryId).html || ''],
    inert(text, deliveryId) {
      const mail = mailOf(deliveryId);
      const html = mail.html || '';
      expectInert(html, text);
      expectInert(mail.text ?? '', text);
      for (const [tag] of html.matchAll(/<[^>]*>/gu)) {
        expect(tag).toMatch(
          /^<(?:\/|!doctype|html|head|meta|title|body|div|table|tr|td|h1|h2|h3|p|a|span|code|pre|strong|blockquote|br)\b/u,
        );
        expect(tag).not.toMatch(/\son\w+=|javascript:|src=/iu);
        const href = /href="([^"]*)"/u.exec(tag)?.[1];
        if (href !== undefined) expect(href).toMatch(OWN_HOST);
      }
      expectInert(mail.subject ?? '', text);
      expect(JSON.stringify([mail.to, mail.cc ?? '', mail.bcc ?? ''])).not.toContain('evil');
      for (const name of mail.headers.keys()) expect([...smtp.mails[0]!.headers.keys()]).toContain(name);
    },
    wellFormed(text) {
      const open: string[] = [];
      for (const [, close, name] of text.matchAll(/<(\/?)([a-z]+\d?)[^>]*?>/gu)) {
        if (name === 'meta' || name === 'br') continue;
        if (close === '/') expect(open.pop()).toBe(name);
        else open.push(name!);
      }
      expect(open).toEqual([]);
    },
    close: () => smtp.close(),
  };
}

/** Looks at what is written to `stream`. */
function terminalStandIn(): StandIn<ChannelConfigs['terminal']> & { readonly stream: Writable } {
  let shown = '';
  return {
    config: {},
    target: '',
    stream: new Writable({
      write(chunk: Buffer, _encoding, done) {
        shown = chunk.toString();
        done();
      },
    }),
    texts: () => [shown],
    inert(text) {
      expectInert(shown, text);
      for (const line of shown.trim().split('\n')) expect(line).toMatch(/^┃/u);
    },
  };
}

/** Its text is the body as it came over the wire. */
async function webhookStandIn(): Promise<StandIn<ChannelConfigs['webhook']>> {
  const webhook = await startFakeWebhook();
  return {
    config: { it: { url: secretOf(webhook.url), secret: secretOf(webhook.secret) } },
    target: 'it',
    texts: () => [webhook.texts.at(-1)!],
    inert(text) {
      const [body] = expectInertJson(webhook.texts.at(-1)!, text) as [
        { readonly alert: { readonly group: { readonly service: string } } },
      ];
      expect(body.alert.group.service).toBe(text);
    },
    close: () => webhook.close(),
  };
}

export async function startEveryChannel(
  options: { readonly templatesDir?: string } = {},
): Promise<EveryChannel> {
  const terminal = terminalStandIn();
  const [slack, dingtalk, email, webhook] = await Promise.all([
    slackStandIn(),
    dingtalkStandIn(),
    emailStandIn(),
    webhookStandIn(),
  ]);
  const all: { readonly [K in ChannelKind]: StandIn<ChannelConfigs[K]> } = {
    slack,
    dingtalk,
    email,
    terminal,
    webhook,
  };
  const configs = Object.fromEntries(CHANNEL_KINDS.map((kind) => [kind, all[kind].config]));
  const channels = createChannels(configs, silent, {
    ...options,
    clock: rightClock(),
    color: false,
    terminal: terminal.stream,
  });
  return {
    send: (kind, delivery) => channels.get(kind)!.send({ ...delivery, target: all[kind].target }),
    texts: (kind, deliveryId) => all[kind].texts(deliveryId),
    inert: (kind, text, deliveryId) => {
      all[kind].inert(text, deliveryId);
    },
    wellFormed: (kind, text) => all[kind].wellFormed?.(text),
    async close() {
      await Promise.all([...channels.values()].map((channel) => channel.close()));
      for (const kind of CHANNEL_KINDS) await all[kind].close?.();
    },
  };
}
