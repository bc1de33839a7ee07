/** The kind of channel that is configured with `channels.dingtalk`. */
import { z } from 'zod';
import { checkBase } from '../check-addresses.ts';
import { makeSecret, type Secret } from '../secret.ts';
import { rate, secret } from '../values.ts';
import type { ChannelKindOf } from './kind.ts';
import { apiOf, mapValues, nameProblem, rateOf, type Api, type Rate } from './parts.ts';

const robot = z.strictObject({
  access_token: secret('value', 'the access_token of the robot', '"${DING_TOKEN}"'),
  secret: secret('value', 'the secret that signs', '"${DING_SECRET}"').optional(),
  rate: rate('20/m', '15/m'),
});

const schema = z.strictObject({
  robots: z.record(z.string(), robot),
  api_url: secret('address', 'a URL', 'https://oapi.dingtalk.com').default('https://oapi.dingtalk.com'),
});

export interface DingtalkConfig extends Api {
  readonly robots: Readonly<
    Record<string, { readonly accessToken: Secret; readonly secret?: Secret } & Rate>
  >;
}

export const dingtalk: ChannelKindOf<typeof schema, DingtalkConfig> = {
  schema,
  build: (block) => ({
    ...apiOf(block),
    robots: mapValues(block.robots, (each) => ({
      accessToken: makeSecret(each.access_token),
      ...rateOf(each),
      ...(each.secret !== undefined && { secret: makeSecret(each.secret) }),
    })),
  }),
  check(block, path, report) {
    checkBase([...path, 'api_url'], block.api_url, report);
  },
  targetProblem: (target, { robots }) => nameProblem('DingTalk robot', target, Object.keys(robots)),
  hasTemplate: true,
};
