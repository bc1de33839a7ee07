/** Which receivers a configuration knows, and which rules its routes take: what the rule checks ask. */
import type { Severity } from '../event/alert.ts';
import type { ChannelsConfig, Config } from './config.ts';
import { nearest } from '../event/did-you-mean.ts';

const channelNames = ['terminal', 'slack', 'dingtalk', 'email', 'webhook'] as const;

/** Why a receiver cannot be, and what to write instead. */
export interface ReceiverProblem {
  readonly message: string;
  readonly fix: string;
}

/** What is wrong with a receiver; undefined when messages can be sent there. */
export function receiverProblem(
  { channels }: Pick<Config, 'channels'>,
  channel: string,
  target: string,
): ReceiverProblem | undefined {
  if (!isChannel(channel))
    return { message: `there is no channel \`${channel}\``, fix: suggest(channel, channelNames) };
  if (channels[channel] === undefined)
    return {
      message: `the channel \`${channel}\` is not configured`,
      fix: `add \`${channel}\` under \`channels\` in the configuration`,
    };
  return targetProblem(channels, channel, target);
}

/** The same for a receiver that a rule names: whoever writes rules may not send them anywhere. */
export function ruleReceiverProblem(
  config: Pick<Config, 'channels' | 'ruleReceivers'>,
  channel: string,
  target: string,
): ReceiverProblem | undefined {
  const problem = receiverProblem(config, channel, target);
  const { ruleReceivers } = config;
  if (problem !== undefined || ruleReceivers === undefined) return problem;
  if (ruleReceivers.some((each) => each.channel === channel && [target, '*'].includes(each.target)))
    return undefined;
  const allowed = ruleReceivers.map((each) =>
    each.target === '' ? each.channel : `${each.channel}:${each.target}`,
  );
  const name = target === '' ? channel : `${channel}:${target}`;
  return {
    message: `rules may not notify \`${name}\` (\`rule_receivers\` of the configuration)`,
    fix:
      allowed.length === 0
        ? 'leave `notify` out, so that the routes decide'
        : `name one of ${allowed.join(', ')}, or leave \`notify\` out, so that the routes decide`,
  };
}

type ChannelName = (typeof channelNames)[number];

const isChannel = (name: string): name is ChannelName => (channelNames as readonly string[]).includes(name);

function targetProblem(
  channels: ChannelsConfig,
  channel: ChannelName,
  target: string,
): ReceiverProblem | undefined {
  switch (channel) {
    case 'terminal':
      return target === '' ? undefined : { message: '`terminal` takes no target', fix: 'write `terminal`' };
    case 'slack':
      return /^(?:#[^\s#,]{1,80}|@\S+|[CDGU][A-Z0-9]{6,})$/u.test(target)
        ? undefined
        : { message: `"${target}" is no Slack channel`, fix: "write `#name` or the channel's ID" };
    case 'email':
      return /^[^\s@,;]+@[^\s@,;]+$/u.test(target)
        ? undefined
        : { message: `"${target}" is no e-mail address`, fix: 'write `name@host`' };
    case 'dingtalk':
      return named('DingTalk robot', target, Object.keys(channels.dingtalk?.robots ?? {}));
    case 'webhook':
      return named('webhook', target, Object.keys(channels.webhook ?? {}));
  }
}

function named(what: string, target: string, names: readonly string[]): ReceiverProblem | undefined {
  if (names.includes(target)) return undefined;
  return { message: `there is no ${what} \`${target}\``, fix: suggest(target, names) };
}

function suggest(word: string, names: readonly string[]): string {
  const meant = nearest(word, names);
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  return names.length === 0
    ? 'none is configured: add it under `channels` in the configuration'
    : `known: ${names.join(', ')}`;
}

/** What a route looks at. */
export interface Routable {
  readonly name: string;
  readonly severity: Severity;
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether some route takes the rule's alerts; which one is decided at delivery (the first wins). */
export function routed({ routes }: Pick<Config, 'routes'>, rule: Routable): boolean {
  return routes.some(
    (route) =>
      (route.severity?.includes(rule.severity) ?? true) &&
      (route.rule?.includes(rule.name) ?? true) &&
      (route.owner === undefined || (rule.owner !== undefined && route.owner.includes(rule.owner))) &&
      Object.entries(route.labels).every(([key, value]) => rule.labels[key] === value),
  );
}
