/** A real SMTP server on a free loopback port that wants a login, refuses by script, and keeps what it took, parsed. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Smtp {
  /** With user and password: to be used as `channels.email.smtp`. */
  readonly url: string;
  readonly urlWithWrongPassword: string;
  readonly mails: readonly ParsedMail[];
  /** The next mails are refused so, one each: at the address, or after the text. */
  refuse(
    ...next: readonly { readonly at: 'rcpt' | 'data'; readonly code: number; readonly text: string }[]
  ): void;
  close(): Promise<void>;
}

/** `starttls`: it can encrypt, with a certificate that nobody has signed. */
export async function startSmtp({ starttls = false } = {}): Promise<Smtp> {
  const mails: ParsedMail[] = [];
  const refusals: { at: 'rcpt' | 'data'; code: number; text: string }[] = [];
  const refusal = (at: 'rcpt' | 'data'): Error | undefined => {
    if (refusals[0]?.at !== at) return undefined;
    const { code, text } = refusals.shift()!;
    return Object.assign(new Error(text), { responseCode: code });
  };
  const server = new SMTPServer({
    disabledCommands: starttls ? [] : ['STARTTLS'],
    allowInsecureAuth: !starttls,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth(auth, _session, done) {
      if (auth.username === 'tocsin' && auth.password === 'secret') done(null, { user: 'tocsin' });
      else done(Object.assign(new Error('Authentication failed'), { responseCode: 535 }));
    },
    onRcptTo: (_address, _session, done) => done(refusal('rcpt')),
    onData(stream, _session, done) {
      simpleParser(stream).then(
        (mail) => {
          const problem = refusal('data');
          if (!problem) mails.push(mail);
          done(problem);
        },
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://tocsin:secret@127.0.0.1:${port}`,
    urlWithWrongPassword: `smtp://tocsin:wrong@127.0.0.1:${port}`,
    mails,
    refuse: (...next) => void refusals.push(...next),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
