/** The configured channels. */
import type { Writable } from 'node:stream';
import type { ChannelsConfig } from '../../config/config.ts';
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
  /** Where the channel `terminal` writes; standard output by default. */
  readonly terminal?: Writable;
  /** Colours in the terminal; by default where it can show them. */
  readonly color?: boolean;
  /** What messages show of log lines; all by default. */
  readonly mask?: Mask;
  /** Folder of the user's own templates (`rules/templates`). */
  readonly templatesDir?: string;
}

/** By kind. Reaches nothing: `probe` does. */
export function createChannels(
  config: ChannelsConfig,
  telemetry: Telemetry,
  options: ChannelsOptions,
): ReadonlyMap<string, Channel> {
  const channels: Channel[] = [];
  if (config.terminal) {
    channels.push(
      createTerminalChannel({ stream: options.terminal ?? process.stdout, telemetry, ...options }),
    );
  }
  if (config.slack) channels.push(createSlackChannel(config.slack, { telemetry, ...options }));
  if (config.dingtalk) channels.push(createDingtalkChannel(config.dingtalk, { telemetry, ...options }));
  if (config.email) channels.push(createEmailChannel(config.email, { telemetry, ...options }));
  if (config.webhook) channels.push(createWebhookChannel(config.webhook, options));
  return new Map(channels.map((channel) => [channel.kind, guarded(channel, options.mask ?? noMask)]));
}
