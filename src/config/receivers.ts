/** Decides which receivers a configuration knows, and which of them rules may name. */
import type { Config } from './config.ts';
import { receiverName } from '../event/receiver.ts';
import { channelKinds, isChannelKind, type ChannelConfigs, type ChannelKind } from './channels/kinds.ts';
import type { ReceiverProblem } from './channels/kind.ts';
import { suggest } from '../event/did-you-mean.ts';

/** Returns the problem of a receiver; undefined when messages can be sent there. */
export function receiverProblem(
  { channels }: Pick<Config, 'channels'>,
  channel: string,
  target: string,
): ReceiverProblem | undefined {
  if (!isChannelKind(channel)) {
    return {
      message: `there is no channel \`${channel}\``,
      fix: suggest(channel, Object.keys(channelKinds), 'known'),
    };
  }
  const config = channels[channel];
  if (config === undefined) {
    return {
      message: `the channel \`${channel}\` is not configured`,
      fix: `add \`${channel}\` under \`channels\` in the configuration`,
    };
  }
  return targetProblem(channel, target, config);
}

/** Returns the problem of a receiver that a rule names. Rules may name only the receivers that `rule_receivers` allows. */
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
  const allowed = ruleReceivers.map(receiverName);
  return {
    message: `rules may not notify \`${receiverName({ channel, target })}\` (\`rule_receivers\` of the configuration)`,
    fix:
      allowed.length === 0
        ? 'leave `notify` out, so that the routes decide'
        : `name one of ${allowed.join(', ')}, or leave \`notify\` out, so that the routes decide`,
  };
}

function targetProblem<K extends ChannelKind>(
  kind: K,
  target: string,
  config: ChannelConfigs[K],
): ReceiverProblem | undefined {
  const kinds: { readonly [Name in ChannelKind]: TargetCheck<ChannelConfigs[Name]> } = channelKinds;
  return kinds[kind].targetProblem(target, config);
}

interface TargetCheck<Built> {
  targetProblem(target: string, config: Built): ReceiverProblem | undefined;
}
