/** One alert of the shipped kind, for tests of messages and for the renderings in docs/messages. */
import type { Episode, Transition } from '../../src/event/alert.ts';
import type { Notice } from '../../src/notify/notice.ts';

const FIRST_MS = Date.UTC(2026, 10, 23, 12, 3, 11, 204);
const MINUTE_MS = 60_000;
const TIMEOUT = 'order_timeout: no answer from inventory within 3000 ms';

function sample(
  offset: number,
  timeMs: number,
  service: string,
  orderId: string,
  message: string,
): Episode['samples'][number] {
  const document = {
    '@timestamp': new Date(timeMs).toISOString(),
    level: 'ERROR',
    service,
    order_id: orderId,
    message,
  };
  return {
    timeMs,
    position: { source: 'orders', partition: 0, offset },
    excerpt: JSON.stringify(document),
    fields: { service: [service], level: ['ERROR'], order_id: [orderId], message: [message] },
  };
}

export const episode: Episode = {
  alertId: '7c1e09b2a4f35d68',
  rule: 'order_sync_failures',
  meaning: 'b0',
  severity: 'critical',
  group: { service: 'order-service' },
  state: 'firing',
  pendingAtMs: FIRST_MS + MINUTE_MS,
  firedAtMs: FIRST_MS + MINUTE_MS,
  count: 12,
  suppressed: 0,
  firstEvent: { position: { source: 'orders', partition: 0, offset: 88 }, timeMs: FIRST_MS },
  samples: [
    sample(88, FIRST_MS, 'order-service', 'ORD-20261123-004102', TIMEOUT),
    sample(
      131,
      FIRST_MS + 41_000,
      'order-service',
      'ORD-20261123-004188',
      'inventory_rollback: reservation released',
    ),
    sample(140, FIRST_MS + MINUTE_MS, 'order-service', 'ORD-20261123-004217', TIMEOUT),
  ],
};

export const resolvedEpisode: Episode = {
  ...episode,
  state: 'resolved',
  resolvedAtMs: FIRST_MS + 24 * MINUTE_MS,
  reason: 'quiet',
  count: 57,
};

export function transition(kind: Transition['kind'], changes: Partial<Episode> = {}): Transition {
  const of = kind === 'resolved' ? resolvedEpisode : episode;
  return { kind, isFinal: true, announce: true, threadId: episode.alertId, episode: { ...of, ...changes } };
}

export function notice(changes: Partial<Notice> = {}): Notice {
  return {
    kind: 'fired',
    threadId: episode.alertId,
    rule: {
      name: 'order_sync_failures',
      title: 'Order sync failures',
      severity: 'critical',
      owner: 'team-order',
      labels: { domain: 'order' },
      whenText: '"ERROR" AND ("order_timeout" OR "inventory_rollback")',
      alertText: 'count >= 5 within 5m by service',
      windowMs: 5 * MINUTE_MS,
      threshold: 5,
    },
    episode,
    samples: episode.samples,
    values: { order_id: ['ORD-20261123-004217'], service: ['order-service'] },
    language: 'en',
    ...changes,
  };
}
