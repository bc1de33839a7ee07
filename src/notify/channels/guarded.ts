/**
 * Wraps a channel so that secrets stay inside. It sends log text only as the configuration masks it. It never sends a credential of the
 * configuration, which a log line, a runbook or the problem of another receiver may have brought. It also removes credentials from outcomes
 * and problems. These are stored, shown on /readyz and sent to other receivers, and may hold words of a library or a service that quote the
 * request.
 */
import { logText } from '../../event/mask/log-text.ts';
import type { Mask } from '../../event/mask/mask.ts';
import { decoded, mapTexts, redactKnown, redactText } from '../../event/redact.ts';
import type { Channel, Outcome } from '../channel.ts';
import type { Notice } from '../notice.ts';
import { changeTexts } from '../message/notice-texts.ts';

export function guarded(channel: Channel, mask: Mask): Channel {
  const shown = (notice: Notice): Notice =>
    changeTexts(withoutLink(notice, mask), {
      fromLog: logText(mask),
      fromAuthors: redactKnown,
    });
  return {
    kind: channel.kind,
    ...(channel.sendMaxMs !== undefined && { sendMaxMs: channel.sendMaxMs }),
    ...(channel.atOnce !== undefined && { atOnce: channel.atOnce }),
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

/** An error that the channel throws is public too: only its redacted message goes on. */
function heard<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) =>
    Promise.reject(new Error(redactText(error instanceof Error ? error.message : String(error)))),
  );
}

/** Removes the Kibana link if it holds text that must be masked now. The link may be older than the masks. */
function withoutLink(notice: Notice, mask: Mask): Notice {
  const { kibanaUrl, ...rest } = notice;
  const said = kibanaUrl && decoded(kibanaUrl);
  return said === undefined || mask.text(said) === said ? notice : rest;
}
