/**
 * A channel that sends what log lines said as the configuration masks it, and neither sends nor says a credential of the configuration. What it sends may hold one that a log line, a runbook or a
 * problem of another receiver has brought; what it says is stored, shown on /readyz and told to other receivers, and may be words of a
 * library or of a service that quote the request.
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

/** What a channel throws is said too: only its words go on. */
function heard<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) =>
    Promise.reject(new Error(redactText(error instanceof Error ? error.message : String(error)))),
  );
}

/** A link made while less was masked shows what must not be seen now. */
function withoutLink(notice: Notice, mask: Mask): Notice {
  const { kibanaUrl, ...rest } = notice;
  const said = kibanaUrl && decoded(kibanaUrl);
  return said === undefined || mask.text(said) === said ? notice : rest;
}
