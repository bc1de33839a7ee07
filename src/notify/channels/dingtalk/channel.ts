/**
 * The channel `dingtalk`: a custom robot. The requests are made here, since no library for it is maintained. The robot answers every
 * request with HTTP 200, so only `errcode` 0 is success. An answer without `errcode` comes from the firewall before the robot, or is
 * nonsense. A robot can neither edit a message nor thread it, so each message stands alone and carries the alert's id.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { DingtalkConfig } from '../../../config/channels/dingtalk.ts';
import { Nonsense, oneLine as boundedLine, understoodJson } from '../../../event/answer.ts';
import type { Clock } from '../../../event/clock.ts';
import type { Telemetry } from '../../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../../channel.ts';
import { contentOf, oneLine } from '../../message/content.ts';
import { digestOf } from '../../message/digest.ts';
import { dingtalkMarkup } from './markup.ts';
import { fittingPlainMessage } from '../../message/plain-message.ts';
import { createTemplate, type Template } from '../../templates/engine.ts';
import { DINGTALK_TEMPLATE } from './template.ts';
import { shorten } from '../../../event/visible.ts';
import { authorizationOf, isLostBehindGateway, postJson, type HttpAnswer } from '../network.ts';

type Robot = DingtalkConfig['robots'][string];

/** The robot accepts 20,000 bytes (errcode 460101) and 20 messages a minute. Beyond that rate it is silenced for ten minutes. */
const BYTES_MAX = 19_000;
const USUAL_PER_MINUTE = 15;
/** Characters of the runbook to try, from most to fewest, until the message fits. */
const RUNBOOK_LIMITS = [8_000, 5_000, 3_000, 1_500, 500];
/** Characters of a line of a digest to try, until the digest fits. */
const DIGEST_LIMITS = [120, 90, 60, 40];
const THROTTLED_MS = 60_000;

export function createDingtalkChannel(
  config: DingtalkConfig,
  options: {
    readonly telemetry: Telemetry;
    readonly clock: Pick<Clock, 'wallMs'>;
    readonly templatesDir?: string;
  },
): Channel {
  const { clock } = options;
  const template = createTemplate({
    ...options,
    name: 'dingtalk',
    source: DINGTALK_TEMPLATE,
    markup: dingtalkMarkup,
  });
  const call = async (target: string, body: string): Promise<Outcome> => {
    const robot = Object.hasOwn(config.robots, target) ? config.robots[target] : undefined;
    if (!robot) {
      const fix = `Add channels.dingtalk.robots.${target} to tocsin.yaml, or change the route.`;
      return { kind: 'failed', because: `DingTalk: no robot ${target} is configured`, fix };
    }
    const url = signedUrl(config.apiUrl, robot, clock.wallMs());
    const answer = await postJson(url, body, { clock, headers: authorizationOf(config), wantsBody: true });
    return 'kind' in answer
      ? { ...answer, because: `DingTalk: ${answer.because}` }
      : outcomeOf(answer, target, robot);
  };
  return {
    kind: 'dingtalk',
    ratePerMinute: (target) => config.robots[target]?.ratePerMinute ?? USUAL_PER_MINUTE,
    send: (delivery) => call(delivery.target, bodyOf(delivery, template)),
    async probe(target) {
      // A message without content is refused, but only after token and signature were accepted. So nobody receives anything.
      const outcome = await call(target, JSON.stringify({ msgtype: 'text' }));
      if (outcome.kind === 'sent' || outcome.because.includes(NOT_ABOUT_US)) return undefined;
      const fix =
        outcome.kind === 'failed' ? outcome.fix : 'Check the network and channels.dingtalk.api_url.';
      return { problem: outcome.because, fix };
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Returns the URL with token and signature. `timestamp`: ms since epoch; the robot refuses one that is more than an hour off. Source:
 * DingTalk, "custom robot access", signing.
 */
export function signedUrl(apiUrl: string, robot: Robot, timestamp: number): string {
  const url = new URL(`${apiUrl.replace(/\/+$/u, '')}/robot/send`);
  url.searchParams.set('access_token', robot.accessToken.reveal());
  if (robot.secret) {
    const secret = robot.secret.reveal();
    url.searchParams.set('timestamp', String(timestamp));
    url.searchParams.set(
      'sign',
      createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'),
    );
  }
  return url.href;
}

function bodyOf(delivery: Delivery, template: Template): string {
  if (delivery.digest) return digestBody(delivery.digest, delivery.possibleDuplicate);
  const content = contentOf(delivery);
  const title = oneLine(content);
  for (const limit of RUNBOOK_LIMITS) {
    const text = template(content, limit)?.text;
    if (text === undefined) break;
    const body = markdownBody(title, text);
    if (Buffer.byteLength(body) <= BYTES_MAX) return body;
  }
  const plainBody = (text: string): string => markdownBody(title, escapedLines(text));
  return plainBody(fittingPlainMessage(content, (text) => Buffer.byteLength(plainBody(text)) <= BYTES_MAX));
}

function digestBody(notices: NonNullable<Delivery['digest']>, possibleDuplicate: boolean): string {
  const made = DIGEST_LIMITS.map((limit) => {
    const digest = digestOf(notices, possibleDuplicate, limit);
    const lines = digest.lines.map((line) => `- ${dingtalkMarkup.value(line)}`);
    return markdownBody(digest.title, `### ${digest.title}\n\n${digest.why}\n\n${lines.join('\n')}`);
  });
  return made.find((body) => Buffer.byteLength(body) <= BYTES_MAX) ?? made.at(-1)!;
}

/** Only a code block of the markup begins a line with these marks: in values and in code they are escaped. */
const CODE_BLOCKS = /^(```\n[^]*?\n```)$/mu;

function markdownBody(title: string, text: string): string {
  // Code keeps its empty lines.
  const tidy = text
    .split(CODE_BLOCKS)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/\n{3,}/gu, '\n\n')))
    .join('')
    .trim();
  return JSON.stringify({ msgtype: 'markdown', markdown: { title: shorten(title, 100), text: tidy } });
}

function escapedLines(text: string): string {
  return text
    .split('\n')
    .map((line) => dingtalkMarkup.value(line))
    .join('\n\n');
}

const NOT_ABOUT_US = 'missing parameter';
const throttled = new Set([130101, 410100]);
const badToken = new Set([300001, 300005, 400101]);

/** An answer of the robot itself. */
const robotAnswer = z.object({ errcode: z.int(), errmsg: z.string().default('') });
/** An answer of the firewall before the robot, which does not let the message through. */
const firewallAnswer = z.object({ punish: z.string() });

function outcomeOf(answer: HttpAnswer, target: string, robot: Robot): Outcome {
  const understood = robotSaid(answer);
  if ('kind' in understood) return understood;
  const { errcode, errmsg } = understood;
  if (errcode === 0) return { kind: 'sent' };
  const because = `DingTalk: errcode ${errcode} ${boundedLine(errmsg, 200)}`;
  if (throttled.has(errcode)) return { kind: 'retry', unsent: true, because, afterMs: THROTTLED_MS };
  if (errcode === -1) return { kind: 'retry', unsent: true, because };
  if (errcode === 40035)
    return {
      kind: 'failed',
      because: `DingTalk: ${NOT_ABOUT_US}`,
      fix: 'Report this: the message was malformed.',
    };
  const here = `channels.dingtalk.robots.${target}`;
  if (badToken.has(errcode))
    return { kind: 'failed', because, fix: `Copy the robot's access token into ${here}.access_token.` };
  if (errcode === 310000) return { kind: 'failed', because, fix: securityFix(errmsg, here, robot) };
  return { kind: 'failed', because, fix: 'See the error codes of DingTalk custom robots.' };
}

/** Returns the fix for errcode 310000, which stands for any of the robot's security settings. */
function securityFix(errmsg: string, here: string, robot: Robot): string {
  if (/keyword/iu.test(errmsg))
    return 'Choose signing instead of keywords in the security settings of the robot.';
  if (/ip/iu.test(errmsg))
    return "Add this machine's address to the robot's allowed addresses, or choose signing instead.";
  if (/timestamp/iu.test(errmsg)) return "Set this machine's clock: it is more than an hour off.";
  return robot.secret
    ? `Copy the robot's signing secret (SEC…) into ${here}.secret.`
    : `Set ${here}.secret to the robot's signing secret (SEC…).`;
}

/** Returns the answer of the robot. For any other answer, returns what came instead and whether the message may have arrived. */
function robotSaid({
  status,
  body,
  nonsense,
}: HttpAnswer): z.infer<typeof robotAnswer> | (Outcome & { kind: 'retry' }) {
  const pause = status < 500 ? { afterMs: THROTTLED_MS } : {};
  // The robot itself never answers with such a status. Some come from a gateway that may have passed the message on.
  if (status < 200 || status > 299)
    return {
      kind: 'retry',
      unsent: !isLostBehindGateway(status),
      because: `DingTalk: HTTP ${status} without errcode`,
      ...pause,
    };
  try {
    if (nonsense !== undefined) throw nonsense;
    const said = understoodJson(z.union([robotAnswer, firewallAnswer]), body);
    if ('errcode' in said) return said;
    return {
      kind: 'retry',
      unsent: true,
      because: 'DingTalk: its firewall keeps the message back',
      ...pause,
    };
  } catch (error) {
    if (!(error instanceof Nonsense)) throw error;
    return { kind: 'retry', unsent: false, because: `DingTalk answers nonsense: ${error.message}`, ...pause };
  }
}
