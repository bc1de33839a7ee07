/**
 * A stand-in for DingTalk's custom robots that refuses what they refuse, always as HTTP 200: token, signature and its hour,
 * keywords, 20 messages a minute (then silence for ten), 20,000 bytes.
 */
import { createHmac } from 'node:crypto';
import { startJsonServer, type Answer } from './json-server.ts';

export interface DingtalkMessage {
  readonly token: string;
  readonly title: string;
  readonly text: string;
  readonly bytes: number;
}

export type DingtalkFailure =
  | { readonly errcode: number; readonly errmsg?: string }
  | { readonly status: number }
  | { readonly waf: true }
  | { readonly cut: true };

export interface FakeDingtalk {
  /** To be used as `channels.dingtalk.api_url`. */
  readonly url: string;
  readonly accessToken: string;
  readonly secret: string;
  readonly messages: readonly DingtalkMessage[];
  fail(...next: readonly DingtalkFailure[]): void;
  close(): Promise<void>;
}

export interface FakeDingtalkOptions {
  readonly accessToken?: string;
  readonly secret?: string;
  /** One of these must be in a message. */
  readonly keywords?: readonly string[];
  readonly perMinute?: number;
  readonly clock?: () => number;
}

const HOUR_MS = 3_600_000;

export async function startFakeDingtalk(options: FakeDingtalkOptions = {}): Promise<FakeDingtalk> {
  const { accessToken = 'ding-token', secret = 'SECtest', keywords = [], perMinute = 20 } = options;
  const clock = options.clock ?? Date.now;
  const messages: DingtalkMessage[] = [];
  const failures: DingtalkFailure[] = [];
  let accepted: number[] = [];
  let silentUntil = 0;

  const server = await startJsonServer(({ url, body }) => {
    const failure = failures.shift();
    if (failure) return failed(failure);
    if (url.pathname !== '/robot/send') return { status: 404, body: 'not found' };
    const { searchParams } = url;
    if (searchParams.get('access_token') !== accessToken) return refuse(300005, 'token is not exist');
    const signProblem = problemOfSign(searchParams, secret, clock());
    if (signProblem !== undefined) return refuse(310000, signProblem);
    if (Buffer.byteLength(body) > 20_000) return refuse(460101, 'message too long, exceed 20000 bytes');
    const message = read(body);
    if (!message) return refuse(40035, 'missing parameter json');
    if (keywords.length > 0 && !keywords.some((word) => `${message.title}${message.text}`.includes(word))) {
      return refuse(310000, 'keywords not in content');
    }
    const now = clock();
    accepted = accepted.filter((at) => at > now - 60_000);
    if (now < silentUntil || accepted.length >= perMinute) {
      silentUntil = Math.max(silentUntil, now + 10 * 60_000);
      return refuse(130101, 'send too fast, exceed 20 times per minute');
    }
    accepted.push(now);
    messages.push({ token: accessToken, ...message, bytes: Buffer.byteLength(body) });
    return { body: { errcode: 0, errmsg: 'ok' } };
  });
  return {
    url: server.url,
    accessToken,
    secret,
    messages,
    fail: (...next) => void failures.push(...next),
    close: () => server.close(),
  };
}

function problemOfSign(query: URLSearchParams, secret: string, nowMs: number): string | undefined {
  const timestamp = query.get('timestamp') ?? '';
  if (Math.abs(Number(timestamp) - nowMs) > HOUR_MS) return 'invalid timestamp';
  const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
  return query.get('sign') === expected ? undefined : 'sign not match';
}

function read(body: string): { readonly title: string; readonly text: string } | undefined {
  const message = JSON.parse(body) as {
    msgtype?: string;
    markdown?: { title?: unknown; text?: unknown };
  };
  const { title, text } = message.markdown ?? {};
  if (message.msgtype !== 'markdown' || typeof title !== 'string' || typeof text !== 'string')
    return undefined;
  return title === '' || text === '' ? undefined : { title, text };
}

function refuse(errcode: number, errmsg: string): Answer {
  return { body: { errcode, errmsg } };
}

function failed(failure: DingtalkFailure): Answer {
  if ('cut' in failure) return { cut: true };
  if ('waf' in failure) return { body: { status: 1111, wait: 5, punish: 'deny' } };
  if ('status' in failure) return { status: failure.status, body: 'Service Unavailable' };
  return refuse(failure.errcode, failure.errmsg ?? 'scripted');
}
