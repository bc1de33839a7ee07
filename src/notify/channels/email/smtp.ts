/**
 * One mail, one SMTP conversation, and a sure word about how far it came. What was said before the text is certain to have done
 * nothing; once the text has begun, only an answer that SMTP knows says whether the mail was taken (RFC 5321 4.2.5).
 *
 * nodemailer speaks the protocol. It reads the text it is to send only after the server has asked for it, so the first read tells
 * that the text has begun; its own error codes do not (a connection lost anywhere is called `CONN`).
 */
import { Readable } from 'node:stream';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { redactText } from '../../../event/redact.ts';
import { visibleLine } from '../../../event/visible.ts';

export interface SmtpServer {
  /** smtp:// or smtps://, with user and password where it wants a login. */
  readonly url: string;
  /** Whether nothing goes out unencrypted; absent: unless the server is on this machine. */
  readonly requireTls?: boolean;
  /** From the start to the server's leave to send the text. */
  readonly beforeTextMs: number;
  /** From the first byte of the text to the answer that follows it. RFC 5321 4.5.3.2.6 asks for ten minutes. */
  readonly answerWithinMs: number;
}

export interface SmtpMail {
  readonly from: string;
  readonly to: string;
  /** Headers and body. */
  readonly text: Buffer;
}

/** How a conversation ended. `because` is log-safe: on one line, bounded. */
export type SmtpEnd =
  | { readonly kind: 'done' }
  /** An answer that SMTP knows: 4yz or 5yz. The mail was not taken. */
  | { readonly kind: 'refused'; readonly code: number; readonly isLogin: boolean; readonly because: string }
  /** User or password are missing for what the server wants: nothing was sent. */
  | { readonly kind: 'no login'; readonly because: string }
  /** The server offers no encryption although it is required: nothing was sent. */
  | { readonly kind: 'no encryption'; readonly because: string }
  /** No answer, or none that SMTP knows. `isTextBegun`: the mail may have been taken all the same. */
  | { readonly kind: 'broken'; readonly isTextBegun: boolean; readonly because: string };

export interface SmtpConversation {
  /** Never rejects. */
  readonly ended: Promise<SmtpEnd>;
  /** Ends it now, as broken. */
  abort(because: string): void;
}

/** Connecting, greeting and the change to TLS together. */
const CONNECT_MS = 5_000;
const GREETING_MS = 5_000;
const CLOSE_MS = 1_000;
/** An answer is some lines; what is longer is none. */
const ANSWER_BYTES = 65_536;

/** Without a mail it ends after the login. */
export function converse(server: SmtpServer, mail?: SmtpMail): SmtpConversation {
  const options = optionsOf(server);
  const connection = new SMTPConnection(options);
  const { promise, resolve } = Promise.withResolvers<SmtpEnd>();
  let isTextBegun = false;
  let timer: NodeJS.Timeout | undefined;
  const end = (how: SmtpEnd): void => {
    clearTimeout(timer);
    resolve(how);
    connection.close();
  };
  const abort = (because: string): void => end({ kind: 'broken', isTextBegun, because });
  const fail = (error: unknown): void => end(endOf(error as SmtpError, isTextBegun));
  const limit = (ms: number, because: string): void => {
    clearTimeout(timer);
    timer = setTimeout(() => abort(because), ms);
  };
  const begin = (): boolean => {
    const leave = connection.lastServerResponse || '';
    isTextBegun = isCode(leave, '3');
    // nodemailer takes a 2yz for leave too. It would be the answer to something else, and all that follow would be mixed up.
    if (!isTextBegun) abort(`the mail server answers nonsense to DATA: ${shown(leave)}`);
    else limit(server.answerWithinMs, `no answer to the text within ${server.answerWithinMs / 1000} s`);
    return isTextBegun;
  };
  const send = ({ from, to, text }: SmtpMail): void => {
    connection.send({ from, to: [to] }, readOnce(text, begin), (error, info) => {
      if (error) fail(error);
      // nodemailer looks at the first character only.
      else if (isCode(info.response, '2')) end({ kind: 'done' });
      else abort(`the mail server answers nonsense to the text: ${shown(info.response)}`);
    });
  };
  const goOn = (error?: unknown): void => {
    if (error) fail(error);
    else if (mail) send(mail);
    else end({ kind: 'done' });
  };
  // Stays for good: an error that nobody hears would end the process.
  connection.on('error', fail);
  connection.on('end', () => abort('the mail server ended the conversation'));
  limit(
    server.beforeTextMs,
    `the mail server did not come to the text within ${server.beforeTextMs / 1000} s`,
  );
  connection.connect((error) => {
    const { auth } = options;
    if (error || !auth || !connection.allowsAuth) goOn(error);
    else connection.login({ ...auth, method: options.authMethod ?? false }, goOn);
  });
  return { ended: promise, abort };
}

/** The text as a stream, once `begin` agrees: it is called when the text is first read. */
function readOnce(text: Buffer, begin: () => boolean): Readable {
  return new Readable({
    read() {
      if (!begin()) return;
      this.push(text);
      this.push(null);
    },
  });
}

/** An answer with a code of three digits that begins with `first`. */
function isCode(answer: string, first: string): boolean {
  return answer.startsWith(first) && /^\d{3}(?!\w)/u.test(answer);
}

type SmtpOptions = SMTPConnection.Options & {
  auth?: { user: string; pass: string };
  authMethod?: string | false;
};

function optionsOf({ url, requireTls, beforeTextMs, answerWithinMs }: SmtpServer): SmtpOptions {
  const given: SmtpOptions = parseConnectionUrl(url) as SmtpOptions;
  return {
    ...given,
    requireTLS: requireTls ?? given.requireTLS ?? !isThisMachine(given.host ?? ''),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: GREETING_MS,
    // Of silence. The limits of `converse` are what counts; this one only must not be shorter.
    socketTimeout: Math.max(beforeTextMs, answerWithinMs) + 1_000,
    socketCloseTimeout: CLOSE_MS,
    maxResponseSize: ANSWER_BYTES,
  };
}

/** What is said to it never leaves the machine. */
function isThisMachine(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/iu.test(host);
}

interface SmtpError {
  readonly code?: string;
  /** What the server said. */
  readonly response?: string | false;
  readonly command?: string;
  readonly message?: string;
}

function endOf({ code, response, command, message }: SmtpError, isTextBegun: boolean): SmtpEnd {
  const because = shown(message);
  const said = typeof response === 'string' ? Number(/^([45]\d\d)(?!\w)/u.exec(response)?.[1]) : NaN;
  // HELO, the way without EHLO, knows no encryption.
  const isUnencrypted =
    command === 'STARTTLS' || (command === 'EHLO' && message?.includes('required STARTTLS'));
  if (isUnencrypted && response) return { kind: 'no encryption', because };
  // After the text has begun only what nodemailer read as the answer to it is one, not a line that was cut off.
  if (Number.isFinite(said) && (!isTextBegun || code === 'EMESSAGE'))
    return { kind: 'refused', code: said, isLogin: code === 'EAUTH', because };
  if (code === 'EAUTH' && !response) return { kind: 'no login', because };
  return { kind: 'broken', isTextBegun, because };
}

const shown = (text: string | undefined): string => visibleLine(redactText(text || 'unknown failure'), 200);
