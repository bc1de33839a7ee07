/**
 * The channel `slack`: one root message for each alert, in Block Kit. A later message of the alert updates the root (which notifies nobody)
 * and is posted in its thread (which notifies people). The client's own retries are off: one 429 would stop it for all messages.
 */
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRequestError,
  WebClient,
  LogLevel,
  type Logger,
} from '@slack/web-api';
import type { SlackConfig } from '../../../config/channels/slack.ts';
import { Nonsense } from '../../../event/answer.ts';
import type { Clock } from '../../../event/clock.ts';
import type { Telemetry } from '../../../event/telemetry.ts';
import type { Channel, Delivery, Outcome, ThreadRef } from '../../channel.ts';
import { contentOf, oneLine, type Content } from '../../message/content.ts';
import { digestOf } from '../../message/digest.ts';
import { escapeSlack, slackMarkup } from './markup.ts';
import { fittingPlainMessage } from '../../message/plain-message.ts';
import { createTemplate, type Template } from '../../templates/engine.ts';
import { SLACK_TEMPLATE } from './template.ts';
import { shorten } from '../../../event/visible.ts';
import { isLostBehindGateway, neverConnected, networkText, REQUEST_TIMEOUT_MS } from '../network.ts';
import { slackFetch, Throttled } from './edge.ts';
import { throughProxy } from './proxy.ts';
import { partsOf, toBlocks, type SlackBlock, type SlackPart } from './blocks.ts';
import { giveWay, METADATA_TYPE, type Posted } from './orphans.ts';

/** Characters of the runbook to try, from most to fewest, until the message fits. */
const RUNBOOK_LIMITS = [8_000, 6_000, 4_000, 2_000, 500];
const PLAIN_LIMIT = 12_000;
/** Maximum messages a minute to one Slack channel, which accepts one a second. */
const USUAL_PER_MINUTE = 50;
/** Characters of a line of a digest to try, until the digest fits. */
const DIGEST_LIMITS = [180, 140, 100, 70, 50, 35];
const threadLost = new Set([
  'message_not_found',
  'edit_window_closed',
  'cant_update_message',
  'thread_not_found',
]);
const tooRich = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long']);
/** Errors after which, as Slack's documentation says, some of the work may have been done. */
const halfway = new Set(['internal_error', 'fatal_error']);
const refusedForNow = new Set(['service_unavailable', 'request_timeout', 'team_added_to_org']);

interface Rendered {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  /** Text that is sent if Slack refuses the blocks. */
  readonly plain: string;
}

export function createSlackChannel(
  config: SlackConfig,
  options: {
    readonly telemetry: Telemetry;
    readonly clock: Pick<Clock, 'wallMs'>;
    readonly templatesDir?: string;
  },
): Channel {
  const client = new WebClient(config.token.reveal(), {
    slackApiUrl: config.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: REQUEST_TIMEOUT_MS / 2,
    logger: quiet,
    fetch: throughProxy(config, slackFetch(options.clock)),
    allowAbsoluteUrls: false,
  });
  const template = createTemplate({ ...options, name: 'slack', source: SLACK_TEMPLATE, markup: slackMarkup });
  return {
    kind: 'slack',
    ratePerMinute: () => config.ratePerMinute ?? USUAL_PER_MINUTE,
    async send(delivery) {
      try {
        return await deliver(client, delivery, template);
      } catch (error) {
        return outcomeOf(error, delivery.target);
      }
    },
    async probe() {
      try {
        await client.auth.test();
        return undefined;
      } catch (error) {
        const outcome = outcomeOf(error, '');
        const fix = outcome.kind === 'failed' ? outcome.fix : 'Check the network and channels.slack.api_url.';
        return { problem: outcome.kind === 'sent' ? '' : outcome.because, fix };
      }
    },
    close: () => Promise.resolve(),
  };
}

async function deliver(client: WebClient, delivery: Delivery, template: Template): Promise<Outcome> {
  const { thread } = delivery;
  if (delivery.digest) {
    return begin(client, delivery, renderDigest(delivery.digest, delivery.possibleDuplicate), {
      digest: 'yes',
    });
  }
  const message = render(delivery, template);
  if (thread?.['ts'] !== undefined && thread['channel'] !== undefined) {
    const root: Posted = { channel: thread['channel'], ts: thread['ts'] };
    const followed = await follow(client, delivery, message, root, thread);
    if (followed) return followed;
  }
  return begin(client, delivery, message, {});
}

/** Posts a new root message. */
async function begin(
  client: WebClient,
  delivery: Delivery,
  message: Rendered,
  marks: ThreadRef,
): Promise<Outcome> {
  const posted = await post(client, delivery, message);
  const { root, note } = delivery.possibleDuplicate
    ? await giveWay(client, posted, delivery.deliveryId)
    : { root: posted };
  return { kind: 'sent', thread: { ...root, ...marks }, ...(note !== undefined && { note }) };
}

/** Updates the root, then posts the reply. Returns undefined if the root is gone and a new one is needed. */
async function follow(
  client: WebClient,
  delivery: Delivery,
  message: Rendered,
  root: Posted,
  thread: ThreadRef,
): Promise<Outcome | undefined> {
  try {
    // The root of a digest belongs to many alerts, so it stays as it is.
    if (thread['digest'] === undefined)
      await richly(message, (body) => client.chat.update({ ...root, ...body }));
    await post(client, delivery, renderReply(delivery), root);
    return { kind: 'sent', thread };
  } catch (error) {
    if (error instanceof WebAPIPlatformError && threadLost.has(error.data.error)) return undefined;
    throw error;
  }
}

async function post(
  client: WebClient,
  delivery: Delivery,
  message: Rendered,
  root?: Posted,
): Promise<Posted> {
  const answer = await richly(message, (body) =>
    client.chat.postMessage({
      channel: root?.channel ?? delivery.target,
      ...body,
      ...(root && { thread_ts: root.ts }),
      unfurl_links: false,
      unfurl_media: false,
      metadata: {
        event_type: METADATA_TYPE,
        event_payload: { delivery_id: delivery.deliveryId, alert_id: delivery.notice.threadId },
      },
    }),
  );
  return { channel: answer.channel!, ts: answer.ts! };
}

type Body = { readonly text: string; readonly blocks: SlackBlock[] } | { readonly text: string };

/** Sends the blocks. If Slack refuses them, sends plain text. */
async function richly<T>(message: Rendered, call: (body: Body) => Promise<T>): Promise<T> {
  if (message.blocks.length === 0) return call({ text: message.plain });
  try {
    return await call({ text: message.text, blocks: [...message.blocks] });
  } catch (error) {
    if (error instanceof WebAPIPlatformError && tooRich.has(error.data.error))
      return call({ text: message.plain });
    throw error;
  }
}

function render(delivery: Delivery, template: Template): Rendered {
  const content = contentOf(delivery);
  return {
    text: escapeSlack(shorten(`${oneLine(content)}: ${content.sentence}`, 500)),
    blocks: blocksOf(content, template),
    plain: escapeSlack(fittingPlainMessage(content, (text) => escapeSlack(text).length <= PLAIN_LIMIT)),
  };
}

/** Returns the blocks with as much of the runbook as fits, or none if the template failed. */
function blocksOf(content: Content, template: Template): readonly SlackBlock[] {
  const note = slackMarkup.value(content.labels.shortened(content.alertId));
  let blocks: readonly SlackBlock[] = [];
  for (const limit of RUNBOOK_LIMITS) {
    const written = template(content, limit);
    if (written === undefined) return [];
    const made = toBlocks(partsOf(written), note);
    blocks = made.blocks;
    if (!made.cut) break;
  }
  return blocks;
}

/** Renders a reply. It says only what is new, since the root stands above it in the thread. */
function renderReply(delivery: Delivery): Rendered {
  const content = contentOf(delivery);
  const value = (text: string): string => slackMarkup.value(text);
  const strong = (text: string): string => slackMarkup.strong(text);
  const lines = [
    `${content.icon} ${strong(content.stateLabel)} · ${value(content.title)} (${value(content.rule)})`,
    value(content.sentence),
    ...(content.because === ''
      ? []
      : [`${strong(content.labels.because)}${content.labels.colon}${value(content.because)}`]),
    ...(content.possibleDuplicate === '' ? [] : [value(content.possibleDuplicate)]),
  ];
  const text = lines.join('\n');
  const note = value(content.labels.shortened(content.alertId));
  const { blocks } = toBlocks([{ kind: 'section', text }], note);
  return { text: escapeSlack(oneLine(content)), blocks, plain: text };
}

function renderDigest(notices: NonNullable<Delivery['digest']>, possibleDuplicate: boolean): Rendered {
  const made = DIGEST_LIMITS.map((limit) => {
    const digest = digestOf(notices, possibleDuplicate, limit);
    const lines = digest.lines.map((line) => `• ${slackMarkup.value(line)}`).join('\n');
    const text = `${slackMarkup.value(digest.why)}\n${lines}`;
    const parts: readonly SlackPart[] = [
      { kind: 'header', text: digest.title },
      { kind: 'section', text },
    ];
    return { text: digest.title, ...toBlocks(parts, ''), plain: `${digest.title}\n${text}` };
  });
  return made.find(({ cut }) => !cut) ?? made.at(-1)!;
}

function outcomeOf(error: unknown, target: string): Outcome {
  const cause = error instanceof WebAPIRequestError ? error.original : error;
  if (cause instanceof Throttled) {
    const { afterMs, note } = cause.pause;
    const because = `Slack: rate limited${note === undefined ? '' : `; ${note.replace(/^asks/u, 'it asks')}`}`;
    return { kind: 'retry', unsent: true, because, afterMs };
  }
  if (cause instanceof Nonsense)
    return { kind: 'retry', unsent: false, because: `Slack answers nonsense: ${cause.message}` };
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    const because = `Slack: ${code}`;
    if (code === 'ratelimited' || code === 'rate_limited') {
      return { kind: 'retry', unsent: true, because, afterMs: 30_000 };
    }
    if (halfway.has(code)) return { kind: 'retry', unsent: false, because };
    if (refusedForNow.has(code)) return { kind: 'retry', unsent: true, because };
    return {
      kind: 'failed',
      because: target === '' ? because : `${because} (${target})`,
      fix: fixOf(code, target),
    };
  }
  if (error instanceof WebAPIHTTPError) {
    // A status 500 of Slack means the same as its error `internal_error`.
    const unsent = error.statusCode !== 500 && !isLostBehindGateway(error.statusCode);
    return { kind: 'retry', unsent, because: `Slack: HTTP ${error.statusCode}` };
  }
  return { kind: 'retry', unsent: neverConnected(error), because: `Slack: ${networkText(error)}` };
}

function fixOf(code: string, target: string): string {
  switch (code) {
    case 'invalid_auth':
    case 'not_authed':
    case 'account_inactive':
    case 'token_revoked':
    case 'token_expired':
      return 'Put a valid bot token (xoxb-…) into channels.slack.token.';
    case 'missing_scope':
      return 'Give the Slack app the scope chat:write (and chat:write.public for channels it is not in), then install it again.';
    case 'channel_not_found':
    case 'not_in_channel':
      return `Create ${target}, or invite the bot to it: /invite @tocsin.`;
    case 'is_archived':
      return `${target} is archived: name another channel in the route.`;
    default:
      return `See https://docs.slack.dev/reference/methods/chat.postMessage#errors for ${code}.`;
  }
}

const ignore = (): void => undefined;
/** The outcome says everything that matters. The client's own log would go to standard output. */
const quiet: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  getLevel: () => LogLevel.ERROR,
  setName: ignore,
};
