/**
 * What a crash can leave in Slack: a message that arrived, of which nobody heard. Sent again it would stand there twice, and the first
 * would say "Firing" for ever. So what was sent again looks for its elder by the delivery's id and gives way to it.
 */
import { WebAPIPlatformError, type WebClient } from '@slack/web-api';

/** A message, as Slack names it. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
}

export const METADATA_TYPE = 'tocsin_alert';

/** Far more than is posted to a channel in the time of a restart. */
const LOOKED_AT_MAX = 200;

/**
 * The message that is to be the root: the eldest of the same delivery, the others deleted; the new one where there is no elder, or
 * where that cannot be known, with why. Never rejects.
 */
export async function giveWay(
  client: WebClient,
  posted: Posted,
  deliveryId: string,
): Promise<{ readonly root: Posted; readonly note?: string }> {
  try {
    const { messages = [] } = await client.conversations.history({
      channel: posted.channel,
      limit: LOOKED_AT_MAX,
      include_all_metadata: true,
    });
    const same = messages
      .filter(({ metadata }) => isOf(metadata, deliveryId))
      .flatMap(({ ts }) => (ts === undefined ? [] : [ts]))
      .sort();
    const [eldest = posted.ts] = same;
    for (const ts of new Set([...same, posted.ts]))
      if (ts !== eldest) await client.chat.delete({ channel: posted.channel, ts });
    return { root: { ...posted, ts: eldest } };
  } catch (error) {
    return { root: posted, note: `An earlier copy may stand in Slack: ${reasonOf(error)}` };
  }
}

function isOf(metadata: unknown, deliveryId: string): boolean {
  const { event_type: type, event_payload: payload } = (metadata ?? {}) as {
    readonly event_type?: unknown;
    readonly event_payload?: { readonly delivery_id?: unknown };
  };
  return type === METADATA_TYPE && payload?.delivery_id === deliveryId;
}

function reasonOf(error: unknown): string {
  const code = error instanceof WebAPIPlatformError ? error.data.error : undefined;
  if (code === 'missing_scope')
    return 'give the app the scope channels:history (groups:history for private channels) to have it replaced.';
  return `it could not be looked for (${code ?? 'no answer'}).`;
}
