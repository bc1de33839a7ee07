/**
 * The kinds of channels. Everything that is created or decided by kind is a total map over them, so that a missing kind does not compile.
 */
import { dingtalk } from './dingtalk.ts';
import { email } from './email.ts';
import { slack } from './slack.ts';
import { terminal } from './terminal.ts';
import { webhook } from './webhook.ts';

export const channelKinds = { slack, dingtalk, email, webhook, terminal };

export type ChannelKind = keyof typeof channelKinds;

/** The configuration of each kind. */
export type ChannelConfigs = { readonly [K in ChannelKind]: ReturnType<(typeof channelKinds)[K]['build']> };

export type ChannelsConfig = Partial<ChannelConfigs>;

export const isChannelKind = (name: string): name is ChannelKind => Object.hasOwn(channelKinds, name);
