/**
 * A channel that neither sends nor says a credential of the configuration. What it sends may hold one that a log line, a runbook or a
 * problem of another receiver has brought; what it says is stored, shown on /readyz and told to other receivers, and may be words of a
 * library or of a service that quote the request.
 */
import { mapTexts, redactKnown, redactText } from '../../event/redact.ts';
import type { Channel, Outcome } from '../channel.ts';
import type { Notice } from '../notice.ts';
import { changeTexts } from '../notice-texts.ts';

export function guarded(channel: Channel): Channel {
  const shown = (notice: Notice): Notice =>
    changeTexts(notice, { fromLog: redactKnown, fromAuthors: redactKnown });
  return {
    kind: channel.kind,
    ratePerMinute: (target) => channel.ratePerMinute(target),
    send: async (delivery) => {
      const { notice, digest } = delivery;
      const outcome = await heard(
        channel.send({ ...delivery, notice: shown(notice), ...(digest && { digest: digest.map(shown) }) }),
      );
      return said(outcome);
    },
    probe: async (target) => mapTexts(await heard(channel.probe(target)), redactText),
    close: () => channel.close(),
  };
}

function said(outcome: Outcome): Outcome {
  return { ...mapTexts(outcome, redactText), kind: outcome.kind } as Outcome;
}

/** What a channel throws is said too: only its words go on. */
function heard<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) =>
    Promise.reject(new Error(redactText(error instanceof Error ? error.message : String(error)))),
  );
}
