/**
 * Checks the answers of Slack before its client reads them. An answer is bounded and must have the form that belongs to the called method.
 * The client itself would take a proxy's page for a refusal, and would accept a pause of a year.
 */
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { Clock } from '../../../event/clock.ts';
import { Nonsense, understoodJson } from '../../../event/answer.ts';
import { dropBody, pauseOf, readText, type Pause } from '../network.ts';

/** Error for a request of Slack to send nothing for a time. */
export class Throttled extends Error {
  readonly pause: Pause;

  constructor(pause: Pause) {
    super('rate limited');
    this.pause = pause;
  }
}

/** Pause if Slack does not say how long. */
const usualPause: Pause = { afterMs: 30_000 };
const ANSWER_MAX_BYTES = 1 << 20;
/** Maximum bytes of the latest messages of a channel, which may be long. */
const HISTORY_MAX_BYTES = 8 << 20;

const code = z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/iu);
const refused = z.object({ ok: z.literal(false), error: code });
const succeeded = z.object({ ok: z.literal(true) });
/** `ts` and `channel` identify a message later on. */
const ts = z.string().regex(/^\d{1,20}\.\d{1,20}$/u);
const channel = z.string().regex(/^[A-Z0-9]{1,40}$/u);

const answers: Readonly<Record<string, ZodType>> = {
  'chat.postMessage': z.union([refused, succeeded.extend({ ts, channel })]),
  'conversations.history': z.union([
    refused,
    succeeded.extend({
      messages: z.array(z.object({ ts: ts.optional(), metadata: z.unknown().optional() })),
    }),
  ]),
};
const anyAnswer = z.union([refused, succeeded]);

/**
 * Returns a `fetch` for the client. Rejects with Throttled for 429, and with Nonsense for a success that has the wrong form. Answers with
 * another status come without their body. Redirects are not followed.
 */
export function slackFetch(clock: Pick<Clock, 'wallMs'>): typeof fetch {
  return async (input, init) => answerOf(await fetch(input, { ...init, redirect: 'manual' }), clock);
}

async function answerOf(response: Response, clock: Pick<Clock, 'wallMs'>): Promise<Response> {
  if (response.status !== 200) {
    dropBody(response);
    const after = response.headers.get('retry-after');
    if (response.ok) throw new Nonsense(`HTTP ${response.status} is no answer of Slack`);
    if (response.status === 429)
      throw new Throttled(after === null ? usualPause : pauseOf(after, clock.wallMs()));
    return new Response(null, { status: response.status });
  }
  const method = response.url.slice(response.url.lastIndexOf('/') + 1);
  const bytesMax = method === 'conversations.history' ? HISTORY_MAX_BYTES : ANSWER_MAX_BYTES;
  const answer = understoodJson(answers[method] ?? anyAnswer, await readText(response, bytesMax));
  return Response.json(answer);
}
