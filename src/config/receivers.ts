/** Which receivers a configuration knows, and which of them rules may name. */
import type { Config } from './config.ts';
import { receiverName } from '../event/receiver.ts';
import { channelKinds, isChannelKind, type ChannelConfigs, type ChannelKind } from './channels/kinds.ts';
import { suggest } from './channels/parts.ts';

/** What is wrong with a receiver, with the fix; undefined when messages can be sent there. */
export function receiverProblem(
  { channels }: Pick<Config, 'channels'>,
  channel: string,
  target: string,
): string | undefined {
  if (!isChannelKind(channel)) {
    return `there is no channel \`${channel}\`; ${suggest(channel, Object.keys(channelKinds))}`;
  }
  const config = channels[channel];
  if (config === undefined) {
    return `the channel \`${channel}\` is not configured; add \`${channel}\` under \`channels\` in the configuration`;
  }
  return targetProblem(channel, target, config);
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

function targetProblem<K extends ChannelKind>(
  kind: K,
  target: string,
  config: ChannelConfigs[K],
): string | undefined {
  const kinds: { readonly [Name in ChannelKind]: TargetCheck<ChannelConfigs[Name]> } = channelKinds;
  return kinds[kind].targetProblem(target, config);
}

interface TargetCheck<Built> {
  targetProblem(target: string, config: Built): string | undefined;
}
