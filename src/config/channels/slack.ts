/** The kind of channel that is configured with `channels.slack`. */
import { z } from 'zod';
import { checkBase } from '../check-addresses.ts';
import { makeSecret, type Secret } from '../secret.ts';
import { rate, secret } from '../values.ts';
import type { ChannelKindOf } from './kind.ts';
import { apiOf, rateOf, type Api, type Rate } from './parts.ts';

const schema = z.strictObject({
  token: secret('value', 'a bot token', '"${SLACK_TOKEN}"'),
  api_url: secret('address', 'a URL', 'https://slack.com/api/').default('https://slack.com/api/'),
  rate: rate('60/m', '50/m'),
});

export interface SlackConfig extends Api, Rate {
  readonly token: Secret;
}

export const slack: ChannelKindOf<typeof schema, SlackConfig> = {
  schema,
  build: (block) => ({ token: makeSecret(block.token), ...apiOf(block), ...rateOf(block) }),
  check(block, path, report) {
    checkBase([...path, 'api_url'], block.api_url, report);
  },
  targetProblem: (target) =>
    /^(?:#[^\s#,]{1,80}|@\S+|[CDGU][A-Z0-9]{6,})$/u.test(target)
      ? undefined
      : { message: `"${target}" is no Slack channel`, fix: "write `#name` or the channel's ID" },
  hasTemplate: true,
};
