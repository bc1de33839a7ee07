/**
 * Mail servers that answer anything at any stage: odd codes, half lines, lines without end, bytes that are no text, resets, silence.
 * Whatever they do, each mail ends as taken, refused or perhaps arrived; and never as certainly not arrived where it came whole and
 * nobody refused it, nor as taken where nobody said so.
 */
import type { Socket } from 'node:net';
import { createEmailChannel } from '../../src/notify/channels/email/channel.ts';
import type { Channel, Outcome } from '../../src/notify/channel.ts';
import { silent } from '../../src/event/telemetry.ts';
import { notice } from '../support/notices.ts';
import { startScriptedSmtp, usualAnswers, type SmtpStage } from '../support/scripted-smtp.ts';
import { secretOf } from '../support/secret.ts';
import type { Random } from '../support/timelines.ts';
import type { Fuzzer } from './harness.ts';
import { oddBytes, oddText, spoiltBytes } from './odd-values.ts';

/** One way to answer, in pieces. */
interface Answer {
  readonly pieces: readonly Buffer[];
  readonly pauseMs: number;
  readonly then: 'wait' | 'end' | 'reset' | 'go on for ever';
}

/** What one server does at each stage; where it says nothing of a stage, it is in order there. */
interface Conversation {
  readonly answers: Partial<Readonly<Record<SmtpStage, Answer>>>;
  readonly hasLogin: boolean;
  readonly requireTls: boolean;
  readonly isProbe: boolean;
}

const TOGETHER = 100;
const ANSWER_WITHIN_MS = 1_000;

export const mailFuzzer: Fuzzer<readonly Conversation[]> = {
  name: 'answers of a mail server',
  input: (random) => Array.from({ length: TOGETHER }, () => conversation(random)),
  // Many at a time: most of what is wrong is waited for.
  run: async (conversations) => {
    await Promise.all(conversations.map(talk));
  },
  stepMs: 60_000,
};

const STAGES = Object.keys(usualAnswers) as SmtpStage[];

function conversation(random: Random): Conversation {
  // Mostly one stage goes wrong, or none would be reached after the first.
  const wrong = Array.from({ length: random.chance(80) ? 1 : 3 }, () => random.pick(STAGES));
  const answers: Partial<Record<SmtpStage, Answer>> = {};
  for (const stage of wrong) answers[stage] = answer(random, stage);
  const requireTls = random.chance(10);
  return { answers, requireTls, hasLogin: random.chance(50), isProbe: random.chance(5) };
}

function answer(random: Random, stage: SmtpStage): Answer {
  const bytes = said(random, stage);
  const cut = random.below(bytes.length + 1);
  const pieces = random.chance(50) ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
  const then = random.pick(['wait', 'wait', 'wait', 'end', 'reset', 'go on for ever'] as const);
  return { pieces, pauseMs: random.chance(50) ? 0 : random.below(50), then };
}

const CODES = [
  '',
  '2',
  '25',
  '000',
  '100',
  '220',
  '235',
  '250',
  '299',
  '334',
  '354',
  '421',
  '451',
  '550',
  '999',
  '2500',
];
const ENDS = ['\r\n', '\r\n', '\n', '\r', '', '\r\n\r\n', '\0\r\n'];

function said(random: Random, stage: SmtpStage): Buffer {
  const usual = Buffer.from(`${usualAnswers[stage]}\r\n`);
  const line = (): string =>
    random.pick(CODES) + random.pick([' ', '-', '', '\t']) + oddText(random) + random.pick(ENDS);
  switch (random.below(7)) {
    case 0:
      return usual;
    case 1:
      return spoiltBytes(random, usual);
    case 2:
      return oddBytes(random);
    case 3:
      return Buffer.from(Array.from({ length: random.below(20) }, line).join(''));
    case 4:
      return Buffer.concat([usual, Buffer.from(line())]);
    case 5:
      return Buffer.from(
        `250-odd\r\n${Array.from({ length: random.below(8) }, () => offer(random)).join('')}250 end\r\n`,
      );
    default:
      return Buffer.from(line());
  }
}

/** A line of an answer to EHLO. */
function offer(random: Random): string {
  const words = [
    'AUTH',
    'AUTH=',
    'PLAIN',
    'LOGIN',
    'CRAM-MD5',
    'XOAUTH2',
    'SIZE',
    '0',
    '99999999999999999999',
    'SIZE 10',
  ];
  const more = [
    'STARTTLS',
    'PIPELINING',
    'SMTPUTF8',
    '8BITMIME',
    'DSN',
    'REQUIRETLS',
    ' '.repeat(20_000),
    '\t',
  ];
  const chosen = Array.from({ length: random.below(6) }, () => random.pick([...words, ...more]));
  return `250${random.pick(['-', ' '])}${chosen.join(random.pick([' ', '=', '']))}\r\n`;
}

async function talk({ answers, hasLogin, requireTls, isProbe }: Conversation): Promise<void> {
  const written: string[] = [];
  const server = await startScriptedSmtp((stage, socket) => {
    const usual: Answer = { pieces: [Buffer.from(`${usualAnswers[stage]}\r\n`)], pauseMs: 0, then: 'wait' };
    void give(answers[stage] ?? usual, socket, written);
  });
  const url = hasLogin ? server.url.replace('//', '//tocsin:secret@') : server.url;
  const config = {
    smtp: secretOf(url),
    from: 'tocsin@example.com',
    answerWithinMs: ANSWER_WITHIN_MS,
    requireTls,
  };
  const channel = createEmailChannel(config, { telemetry: silent, beforeTextMs: ANSWER_WITHIN_MS });
  try {
    if (isProbe) await channel.probe('a@example.com');
    else judge(await send(channel), server.received.length > 0, written.join(''));
  } finally {
    await channel.close();
    await server.close();
  }
}

function send(channel: Channel): Promise<Outcome> {
  return channel.send({
    notice: notice(),
    target: 'a@example.com',
    possibleDuplicate: false,
    deliveryId: 'd',
  });
}

async function give({ pieces, pauseMs, then }: Answer, socket: Socket, written: string[]): Promise<void> {
  for (const piece of pieces) {
    written.push(piece.toString('latin1'));
    if (socket.writable) socket.write(piece);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  if (then === 'end') socket.end();
  if (then === 'reset') socket.resetAndDestroy();
  if (then === 'go on for ever') goOn(socket);
}

/** As fast as it is read, until the other side has enough. */
function goOn(socket: Socket): void {
  const piece = Buffer.alloc(65_536, 'x');
  const more = (): void => {
    while (socket.writable && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

/** `hasCome`: the text came whole. `written`: all that the server said. */
function judge(outcome: Outcome, hasCome: boolean, written: string): void {
  const hasSaid = (code: RegExp): boolean => code.test(written);
  const isCertain = outcome.kind === 'failed' || (outcome.kind === 'retry' && outcome.unsent);
  if (hasCome && isCertain && !hasSaid(/[45]\d\d/u))
    throw new Error(
      `held for unsent although it came and nobody refused it: ${JSON.stringify({ outcome, written })}`,
    );
  if (outcome.kind === 'sent' && !hasSaid(/3\d\d[^]*2\d\d/u))
    throw new Error(`held for sent although nobody said so: ${JSON.stringify({ written })}`);
}
