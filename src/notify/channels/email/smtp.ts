/**
 * Sends one mail in one SMTP conversation and reports with certainty how far the conversation came. Before the text begins, nothing can
 * have been sent. After that, only an answer that SMTP defines says whether the server took the mail (RFC 5321 4.2.5).
 * nodemailer speaks the protocol. It reads the text only after the server has asked for it, so the first read shows that the text has
 * begun. Its own error codes do not show it: a connection lost at any time is called `CONN`.
 */
import { Readable } from 'node:stream';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { redactText } from '../../../event/redact.ts';
import { visibleLine } from '../../../event/visible.ts';

export interface SmtpServer {
  /** smtp:// or smtps://, with user and password if the server wants a login. */
  readonly url: string;
  /** True if nothing may go out unencrypted. Default: true unless the server is on this machine. */
  readonly requireTls?: boolean;
  /** Time from the start until the server asks for the text. */
  readonly beforeTextMs: number;
  /** Time from the first byte of the text to the answer that follows it. RFC 5321 4.5.3.2.6 asks for ten minutes. */
  readonly answerWithinMs: number;
}

export interface SmtpMail {
  readonly from: string;
  readonly to: string;
  /** Headers and body. */
  readonly text: Buffer;
}

/** How a conversation ended. `because` may be logged: it is bounded, on one line, and without credentials. */
export type SmtpEnd =
  | { readonly kind: 'done' }
  /** The server answered with 4yz or 5yz, which SMTP defines. It did not take the mail. */
  | { readonly kind: 'refused'; readonly code: number; readonly isLogin: boolean; readonly because: string }
  /** User or password are missing although the server wants them. Nothing was sent. */
  | { readonly kind: 'no login'; readonly because: string }
  /** The server offers no encryption although it is required. Nothing was sent. */
  | { readonly kind: 'no encryption'; readonly because: string }
  /** There was no answer, or none that SMTP defines. `isTextBegun`: the server may have taken the mail nevertheless. */
  | { readonly kind: 'broken'; readonly isTextBegun: boolean; readonly because: string };

export interface SmtpConversation {
  /** Never rejects. */
  readonly ended: Promise<SmtpEnd>;
  /** Ends the conversation now, as `broken`. */
  abort(because: string): void;
}

/** Time for connecting, the greeting and the change to TLS together. */
const CONNECT_MS = 5_000;
const GREETING_MS = 5_000;
const CLOSE_MS = 1_000;
/** Maximum bytes of an answer. An answer is a few lines; anything longer is not an answer. */
const ANSWER_BYTES = 65_536;

/** Starts a conversation. Without a mail it ends after the login. */
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
    // nodemailer also accepts a 2yz here. Such an answer would belong to another command, and all later answers would be mixed up.
    if (!isTextBegun) abort(`the mail server answers nonsense to DATA: ${shown(leave)}`);
    else limit(server.answerWithinMs, `no answer to the text within ${server.answerWithinMs / 1000} s`);
    return isTextBegun;
  };
  const send = ({ from, to, text }: SmtpMail): void => {
    connection.send({ from, to: [to] }, readOnce(text, begin), (error, info) => {
      if (error) fail(error);
      // nodemailer looks only at the first character of the answer.
      else if (isCode(info.response, '2')) end({ kind: 'done' });
      else abort(`the mail server answers nonsense to the text: ${shown(info.response)}`);
    });
  };
  const goOn = (error?: unknown): void => {
    if (error) fail(error);
    else if (mail) send(mail);
    else end({ kind: 'done' });
  };
  // The listener is never removed: an `error` event without a listener would end the process.
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

/** Returns the text as a stream. `begin` is called at the first read; the text follows only if it returns true. */
function readOnce(text: Buffer, begin: () => boolean): Readable {
  return new Readable({
    read() {
      if (!begin()) return;
      this.push(text);
      this.push(null);
    },
  });
}

/** Returns true for an answer with a code of three digits that begins with `first`. */
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
    // Time of silence. It only must not be shorter than the limits of `converse`, which decide.
    socketTimeout: Math.max(beforeTextMs, answerWithinMs) + 1_000,
    socketCloseTimeout: CLOSE_MS,
    maxResponseSize: ANSWER_BYTES,
  };
}

/** Returns true for a host whose traffic never leaves this machine. */
function isThisMachine(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/iu.test(host);
}

interface SmtpError {
  readonly code?: string;
  /** The answer of the server. */
  readonly response?: string | false;
  readonly command?: string;
  readonly message?: string;
}

function endOf({ code, response, command, message }: SmtpError, isTextBegun: boolean): SmtpEnd {
  const because = shown(message);
  const said = typeof response === 'string' ? Number(/^([45]\d\d)(?!\w)/u.exec(response)?.[1]) : NaN;
  // HELO is tried when EHLO fails. It knows no encryption.
  const isUnencrypted =
    command === 'STARTTLS' || (command === 'EHLO' && message?.includes('required STARTTLS'));
  if (isUnencrypted && response) return { kind: 'no encryption', because };
  // After the text has begun, only what nodemailer read as the answer to the text counts (`EMESSAGE`), not a line that was cut off.
  if (Number.isFinite(said) && (!isTextBegun || code === 'EMESSAGE'))
    return { kind: 'refused', code: said, isLogin: code === 'EAUTH', because };
  if (code === 'EAUTH' && !response) return { kind: 'no login', because };
  return { kind: 'broken', isTextBegun, because };
}

const shown = (text: string | undefined): string => visibleLine(redactText(text || 'unknown failure'), 200);
