/** Every kind of channel beside a stand-in for its service, and the finished texts of what arrived there. */
import { Writable } from 'node:stream';
import { rightClock } from './clock.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { Delivery, Outcome } from '../../src/notify/channel.ts';
import { createChannels } from '../../src/notify/channels/create.ts';
import { startFakeDingtalk } from './dingtalk.ts';
import { secretOf } from './secret.ts';
import { startFakeSlack, type SlackMessage } from './slack.ts';
import { startSmtp, type Smtp } from './smtp.ts';
import { startFakeWebhook } from './webhook.ts';

export const channelKinds = ['slack', 'dingtalk', 'email', 'terminal', 'webhook'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** What arrived last, whole; a mail also by its delivery, since mails may be on their way side by side. */
export interface Arrived {
  slack(): SlackMessage;
  dingtalk(): { readonly title: string; readonly text: string };
  email(deliveryId?: string): Smtp['mails'][number];
  terminal(): string;
  /** As it came over the wire. */
  webhook(): string;
}

export interface EveryChannel {
  readonly arrived: Arrived;
  send(kind: ChannelKind, delivery: Omit<Delivery, 'target'>): Promise<Outcome>;
  /** The finished text of the last message, as far as log text and steps may stand in it; blocks of Slack apart. */
  texts(kind: ChannelKind, deliveryId?: string): readonly string[];
  close(): Promise<void>;
}

export async function startEveryChannel(
  options: { readonly templatesDir?: string } = {},
): Promise<EveryChannel> {
  const never = { perMinute: 1_000_000 };
  const [slack, dingtalk, smtp, webhook] = await Promise.all([
    startFakeSlack(never),
    startFakeDingtalk(never),
    startSmtp(),
    startFakeWebhook(),
  ]);
  let terminal = '';
  const robot = { accessToken: secretOf(dingtalk.accessToken), secret: secretOf(dingtalk.secret) };
  const channels = createChannels(
    {
      terminal: {},
      slack: { token: secretOf(slack.token), apiUrl: slack.url },
      dingtalk: { apiUrl: dingtalk.url, robots: { it: robot } },
      email: { smtp: secretOf(smtp.url), from: 'tocsin@example.com' },
      webhook: { it: { url: secretOf(webhook.url), secret: secretOf(webhook.secret) } },
    },
    silent,
    {
      ...options,
      clock: rightClock(),
      color: false,
      terminal: new Writable({
        write(chunk: Buffer, _encoding, done) {
          terminal = chunk.toString();
          done();
        },
      }),
    },
  );
  const targets: Readonly<Record<ChannelKind, string>> = {
    ...{ slack: '#it', email: 'it@example.com', terminal: '' },
    ...{ dingtalk: 'it', webhook: 'it' },
  };
  const arrived: Arrived = {
    slack: () => slack.messages.at(-1)!,
    dingtalk: () => dingtalk.messages.at(-1)!,
    email: (id) => smtp.mails.findLast(({ messageId }) => messageId?.includes(`.${id ?? ''}`) === true)!,
    terminal: () => terminal,
    webhook: () => webhook.texts.at(-1)!,
  };
  return {
    arrived,
    send: (kind, delivery) => channels.get(kind)!.send({ ...delivery, target: targets[kind] }),
    texts(kind, deliveryId) {
      switch (kind) {
        case 'slack':
          return arrived
            .slack()
            .blocks.flatMap(({ text, elements }) => [text, ...(elements ?? [])])
            .map((each) => each?.text ?? '');
        case 'dingtalk':
          return [arrived.dingtalk().text];
        case 'email':
          return [arrived.email(deliveryId).html || ''];
        case 'terminal':
        case 'webhook':
          return [arrived[kind]()];
      }
    },
    async close() {
      await Promise.all([...channels.values()].map((channel) => channel.close()));
      await Promise.all([slack.close(), dingtalk.close(), smtp.close(), webhook.close()]);
    },
  };
}
