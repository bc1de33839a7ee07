/** The kind of channel that is configured with `channels.webhook`: a block of webhooks by name. */
import { z } from 'zod';
import { splitAddress } from '../address.ts';
import { checkUrl } from '../check-addresses.ts';
import { makeSecret, type Secret } from '../secret.ts';
import { rate, secret } from '../values.ts';
import type { ChannelKindOf } from './kind.ts';
import { authorizationOf, mapValues, nameProblem, rateOf, type Authorized, type Rate } from './parts.ts';

const schema = z.record(
  z.string(),
  z.strictObject({
    url: secret('whole_address', 'a URL', '"https://example.com/hook"'),
    secret: secret('value', 'the secret that signs', '"${HOOK_SECRET}"').optional(),
    rate: rate('100/s', '600/m'),
    probe: z.boolean().default(true),
  }),
);

interface WebhookConfig extends Authorized, Rate {
  /** The address without user name and password. It is a secret, because for many services it is all that one needs to post. */
  readonly url: Secret;
  readonly secret?: Secret;
  /** False: the webhook gets no requests except messages. */
  readonly probe?: boolean;
}

export type WebhooksConfig = Readonly<Record<string, WebhookConfig>>;

export const webhook: ChannelKindOf<typeof schema, WebhooksConfig> = {
  schema,
  build: (block) =>
    mapValues(block, ({ url, secret: signing, rate: perMinute, probe }) => ({
      url: makeSecret(splitAddress(url).url),
      ...authorizationOf(url),
      probe,
      ...rateOf({ rate: perMinute }),
      ...(signing !== undefined && { secret: makeSecret(signing) }),
    })),
  check(block, path, report) {
    for (const [name, { url }] of Object.entries(block)) checkUrl([...path, name, 'url'], url, report);
  },
  targetProblem: (target, hooks) => nameProblem('webhook', target, Object.keys(hooks)),
  hasTemplate: false,
};
