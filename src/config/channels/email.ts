/** The kind of channel that is configured with `channels.email`. */
import { z } from 'zod';
import { DURATION_SHAPE, durationMs } from '../../event/duration.ts';
import { checkUrl } from '../check-addresses.ts';
import { makeSecret, type Secret } from '../secret.ts';
import { parsed, rate, secret, word } from '../values.ts';
import type { ChannelKindOf } from './kind.ts';
import { rateOf, type Rate } from './parts.ts';

const schema = z.strictObject({
  smtp: secret('whole_address', 'smtp:// or smtps:// URL', '"${SMTP_URL}"'),
  from: word('an e-mail address', '"tocsin@example.com"'),
  require_tls: z.boolean().optional(),
  answer_within: parsed(
    'a duration from 1s to 1h',
    '10m',
    (text) => {
      const ms = durationMs(text);
      return ms === undefined || ms < 1_000 || ms > 3_600_000 ? undefined : ms;
    },
    DURATION_SHAPE,
  ).prefault('10m'),
  rate: rate('100/s', '30/m'),
});

export interface EmailConfig extends Rate {
  /** smtp://user:password@host:port or smtps://…; it is a secret because it may hold a password. */
  readonly smtp: Secret;
  readonly from: string;
  /** True where mail must be encrypted on the way to the server; absent: it must be, unless the server is on this machine. */
  readonly requireTls?: boolean;
  /** How long the server may take to answer to the text of a mail; absent: ten minutes. */
  readonly answerWithinMs?: number;
}

export const email: ChannelKindOf<typeof schema, EmailConfig> = {
  schema,
  build: ({ smtp, from, require_tls: requireTls, answer_within: answerWithinMs, rate: perMinute }) => ({
    smtp: makeSecret(smtp),
    from,
    answerWithinMs,
    ...(requireTls !== undefined && { requireTls }),
    ...rateOf({ rate: perMinute }),
  }),
  check({ smtp }, path, report) {
    checkUrl([...path, 'smtp'], smtp, report, ['smtp:', 'smtps:']);
  },
  targetProblem: (target) =>
    /^[^\s@,;]+@[^\s@,;]+$/u.test(target)
      ? undefined
      : { message: `"${target}" is no e-mail address`, fix: 'write `name@host`' },
  hasTemplate: true,
};
