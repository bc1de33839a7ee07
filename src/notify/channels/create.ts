/** Creates the configured channels. */
import type { Writable } from 'node:stream';
import {
  channelKinds,
  isChannelKind,
  type ChannelConfigs,
  type ChannelKind,
  type ChannelsConfig,
} from '../../config/channels/kinds.ts';
import type { Clock } from '../../event/clock.ts';
import { noMask, type Mask } from '../../event/mask/mask.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Channel } from '../channel.ts';
import { createDingtalkChannel } from './dingtalk/channel.ts';
import { createEmailChannel } from './email/channel.ts';
import { guarded } from './guarded.ts';
import { createSlackChannel } from './slack/channel.ts';
import { createWebhookChannel } from './webhook/channel.ts';
import { createTerminalChannel } from './terminal/channel.ts';

export interface ChannelsOptions {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Stream of the channel `terminal`. Default: standard output. */
  readonly terminal?: Writable;
  /** Colours in the terminal. Default: on if it can show them. */
  readonly color?: boolean;
  /** The parts of log lines that messages hide. Default: none. */
  readonly mask?: Mask;
  /** Folder of the user's own templates (`rules/templates`). */
  readonly templatesDir?: string;
}

type Create<K extends ChannelKind> = (
  config: ChannelConfigs[K],
  options: ChannelsOptions & { readonly telemetry: Telemetry },
) => Channel;

const create: { readonly [K in ChannelKind]: Create<K> } = {
  terminal: (_config, options) =>
    createTerminalChannel({ stream: options.terminal ?? process.stdout, ...options }),
  slack: createSlackChannel,
  dingtalk: createDingtalkChannel,
  email: createEmailChannel,
  webhook: createWebhookChannel,
};

/** Returns the channels by kind. Connects to nothing; `probe` does. */
export function createChannels(
  config: ChannelsConfig,
  telemetry: Telemetry,
  options: ChannelsOptions,
): ReadonlyMap<string, Channel> {
  const createOne = <K extends ChannelKind>(kind: K): readonly [K, Channel][] => {
    const own: Partial<ChannelConfigs>[K] = config[kind];
    if (own === undefined) return [];
    return [[kind, guarded(create[kind](own, { ...options, telemetry }), options.mask ?? noMask)]];
  };
  return new Map(
    Object.keys(channelKinds)
      .filter(isChannelKind)
      .flatMap((kind) => createOne(kind)),
  );
}
