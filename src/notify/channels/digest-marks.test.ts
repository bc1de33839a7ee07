/** A digest that may have arrived before says so, as every message does, on every channel that people read. */
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { startFakeDingtalk, type FakeDingtalk } from '../../../test/support/dingtalk.ts';
import { notice } from '../../../test/support/notices.ts';
import { secretOf } from '../../../test/support/secret.ts';
import { startFakeSlack, type FakeSlack } from '../../../test/support/slack.ts';
import { startSmtp, type Smtp } from '../../../test/support/smtp.ts';
import { silent } from '../../event/telemetry.ts';
import type { Channel } from '../channel.ts';
import { createChannels } from './create.ts';

let slack: FakeSlack;
let dingtalk: FakeDingtalk;
let smtp: Smtp;
let channels: ReadonlyMap<string, Channel>;
let terminal = '';

beforeAll(async () => {
  [slack, dingtalk, smtp] = await Promise.all([startFakeSlack(), startFakeDingtalk(), startSmtp()]);
  const robot = { accessToken: secretOf(dingtalk.accessToken), secret: secretOf(dingtalk.secret) };
  const written = new Writable({
    write(chunk: Buffer, _encoding, done) {
      terminal += chunk.toString();
      done();
    },
  });
  channels = createChannels(
    {
      terminal: {},
      slack: { token: secretOf(slack.token), apiUrl: slack.url },
      dingtalk: { apiUrl: dingtalk.url, robots: { it: robot } },
      email: { smtp: secretOf(smtp.url), from: 'tocsin@example.com' },
    },
    silent,
    { clock: rightClock(), color: false, terminal: written },
  );
});
afterAll(() => Promise.all([slack.close(), dingtalk.close(), smtp.close()]));

test.each<[kind: string, target: string, texts: () => readonly (string | undefined)[]]>([
  ['slack', '#it', () => [JSON.stringify(slack.messages.at(-1)?.blocks)]],
  ['dingtalk', 'it', () => [dingtalk.messages.at(-1)?.text]],
  ['email', 'it@example.com', () => [smtp.mails.at(-1)?.text, smtp.mails.at(-1)?.html || '']],
  ['terminal', '', () => [terminal]],
])('on %s', async (kind, target, texts) => {
  const digest = [notice(), notice({ threadId: 'other' })];
  for (const possibleDuplicate of [false, true]) {
    const delivery = { notice: digest[0]!, digest, target, possibleDuplicate, deliveryId: 'd' };
    terminal = '';
    expect(await channels.get(kind)!.send(delivery)).toMatchObject({ kind: 'sent' });
    for (const text of texts())
      expect(/Possible[\s┃]+duplicate/u.test(text ?? ''), text).toBe(possibleDuplicate);
  }
});
