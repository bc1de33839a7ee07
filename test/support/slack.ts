/**
 * A stand-in for Slack's Web API that refuses what Slack refuses: tokens, channels, threads, Block Kit and its limits, the rate
 * of a channel. What it accepted stands in `messages`.
 */
import { createHash } from 'node:crypto';
import { startJsonServer, type Answer, type Request } from './json-server.ts';

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string;
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly deliveryId?: string;
  readonly alertId?: string;
  /** Times the message was edited. */
  readonly edits: number;
}

export interface SlackBlock {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly fields?: readonly { readonly type: string; readonly text: string }[];
  readonly elements?: readonly { readonly type: string; readonly text: string }[];
}

/** How the next call goes wrong: an error of Slack's, an HTTP status, `429`, or a connection that is cut. */
export type SlackFailure =
  | { readonly error: string }
  | { readonly status: number; readonly retryAfterS?: number }
  | { readonly cut: true };

export interface FakeSlack {
  /** To be used as `channels.slack.api_url`. */
  readonly url: string;
  readonly token: string;
  readonly messages: readonly SlackMessage[];
  /** Calls so far, refused ones too. */
  readonly calls: readonly string[];
  /** The next calls fail so, one each. */
  fail(...next: readonly SlackFailure[]): void;
  /** Every call fails so, until called without. */
  failAlways(failure?: SlackFailure): void;
  remove(ts: string): void;
  close(): Promise<void>;
}

export interface FakeSlackOptions {
  readonly token?: string;
  /** Channels that exist, with their ids; any name beginning with `#` where absent. */
  readonly channels?: Readonly<Record<string, string>>;
  /** Posts a minute to one channel before 429. */
  readonly perMinute?: number;
  /** Whether the app may read what stands in a channel; it may not by default. */
  readonly mayRead?: boolean;
}

export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const token = options.token ?? 'xoxb-test';
  const messages: SlackMessage[] = [];
  const calls: string[] = [];
  const failures: SlackFailure[] = [];
  const posts = new Map<string, number[]>();
  let always: SlackFailure | undefined;
  let nextTs = 1_700_000_000;

  const idOf = (channel: string): string | undefined => {
    if (messages.some((message) => message.channel === channel)) return channel;
    if (options.channels) return options.channels[channel];
    return channel.startsWith('#')
      ? `C${createHash('sha256').update(channel).digest('hex').slice(0, 10).toUpperCase()}`
      : undefined;
  };
  const tooFast = (channel: string): boolean => {
    const now = Date.now();
    const recent = (posts.get(channel) ?? []).filter((at) => at > now - 60_000);
    posts.set(channel, [...recent, now]);
    return recent.length >= (options.perMinute ?? 100);
  };

  const post = (args: Args): Answer => {
    const channel = idOf(args.text('channel'));
    if (channel === undefined) return refuse('channel_not_found');
    if (tooFast(channel)) return failed({ status: 429, retryAfterS: 1 });
    const problem = problemOf(args);
    if (problem !== undefined) return refuse(problem);
    const threadTs = args.text('thread_ts');
    if (threadTs !== '' && !messages.some((each) => each.ts === threadTs && each.channel === channel)) {
      return refuse('thread_not_found');
    }
    const ts = `${nextTs++}.000100`;
    const payload = (args.json('metadata') as { event_payload?: Record<string, string> } | undefined)
      ?.event_payload;
    messages.push({
      channel,
      ts,
      ...(threadTs !== '' && { threadTs }),
      text: args.text('text'),
      blocks: args.blocks(),
      ...(payload?.['delivery_id'] !== undefined && { deliveryId: payload['delivery_id'] }),
      ...(payload?.['alert_id'] !== undefined && { alertId: payload['alert_id'] }),
      edits: 0,
    });
    return { body: { ok: true, channel, ts, message: { text: args.text('text') } } };
  };
  const update = (args: Args): Answer => {
    // Unlike chat.postMessage, chat.update takes ids only.
    const at = messages.findIndex(
      (each) => each.channel === args.text('channel') && each.ts === args.text('ts'),
    );
    if (at === -1)
      return refuse(/^[CDG]/u.test(args.text('channel')) ? 'message_not_found' : 'channel_not_found');
    const problem = problemOf(args);
    if (problem !== undefined) return refuse(problem);
    const before = messages[at]!;
    messages[at] = { ...before, text: args.text('text'), blocks: args.blocks(), edits: before.edits + 1 };
    return { body: { ok: true, channel: before.channel, ts: before.ts, text: args.text('text') } };
  };

  const history = (args: Args): Answer => {
    if (options.mayRead !== true) return refuse('missing_scope');
    const limit = Number(args.text('limit') || 100);
    const inIt = messages.filter(
      ({ channel, threadTs, ts }) =>
        channel === args.text('channel') &&
        threadTs === undefined &&
        (args.text('oldest') === '' || ts >= args.text('oldest')),
    );
    const shown = inIt.toReversed().slice(0, limit);
    const hasMetadata = args.text('include_all_metadata') === 'true';
    const line = ({ ts, text, deliveryId }: SlackMessage): object => ({
      type: 'message',
      ts,
      text,
      ...(hasMetadata && {
        metadata: { event_type: 'tocsin_alert', event_payload: { delivery_id: deliveryId } },
      }),
    });
    return { body: { ok: true, messages: shown.map(line) } };
  };
  const remove = (args: Args): Answer => {
    const at = messages.findIndex(
      ({ channel, ts }) => channel === args.text('channel') && ts === args.text('ts'),
    );
    if (at === -1) return refuse('message_not_found');
    messages.splice(at, 1);
    return { body: { ok: true } };
  };

  const server = await startJsonServer((request) => {
    const method = request.url.pathname.replace(/^\/api\//u, '');
    calls.push(method);
    const failure = failures.shift() ?? always;
    if (failure) return failed(failure);
    const args = readArgs(request);
    const given = request.headers.authorization?.replace(/^Bearer /u, '') ?? args.text('token');
    if (given === '') return refuse('not_authed');
    if (given !== token) return refuse('invalid_auth');
    if (method === 'auth.test') return { body: { ok: true, team: 'Test', user: 'tocsin' } };
    if (method === 'chat.postMessage') return post(args);
    if (method === 'chat.update') return update(args);
    if (method === 'conversations.history') return history(args);
    if (method === 'chat.delete') return remove(args);
    return refuse('unknown_method');
  });
  return {
    url: `${server.url}/api/`,
    token,
    messages,
    calls,
    fail: (...next) => void failures.push(...next),
    failAlways: (failure) => void (always = failure),
    remove: (ts) =>
      void messages.splice(
        messages.findIndex((message) => message.ts === ts),
        1,
      ),
    close: () => server.close(),
  };
}

interface Args {
  text(name: string): string;
  json(name: string): unknown;
  blocks(): readonly SlackBlock[];
}

function readArgs(request: Request): Args {
  const asJson = request.headers['content-type']?.startsWith('application/json') === true;
  const values = asJson
    ? (JSON.parse(request.body || '{}') as Record<string, unknown>)
    : Object.fromEntries(new URLSearchParams(request.body));
  const text = (name: string): string => {
    const value = values[name];
    return typeof value === 'string' ? value : '';
  };
  const json = (name: string): unknown => {
    const value = values[name];
    return typeof value === 'string' ? (JSON.parse(value) as unknown) : value;
  };
  return { text, json, blocks: () => (json('blocks') as SlackBlock[] | undefined) ?? [] };
}

function refuse(error: string): Answer {
  return { body: { ok: false, error } };
}

function failed(failure: SlackFailure): Answer {
  if ('cut' in failure) return { cut: true };
  if ('error' in failure) return refuse(failure.error);
  const headers = failure.status === 429 ? { 'retry-after': String(failure.retryAfterS ?? 1) } : {};
  return { status: failure.status, headers, body: { ok: false, error: 'ratelimited' } };
}

/** Text and Block Kit limits of docs.slack.dev, and the undocumented one over all blocks. */
function problemOf(args: Args): string | undefined {
  const blocks = args.blocks();
  const text = args.text('text');
  if (text === '' && blocks.length === 0) return 'no_text';
  if (text.length > 40_000) return 'msg_too_long';
  if (blocks.length > 50 || !blocks.every(isValid)) return 'invalid_blocks';
  if (JSON.stringify(blocks.map(textsOf)).length > 13_200) return 'msg_blocks_too_long';
  return undefined;
}

function textsOf(block: SlackBlock): readonly string[] {
  return [block.text, ...(block.fields ?? []), ...(block.elements ?? [])].map((each) => each?.text ?? '');
}

function isValid(block: SlackBlock): boolean {
  const within = (text: string, max: number): boolean => text.length > 0 && text.length <= max;
  switch (block.type) {
    case 'header':
      return block.text?.type === 'plain_text' && within(block.text.text, 150);
    case 'section':
      if (!block.text && !block.fields) return false;
      return (
        (!block.text || within(block.text.text, 3_000)) &&
        (block.fields ?? []).length <= 10 &&
        (block.fields ?? []).every((field) => within(field.text, 2_000))
      );
    case 'context':
      return (
        (block.elements ?? []).length > 0 &&
        block.elements!.length <= 10 &&
        block.elements!.every((element) => within(element.text, 3_000))
      );
    case 'divider':
      return true;
    default:
      return false;
  }
}
