/** The channel `webhook`: sends the alert as signed JSON, in the form that docs/webhook.md promises. */
import { createHmac } from 'node:crypto';
import type { WebhooksConfig } from '../../../config/channels/webhook.ts';
import type { Clock } from '../../../event/clock.ts';
import { jsonText } from '../../../event/visible.ts';
import type { Channel, Delivery, Outcome } from '../../channel.ts';
import { contentOf } from '../../message/content.ts';
import { withoutSteps, type Notice } from '../../notice.ts';
import { authorizationOf, isLostBehindGateway, networkText, postJson, type HttpAnswer } from '../network.ts';

const USUAL_PER_MINUTE = 120;

export function createWebhookChannel(
  hooks: WebhooksConfig,
  { clock }: { readonly clock: Pick<Clock, 'wallMs'> },
): Channel {
  return {
    kind: 'webhook',
    ratePerMinute: (target) => hooks[target]?.ratePerMinute ?? USUAL_PER_MINUTE,
    async send(delivery) {
      const hook = Object.hasOwn(hooks, delivery.target) ? hooks[delivery.target] : undefined;
      if (!hook) return { kind: 'failed', ...unknownHook(delivery.target) };
      const body = jsonText(bodyOf(delivery));
      const timestamp = String(Math.floor(clock.wallMs() / 1000));
      const headers = {
        ...authorizationOf(hook),
        'tocsin-delivery': delivery.deliveryId,
        'tocsin-timestamp': timestamp,
        ...(hook.secret && { 'tocsin-signature': signature(hook.secret.reveal(), timestamp, body) }),
      };
      // The status is enough to know the outcome, so the body is not read.
      const answer = await postJson(hook.url.reveal(), body, { clock, headers, wantsBody: false });
      return 'kind' in answer ? answer : outcomeOf(answer, delivery.target);
    },
    async probe(target) {
      const hook = Object.hasOwn(hooks, target) ? hooks[target] : undefined;
      if (!hook) {
        const { because, fix } = unknownHook(target);
        return { problem: because, fix };
      }
      if (hook.probe === false) return undefined;
      try {
        // Any answer shows that a server is there.
        await fetch(hook.url.reveal(), {
          method: 'HEAD',
          headers: authorizationOf(hook),
          redirect: 'manual',
          signal: AbortSignal.timeout(5_000),
        });
        return undefined;
      } catch (error) {
        const fix = `Check channels.webhook.${target}.url and that its server runs.`;
        return { problem: networkText(error), fix };
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Returns `sha256=` and the hex HMAC-SHA256 of timestamp, a dot, and the body as sent. */
function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

function unknownHook(target: string): { readonly because: string; readonly fix: string } {
  const fix = `Add channels.webhook.${target} to tocsin.yaml, or change the route.`;
  return { because: `no webhook ${target} is configured`, fix };
}

function outcomeOf({ status, pause }: HttpAnswer, target: string): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const note = pause?.note === undefined ? '' : ` and ${pause.note}`;
  const because = `webhook ${target}: HTTP ${status}${note}`;
  const after = pause === undefined ? {} : { afterMs: pause.afterMs };
  if (status === 429) return { kind: 'retry', unsent: true, because, afterMs: pause?.afterMs ?? 30_000 };
  if (status === 408 || status === 425 || status >= 500)
    return { kind: 'retry', unsent: !isLostBehindGateway(status), because, ...after };
  const fix =
    status === 401 || status === 403
      ? `Check channels.webhook.${target}.secret on both sides.`
      : `Check channels.webhook.${target}.url; the server refuses the message (redirects are not followed).`;
  return { kind: 'failed', because, fix };
}

function bodyOf(delivery: Delivery): object {
  const head = {
    version: 1,
    deliveryId: delivery.deliveryId,
    possibleDuplicate: delivery.possibleDuplicate,
  };
  if (delivery.digest) return { ...head, kind: 'digest', alerts: delivery.digest.map(alertOf) };
  return { ...head, kind: delivery.notice.kind, alert: alertOf(delivery.notice) };
}

function alertOf(notice: Notice): object {
  const { episode, rule } = notice;
  const content = contentOf({ notice: withoutSteps(notice), possibleDuplicate: false });
  const time = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString();
  return {
    kind: notice.kind,
    alertId: episode.alertId,
    threadId: notice.threadId,
    rule: rule.name,
    title: content.title,
    severity: rule.severity,
    owner: rule.owner,
    labels: rule.labels,
    group: episode.group,
    state: episode.state,
    count: episode.count,
    threshold: rule.threshold,
    windowMs: rule.windowMs,
    suppressed: episode.suppressed,
    figures: episode.figures,
    firstEventAt: time(episode.firstEvent.timeMs),
    firedAt: time(episode.firedAtMs),
    resolvedAt: time(episode.resolvedAtMs),
    reason: episode.reason,
    because: notice.because,
    doubts: notice.doubts?.map(({ reason, sinceMs }) => ({ reason, since: time(sinceMs) })),
    sentence: content.sentence,
    whyNow: content.whyNow,
    samples: notice.samples.map((sample) => ({
      at: time(sample.timeMs),
      position: sample.position,
      text: sample.excerpt,
      fields: sample.fields,
    })),
    links: { kibana: notice.kibanaUrl, runbook: notice.runbook?.url, alert: notice.alertUrl },
    runbook: notice.runbook?.path,
  };
}
