/**
 * What Slack answers, before its client sees it: bounded, and of the form of the method that was called. The client takes a page of a
 * proxy for a refusal, and a pause of a year for one.
 */
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { Clock } from '../../../event/clock.ts';
import { Nonsense, understoodJson } from '../../../event/answer.ts';
import { dropBody, pauseOf, readText, type Pause } from '../network.ts';

/** Slack asks to be left alone. */
export class Throttled extends Error {
  readonly pause: Pause;

  constructor(pause: Pause) {
    super('rate limited');
    this.pause = pause;
  }
}

/** Where Slack does not say for how long. */
const usualPause: Pause = { afterMs: 30_000 };
const ANSWER_MAX_BYTES = 1 << 20;
/** Of the latest messages of a channel, which may be long. */
const HISTORY_MAX_BYTES = 8 << 20;

const code = z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/iu);
const refused = z.object({ ok: z.literal(false), error: code });
const succeeded = z.object({ ok: z.literal(true) });
/** What names a message later on. */
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
 * `fetch` for the client. Rejects with Throttled for 429, with Nonsense for a success that is none; another status comes without its
 * body, and redirects are not followed.
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
