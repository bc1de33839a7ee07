/** The configured channels. */
import type { Writable } from 'node:stream';
import {
  channelKinds,
  isChannelKind,
  type ChannelConfigs,
  type ChannelKind,
  type ChannelsConfig,
} from '../../config/channels/kinds.ts';
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
  /** Where the channel `terminal` writes; standard output by default. */
  readonly terminal?: Writable;
  /** Colours in the terminal; by default where it can show them. */
  readonly color?: boolean;
  /** What messages show of log lines; all by default. */
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

/** By kind. Reaches nothing: `probe` does. */
export function createChannels(
  config: ChannelsConfig,
  telemetry: Telemetry,
  options: ChannelsOptions = {},
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
