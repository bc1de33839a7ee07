/** One alert of each of Tocsin's own rules, for tests of messages and for the renderings in docs/messages. */
import type { Episode, Transition } from '../../src/event/alert.ts';
import { SELF_MEANING, selfRules, type SelfRuleName } from '../../src/notify/message/self/rules.ts';

const AT_MS = Date.parse('2026-11-23T12:00:00Z');
const SINCE = '2026-11-23T11:43:00.000Z';
/** What each of them is about, and what was measured. */
export const figuresOf: Readonly<Record<SelfRuleName, Pick<Episode, 'group' | 'figures'>>> = {
  tocsin_source_silent: {
    group: { source: 'orders' },
    figures: { silent_ms: 1_020_400, limit_ms: 900_000, since: SINCE },
  },
  tocsin_source_halted: { group: { source: 'orders' }, figures: { partitions: 2, problem: 't/0 is halted' } },
  tocsin_source_unreachable: {
    group: { source: 'orders' },
    figures: { problem: 'order-logs: connect ECONNREFUSED 127.0.0.1:9092' },
  },
  tocsin_source_misread: {
    group: { source: 'orders', why: 'lines_too_late' },
    figures: { since: SINCE, count: 900, lately: 320, total: 400, span_ms: 300_000 },
  },
  tocsin_time_held: {
    group: { source: 'orders' },
    figures: { problem: 'order-logs/2: a transaction is open' },
  },
  tocsin_transaction_hanging: {
    group: { source: 'orders', reader: 'alert' },
    figures: { count: 1, since: SINCE },
  },
  tocsin_lag: {
    group: { source: 'orders' },
    figures: { behind_ms: 600_000, limit_ms: 300_000, read_to: SINCE },
  },
  tocsin_lines_lost: {
    group: { source: 'orders', reader: 'alert' },
    figures: { count: 1_000, since: SINCE },
  },
  tocsin_lines_cut: { group: { source: 'orders' }, figures: { count: 1, since: SINCE } },
  tocsin_matches_lost: { group: { rule: 'sync', why: 'too_late' }, figures: { count: 25, since: SINCE } },
  tocsin_groups_dropped: {
    group: { rule: 'sync' },
    figures: { dropped: 1_234, max_groups: 10_000, since: SINCE },
  },
  tocsin_rules_invalid: { group: {}, figures: { problem: 'a.rule:1:1: wrong', running: 14 } },
  tocsin_archive_behind: {
    group: {},
    figures: { behind_ms: 600_000, limit_ms: 300_000, problem: 'Elasticsearch does not answer' },
  },
  tocsin_dead_letters: {
    group: { reason: 'document_parsing_exception' },
    figures: { count: 306, since: SINCE },
  },
  tocsin_template_failing: { group: { channel: 'slack' }, figures: { count: 2, since: SINCE } },
  tocsin_clock_jumped: { group: {}, figures: { at: SINCE, by_ms: 3_600_000, direction: 'ahead' } },
  tocsin_state_unwritable: {
    group: {},
    figures: {
      since: SINCE,
      until: '2026-11-23T11:44:00.000Z',
      lasted_ms: 60_000,
      problem: 'database or disk is full',
    },
  },
  tocsin_state_older: {
    group: { kind: 'put_back' },
    figures: { since: SINCE, count: 1 },
  },
  tocsin_receiver_failing: {
    group: { receiver: 'webhook:audit' },
    figures: { waiting: 3, given_up: 0, problem: 'HTTP 503', oldest: SINCE },
  },
  tocsin_part_failing: { group: { part: 'archiving' }, figures: { count: 2, since: SINCE } },
};

export function selfTransition(rule: SelfRuleName, kind: 'fired' | 'resolved' = 'fired'): Transition {
  const episode: Episode = {
    alertId: '00112233445566aa',
    rule,
    meaning: SELF_MEANING,
    severity: selfRules[rule].severity,
    state: kind === 'fired' ? 'firing' : 'resolved',
    pendingAtMs: AT_MS - 120_000,
    firedAtMs: AT_MS,
    ...(kind === 'resolved' && { resolvedAtMs: AT_MS + 60_000, reason: 'healed' }),
    count: 1,
    suppressed: 0,
    samples: [],
    ...figuresOf[rule],
    firstEvent: { position: { source: 'tocsin', partition: 0, offset: 0 }, timeMs: AT_MS - 120_000 },
  };
  return { kind, isFinal: true, announce: true, threadId: episode.alertId, episode };
}
