/** Which receivers a configuration knows, and which of them rules may name. */
import type { ChannelsConfig, Config } from './config.ts';
import { nearest } from '../event/did-you-mean.ts';
import { receiverName } from '../event/receiver.ts';

const channelNames = ['terminal', 'slack', 'dingtalk', 'email', 'webhook'] as const;

/** What is wrong with a receiver, with the fix; undefined when messages can be sent there. */
export function receiverProblem(
  { channels }: Pick<Config, 'channels'>,
  channel: string,
  target: string,
): string | undefined {
  if (!isChannel(channel)) {
    return `there is no channel \`${channel}\`; ${suggest(channel, channelNames)}`;
  }
  if (channels[channel] === undefined) {
    return `the channel \`${channel}\` is not configured; add \`${channel}\` under \`channels\` in the configuration`;
  }
  return targetProblem(channels, channel, target);
}

/** The same for a receiver that a rule names: whoever writes rules may not send them anywhere. */
export function ruleReceiverProblem(
  config: Pick<Config, 'channels' | 'ruleReceivers'>,
  channel: string,
  target: string,
): string | undefined {
  const problem = receiverProblem(config, channel, target);
  const { ruleReceivers } = config;
  if (problem !== undefined || ruleReceivers === undefined) return problem;
  if (ruleReceivers.some((each) => each.channel === channel && [target, '*'].includes(each.target)))
    return undefined;
  const allowed = ruleReceivers.map(receiverName);
  const fix =
    allowed.length === 0
      ? 'leave `notify` out, so that the routes decide'
      : `name one of ${allowed.join(', ')}, or leave \`notify\` out, so that the routes decide`;
  return `rules may not notify \`${receiverName({ channel, target })}\` (\`rule_receivers\` of the configuration); ${fix}`;
}

type ChannelName = (typeof channelNames)[number];

const isChannel = (name: string): name is ChannelName => (channelNames as readonly string[]).includes(name);

function targetProblem(channels: ChannelsConfig, channel: ChannelName, target: string): string | undefined {
  switch (channel) {
    case 'terminal':
      return target === '' ? undefined : `\`terminal\` takes no target; write \`terminal\``;
    case 'slack':
      return /^(?:#[^\s#,]{1,80}|@\S+|[CDGU][A-Z0-9]{6,})$/u.test(target)
        ? undefined
        : `"${target}" is no Slack channel; write \`#name\` or the channel's ID`;
    case 'email':
      return /^[^\s@,;]+@[^\s@,;]+$/u.test(target)
        ? undefined
        : `"${target}" is no e-mail address; write \`name@host\``;
    case 'dingtalk':
      return named('DingTalk robot', target, Object.keys(channels.dingtalk?.robots ?? {}));
    case 'webhook':
      return named('webhook', target, Object.keys(channels.webhook ?? {}));
  }
}

function named(what: string, target: string, names: readonly string[]): string | undefined {
  if (names.includes(target)) return undefined;
  return `there is no ${what} \`${target}\`; ${suggest(target, names)}`;
}

function suggest(word: string, names: readonly string[]): string {
  const meant = nearest(word, names);
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  return names.length === 0 ? 'none is configured' : `known: ${names.join(', ')}`;
}
