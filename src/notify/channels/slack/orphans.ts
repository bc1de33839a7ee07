/**
 * Removes duplicates that a crash can leave in Slack. A message may have arrived without Tocsin knowing. If it is sent again, Slack has it
 * twice, and the first one would say "Firing" for ever. So a message that was sent again looks for an older one with the same delivery id
 * and gives way to it.
 */
import { WebAPIPlatformError, type WebClient } from '@slack/web-api';

/** A message as Slack identifies it. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
}

export const METADATA_TYPE = 'tocsin_alert';

/** Number of messages to look at: far more than are posted to a channel during a restart. */
const LOOKED_AT_MAX = 200;

/**
 * Returns the message that becomes the root: the oldest one of the same delivery. Deletes the others. If there is no older one, or if that
 * cannot be known, the root is the new one; in the second case `note` says why. Never rejects.
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
