/** Neither a password nor a mail goes in clear to another machine, whatever the server, or someone before it, says. */
import { afterEach, expect, test } from 'vitest';
import { notice } from '../../../../test/support/notices.ts';
import { startScriptedSmtp, usually, type ScriptedSmtp } from '../../../../test/support/scripted-smtp.ts';
import { secretOf } from '../../../../test/support/secret.ts';
import { startSmtp } from '../../../../test/support/smtp.ts';
import { silent } from '../../../event/telemetry.ts';
import type { Channel, Delivery } from '../../channel.ts';
import { createEmailChannel } from './channel.ts';

const CLOSING: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of CLOSING.splice(0)) await close();
});

const delivery: Delivery = {
  notice: notice(),
  target: 'orders@example.com',
  possibleDuplicate: false,
  deliveryId: 'd1',
};

/** An address of this machine that does not say so. */
const ELSEWHERE = '0.0.0.0';

function channelTo(smtp: string, requireTls?: boolean): Channel {
  const channel = createEmailChannel(
    {
      smtp: secretOf(smtp),
      from: 'tocsin@example.com',
      ...(requireTls !== undefined && { requireTls }),
    },
    { telemetry: silent },
  );
  CLOSING.unshift(() => channel.close());
  return channel;
}

async function unencrypted(): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(usually);
  CLOSING.push(() => server.close());
  return server;
}

test('to another machine nothing goes unless it encrypts, and what to do is said', async () => {
  const server = await unencrypted();
  const channel = channelTo(`smtp://tocsin:secret@${ELSEWHERE}:${server.port}`);
  const outcome = await channel.send(delivery);
  expect(outcome).toMatchObject({ kind: 'retry', unsent: true });
  expect(JSON.stringify(outcome)).toContain('channels.email.require_tls: false');
  expect((await channel.probe('a@b'))?.fix).toContain('channels.email.require_tls: false');
  expect(new Set(server.stages)).toEqual(new Set(['connect', 'ehlo', 'starttls']));
});

test('a server that knows no EHLO is not trusted either', async () => {
  const server = await startScriptedSmtp((stage, socket, id) =>
    stage === 'ehlo' ? socket.write('502 what\r\n') : usually(stage, socket, id),
  );
  CLOSING.push(() => server.close());
  const outcome = await channelTo(`smtp://${ELSEWHERE}:${server.port}`).send(delivery);
  expect(outcome).toMatchObject({ kind: 'retry', unsent: true });
  expect(JSON.stringify(outcome)).toContain('channels.email.require_tls: false');
  expect(new Set(server.stages)).toEqual(new Set(['connect', 'ehlo']));
});

test.each([
  ['where the configuration says that the network is trusted', ELSEWHERE, false],
  ['to this machine', '127.0.0.1', undefined],
])('it goes in clear %s', async (_name, host, requireTls) => {
  const server = await unencrypted();
  const outcome = await channelTo(`smtp://tocsin:secret@${host}:${server.port}`, requireTls).send(delivery);
  expect(outcome).toMatchObject({ kind: 'sent' });
  expect(server.stages).toContain('auth');
});

test('to this machine it does not go in clear where the configuration wants encryption', async () => {
  const server = await unencrypted();
  const outcome = await channelTo(server.url, true).send(delivery);
  expect(outcome).toMatchObject({ kind: 'retry', unsent: true });
  expect(server.received).toEqual([]);
});

test('a server that encrypts gets the mail', async () => {
  const server = await startSmtp({ starttls: true });
  CLOSING.push(() => server.close());
  const url = server.url.replace('127.0.0.1', ELSEWHERE);
  expect(await channelTo(`${url}?tls.rejectUnauthorized=false`).send(delivery)).toMatchObject({
    kind: 'sent',
  });
  expect(server.mails).toHaveLength(1);
});

test('a certificate that nobody has signed is not trusted', async () => {
  const server = await startSmtp({ starttls: true });
  CLOSING.push(() => server.close());
  const url = server.url.replace('127.0.0.1', ELSEWHERE);
  expect(await channelTo(url).send(delivery)).toMatchObject({ kind: 'retry', unsent: true });
  expect(server.mails).toHaveLength(0);
});
