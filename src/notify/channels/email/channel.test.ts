import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { notice, resolvedEpisode } from '../../../../test/support/notices.ts';
import { secretOf } from '../../../../test/support/secret.ts';
import { startSmtp, type Smtp } from '../../../../test/support/smtp.ts';
import { silent } from '../../../event/telemetry.ts';
import type { Channel, Delivery } from '../../channel.ts';
import type { Notice } from '../../notice.ts';
import { createEmailChannel } from './channel.ts';

let smtp: Smtp;
let channel: Channel;
const open = (url: string): Channel =>
  createEmailChannel({ smtp: secretOf(url), from: 'Tocsin <tocsin@example.com>' }, { telemetry: silent });

beforeEach(async () => {
  smtp = await startSmtp();
  channel = open(smtp.url);
});
afterEach(async () => {
  await channel.close();
  await smtp.close();
});

function delivery(changes: Partial<Notice> = {}, rest: Partial<Delivery> = {}): Delivery {
  return {
    notice: notice(changes),
    target: 'orders@example.com',
    possibleDuplicate: false,
    deliveryId: 'd1',
    ...rest,
  };
}

const runbook = {
  path: 'runbooks/order-sync.md',
  markdown: readFileSync(new URL('../../../../rules/runbooks/order-sync.md', import.meta.url), 'utf8'),
};

test('a mail has HTML and text that say the same, and marks itself as automatic', async () => {
  const outcome = await channel.send(delivery({ runbook, kibanaUrl: 'https://k.example/app/r?p=1' }));
  expect(outcome).toEqual({ kind: 'sent', thread: { messageId: '<tocsin.d1@example.com>' } });
  const mail = smtp.mails[0]!;
  expect(mail.subject).toBe('[Critical] Order sync failures (order_sync_failures) · service = order-service');
  for (const body of [mail.html || '', mail.text ?? '']) {
    for (const part of [
      'order_sync_failures',
      '12 in 5 min (limit 5)',
      'inventory_rollback: reservation',
      'Restore service first',
      'https://k.example/app/r?p=1',
      '7c1e09b2a4f35d68',
    ]) {
      expect(body).toContain(part);
    }
  }
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
});

test('later mails of an alert refer to the first, under the same subject', async () => {
  const fired = await channel.send(delivery());
  const thread = fired.kind === 'sent' ? fired.thread! : {};
  const outcome = await channel.send(
    delivery({ kind: 'resolved', episode: resolvedEpisode }, { thread, deliveryId: 'd2' }),
  );
  expect(outcome).toEqual({ kind: 'sent', thread });
  const [first, second] = smtp.mails;
  expect(second!.inReplyTo).toBe(first!.messageId);
  expect(second!.references).toBe(first!.messageId);
  expect(second!.messageId).not.toBe(first!.messageId);
  expect(second!.subject).toBe(first!.subject);
  expect(second!.html).toContain('Resolved: ');
});

test('a resend carries the same Message-ID', async () => {
  await channel.send(delivery());
  await channel.send(delivery({}, { possibleDuplicate: true }));
  expect(smtp.mails[1]!.messageId).toBe(smtp.mails[0]!.messageId);
  expect(smtp.mails[1]!.text).toContain('Possible duplicate');
});

test.each([
  ['550 at the address', { at: 'rcpt', code: 550, text: 'no such user' }, { kind: 'failed' }],
  ['451 at the address', { at: 'rcpt', code: 451, text: 'later' }, { kind: 'retry', unsent: true }],
  ['451 after the text', { at: 'data', code: 451, text: 'later' }, { kind: 'retry', unsent: true }],
  ['554 after the text', { at: 'data', code: 554, text: 'spam' }, { kind: 'failed' }],
] as const)('%s is told apart', async (_name, refusal, expected) => {
  smtp.refuse(refusal);
  expect(await channel.send(delivery())).toMatchObject(expected);
  expect(smtp.mails).toHaveLength(0);
});

test('a server that is not there has certainly received nothing', async () => {
  const gone = open('smtp://127.0.0.1:5');
  expect(await gone.send(delivery())).toMatchObject({ kind: 'retry', unsent: true });
  expect(await gone.probe('a@b')).toMatchObject({
    fix: expect.stringContaining('channels.email.smtp') as string,
  });
});

test('a wrong password is named by the probe and shown nowhere', async () => {
  expect(await channel.probe('a@b')).toBeUndefined();
  const wrong = open(smtp.urlWithWrongPassword);
  const problem = await wrong.probe('a@b');
  expect(problem?.fix).toContain('user and password');
  expect(JSON.stringify(problem)).not.toContain('wrong');
});

test('log text makes no element, link or header, whatever it holds', async () => {
  const evil = '<script>alert(1)</script><a href="http://evil">x</a>" onload="x\r\nBcc: victim@example.com';
  await channel.send(
    delivery({
      samples: [{ ...notice().samples[0]!, fields: {}, excerpt: evil }],
      values: { order_id: [evil] },
      runbook: { path: 'r.md', markdown: 'Look at {{order_id}}' },
      episode: { ...notice().episode, group: { service: evil } },
    }),
  );
  const mail = smtp.mails[0]!;
  expect(mail.html).not.toContain('<script');
  expect(mail.html).not.toContain('<a href="http://evil');
  expect(mail.headers.has('bcc')).toBe(false);
  expect(mail.html).toContain('&lt;script&gt;');
});
