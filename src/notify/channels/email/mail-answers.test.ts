/** How far a mail came before something went wrong: what may have arrived is told apart from what certainly has not. */
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { notice } from '../../../../test/support/notices.ts';
import {
  startScriptedSmtp,
  usually,
  type ScriptedSmtp,
  type SmtpStage,
} from '../../../../test/support/scripted-smtp.ts';
import { secretOf } from '../../../../test/support/secret.ts';
import { silent } from '../../../event/telemetry.ts';
import type { Channel, Delivery } from '../../channel.ts';
import { createEmailChannel } from './channel.ts';

let server: ScriptedSmtp | undefined;
let channel: Channel | undefined;
afterEach(async () => {
  await channel?.close();
  await server?.close();
});

const delivery: Delivery = {
  notice: notice(),
  target: 'orders@example.com',
  possibleDuplicate: false,
  deliveryId: 'd1',
};

/** A channel to a server that does `instead` at one stage, and is in order at all others. */
async function against(
  at: SmtpStage,
  instead: (socket: Socket) => void,
  answerWithinMs = 60_000,
): Promise<Channel> {
  server = await startScriptedSmtp((stage, socket, id) =>
    stage === at ? instead(socket) : usually(stage, socket, id),
  );
  const config = { smtp: secretOf(server.url), from: 'Tocsin <tocsin@example.com>', answerWithinMs };
  return (channel = createEmailChannel(config, { telemetry: silent }));
}

const say = (text: string) => (socket: Socket) => void socket.write(text);

test('a server that needs nine seconds after the dot has taken the mail once', async () => {
  const mail = await against('text', (socket) => void setTimeout(() => socket.write('250 taken\r\n'), 9_000));
  expect(await mail.send(delivery)).toMatchObject({ kind: 'sent' });
  expect(server!.received).toEqual(['<tocsin.d1@example.com>']);
});

test.each<[string, SmtpStage, (socket: Socket) => void]>([
  ['a connection that ends after the dot', 'text', (socket) => socket.end()],
  ['a connection that is reset after the dot', 'text', (socket) => socket.resetAndDestroy()],
  ['no answer to the dot', 'text', () => undefined],
  ['half an answer to the dot', 'text', (socket) => socket.end('451 la')],
  ['an answer to the dot that never ends', 'text', say('250-fine\r\n')],
  ['nonsense after the dot', 'text', say('hello\r\n')],
  ['a code after the dot that SMTP does not have', 'text', say('999 what\r\n')],
  ['another question after the dot', 'text', say('354 go on\r\n')],
  ['nonsense after the dot that begins like a yes', 'text', say('2much\r\n')],
])('with %s the mail may have arrived', async (_name, stage, instead) => {
  const mail = await against(stage, instead, 1_000);
  expect(await mail.send(delivery)).toMatchObject({ kind: 'retry', unsent: false });
  expect(server!.received).toHaveLength(1);
});

test.each<[string, SmtpStage, (socket: Socket) => void]>([
  ['a connection that ends before the greeting', 'connect', (socket) => socket.end()],
  ['a greeting that is none', 'connect', say('HTTP/1.1 400 Bad Request\r\n')],
  ['a connection that is reset at RCPT', 'rcpt', (socket) => socket.resetAndDestroy()],
  ['a connection that ends at DATA', 'data', (socket) => socket.end()],
  ['nonsense at DATA', 'data', say('what?\r\n')],
  ['one answer too many', 'mail', say('250 fine\r\n250 fine\r\n250 fine\r\n250 fine\r\n')],
])('with %s the mail has certainly not arrived', async (_name, stage, instead) => {
  const mail = await against(stage, instead);
  expect(await mail.send(delivery)).toMatchObject({ kind: 'retry', unsent: true });
  expect(server!.received).toHaveLength(0);
});

test.each([
  ['451 later', { kind: 'retry', unsent: true }],
  ['421 closing', { kind: 'retry', unsent: true }],
  ['554 spam', { kind: 'failed' }],
])('%s after the dot is an answer: the mail was not taken', async (answer, outcome) => {
  const mail = await against('text', say(`${answer}\r\n`));
  expect(await mail.send(delivery)).toMatchObject(outcome);
});

test('closing the channel ends a wait for an answer at once, and the mail may have arrived', async () => {
  const reached = Promise.withResolvers<undefined>();
  const mail = await against('text', () => reached.resolve(undefined));
  const outcome = mail.send(delivery);
  await reached.promise;
  await mail.close();
  expect(await outcome).toMatchObject({ kind: 'retry', unsent: false });
});

test('an answer without an end is not kept', async () => {
  const mail = await against('ehlo', (socket) => {
    const more = (): void => {
      while (socket.writable && socket.write('x'.repeat(65_536)));
    };
    socket.on('drain', more);
    more();
  });
  expect(await mail.send(delivery)).toMatchObject({ kind: 'retry', unsent: true });
});
