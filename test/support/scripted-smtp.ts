/** A raw SMTP server on a free loopback port that answers each stage of a conversation as a test says, however wrong that is. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What is answered: the connection, a command, or (`text`) the dot that ends the text of a mail. */
export type SmtpStage =
  'connect' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'text' | 'other';

export interface ScriptedSmtp {
  readonly port: number;
  /** Without user and password. */
  readonly url: string;
  /** The stages that were reached, of all conversations. */
  readonly stages: readonly SmtpStage[];
  /** Message-IDs of the mails whose text came whole, down to its dot, in the order in which they did. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

/** Answers by itself (it may write nothing, anything, or end the connection). `mail`: the whole text, at the stage `text`. */
export type SmtpScript = (stage: SmtpStage, socket: Socket, mail: string) => void;

/** What a server that is in order says, without the end of the line. */
export const usualAnswers: Readonly<Record<SmtpStage, string>> = {
  connect: '220 scripted',
  ehlo: '250-scripted\r\n250 AUTH PLAIN',
  starttls: '502 not known',
  auth: '235 fine',
  mail: '250 fine',
  rcpt: '250 fine',
  data: '354 go on',
  text: '250 taken',
  other: '250 fine',
};

/** A server that is in order. */
export const usually: SmtpScript = (stage, socket) => void socket.write(`${usualAnswers[stage]}\r\n`);

export async function startScriptedSmtp(script: SmtpScript): Promise<ScriptedSmtp> {
  const sockets = new Set<Socket>();
  const stages: SmtpStage[] = [];
  const received: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const answer: SmtpScript = (stage, on, mail) => {
      stages.push(stage);
      if (stage === 'text') received.push(/^message-id: *(\S+)/imu.exec(mail)?.[1] ?? '');
      script(stage, on, mail);
    };
    answer('connect', socket, '');
    listen(socket, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    stages,
    received,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Tells commands and the text apart, however they are cut. The text is looked for once DATA was said, whatever was answered. */
function listen(socket: Socket, answer: SmtpScript): void {
  let unread = '';
  let isText = false;
  socket.on('data', (chunk) => {
    unread += chunk.toString('latin1');
    for (;;) {
      const end = unread.indexOf(isText ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const part = unread.slice(0, end);
      unread = unread.slice(end + (isText ? 5 : 2));
      const stage = isText ? 'text' : stageOf(part);
      isText = stage === 'data';
      answer(stage, socket, stage === 'text' ? part : '');
    }
  });
}

function stageOf(line: string): SmtpStage {
  const verb = /^[a-z]+/iu.exec(line)?.[0].toLowerCase() ?? '';
  if (verb === 'helo') return 'ehlo';
  return (Object.keys(usualAnswers) as SmtpStage[]).find((stage) => stage === verb) ?? 'other';
}
