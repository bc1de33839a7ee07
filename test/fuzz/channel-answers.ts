/**
 * What Slack, DingTalk and the server behind a webhook may answer to a message. Right: it is taken for sent only where they say so; it is
 * tried again until then; and once it may have arrived, each further attempt is marked as a possible duplicate.
 */
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { createDingtalkChannel } from '../../src/notify/channels/dingtalk/channel.ts';
import { createSlackChannel } from '../../src/notify/channels/slack/channel.ts';
import { createWebhookChannel } from '../../src/notify/channels/webhook/channel.ts';
import type { Channel } from '../../src/notify/channel.ts';
import type { LoopContext } from '../../src/notify/outbox/loop-context.ts';
import type { Outbox } from '../../src/notify/outbox/outbox.ts';
import { record } from '../../src/notify/outbox/record.ts';
import { silent } from '../../src/event/telemetry.ts';
import { rightClock } from '../support/clock.ts';
import { allDue } from '../support/due.ts';
import type { HostileAnswer, HostileServer } from '../support/hostile-server.ts';
import { notice } from '../support/notices.ts';
import { secretOf } from '../support/secret.ts';
import { outboxIn } from '../support/state-writes.ts';
import type { Random } from '../support/timelines.ts';
import type { Fuzzer } from './harness.ts';
import { ACTS_UNSEEN, hostileAnswer, plainSuccess } from './hostile-answers.ts';

export type ChannelName = 'slack' | 'dingtalk' | 'webhook';

interface Step {
  /** One for each request. */
  readonly answers: readonly HostileAnswer[];
}

interface Kind {
  readonly target: string;
  channel(url: string): Channel;
  /** Whether the message is in the request. */
  carries(path: string): boolean;
  right(random: Random): unknown;
  readonly honest: HostileAnswer;
  /** The service says that it has the message. */
  tookIt(answer: HostileAnswer): boolean;
  /** The service says that it has not. */
  refusedIt(answer: HostileAnswer): boolean;
}

const json = { 'content-type': 'application/json' };
/** Nothing else but a success says so, unless it comes from a gateway that knows nothing. */
const saysNo = ({ status = 200, how }: HostileAnswer): boolean =>
  how !== 'reset' && !(status >= 200 && status < 300) && status !== 502 && status !== 504 && status < 520;

const slackSuccess = { ok: true, ts: '1700000000.000100', channel: 'C1', message: { text: 'x' } };
const SLACK_ERRORS = [
  'channel_not_found',
  'ratelimited',
  'internal_error',
  'invalid_blocks',
  'service_unavailable',
];
const HALFWAY = ['internal_error', 'fatal_error'];

const kinds: Readonly<Record<ChannelName, Kind>> = {
  slack: {
    target: '#oncall',
    channel: (url) =>
      createSlackChannel(
        { token: secretOf('xoxb'), apiUrl: `${url}/api/` },
        { telemetry: silent, clock: rightClock() },
      ),
    carries: (path) => path.endsWith('chat.postMessage'),
    right: (random) => (random.chance(50) ? slackSuccess : { ok: false, error: random.pick(SLACK_ERRORS) }),
    honest: { headers: json, body: JSON.stringify({ ...slackSuccess, messages: [] }) },
    tookIt(answer) {
      const { ok, ts, channel } = (plainSuccess(answer) ?? {}) as Record<string, unknown>;
      return (
        (answer.status ?? 200) === 200 && ok === true && typeof ts === 'string' && typeof channel === 'string'
      );
    },
    refusedIt(answer) {
      // What Slack says of its 500 holds for a failure inside of it.
      if (saysNo(answer) && answer.status !== 500) return true;
      const { ok, error } = (plainSuccess(answer) ?? {}) as Record<string, unknown>;
      return (
        (answer.status ?? 200) === 200 &&
        ok === false &&
        typeof error === 'string' &&
        !HALFWAY.includes(error)
      );
    },
  },
  dingtalk: {
    target: 'orders',
    channel: (url) =>
      createDingtalkChannel(
        { apiUrl: url, robots: { orders: { accessToken: secretOf('t') } } },
        { telemetry: silent, clock: rightClock() },
      ),
    carries: () => true,
    right: (random) =>
      random.chance(10)
        ? { punish: 'deny' }
        : { errcode: random.pick([0, 0, 130101, -1, 310000, 300001]), errmsg: 'x' },
    honest: { headers: json, body: '{"errcode":0,"errmsg":"ok"}' },
    tookIt: (answer) => ((plainSuccess(answer) ?? {}) as Record<string, unknown>)['errcode'] === 0,
    refusedIt(answer) {
      const { errcode, punish } = (plainSuccess(answer) ?? {}) as Record<string, unknown>;
      return saysNo(answer) || (Number.isInteger(errcode) && errcode !== 0) || typeof punish === 'string';
    },
  },
  webhook: {
    target: 'audit',
    channel: (url) => createWebhookChannel({ audit: { url: secretOf(url) } }, { clock: rightClock() }),
    carries: () => true,
    right: () => ({ fine: true }),
    honest: { status: 204 },
    tookIt: ({ status = 200, how }) => status >= 200 && status < 300 && how !== 'reset',
    refusedIt: saysNo,
  },
};

/** Attempts that an honest server needs at the most: one, and one in plain text. */
const HONEST_MAX = 3;

export function channelAnswers(
  name: ChannelName,
  server: HostileServer,
  answerWith: (answer: (path: string) => HostileAnswer) => void,
): Fuzzer<Step> {
  const kind = kinds[name];
  const channel = kind.channel(server.url);
  const receiver = { channel: name, target: kind.target };
  return {
    name: `answers of ${name}`,
    // Two requests that get no end of an answer.
    stepMs: 60_000,
    input: (random) => ({
      answers: Array.from({ length: random.below(6) }, () => hostileAnswer(random, kind.right(random))),
    }),
    async run({ answers }) {
      const database = new DatabaseSync(':memory:');
      const outbox = outboxIn(database);
      outbox.put([{ key: 'm', receiver, notice: notice() }]);
      const left = [...answers];
      let mayBeThere = false;
      /** Of the last request that carried the message. */
      let said: HostileAnswer = kind.honest;
      answerWith((path) => {
        const answer = left.shift() ?? kind.honest;
        if (kind.carries(path)) said = answer;
        return answer;
      });
      for (let honest = 0; honest < HONEST_MAX; honest += left.length === 0 ? 1 : 0) {
        const [message] = allDue(outbox, receiver, Infinity);
        if (message === undefined) break;
        expect(message.possibleDuplicate).toSatisfy((marked: boolean) => marked || !mayBeThere);
        outbox.attempt([message.id], Date.now());
        const outcome = await channel.send({
          notice: message.notice,
          target: kind.target,
          deliveryId: message.key,
          possibleDuplicate: message.possibleDuplicate,
        });
        if (outcome.kind === 'sent') expect(kind.tookIt(said)).toBe(true);
        else {
          expect(outcome.because.length).toBeLessThan(500);
          expect(outcome.because).not.toMatch(ACTS_UNSEEN);
          if (outcome.kind === 'retry')
            expect(outcome.afterMs ?? 1_000).toSatisfy((ms: number) => ms >= 0 && ms <= 900_000);
        }
        if (!kind.refusedIt(said)) mayBeThere = true;
        await record([message], outcome, receiver, contextOf(outbox));
      }
      expect(outbox.backlog(Date.now()).pending).toBe(0);
      expect(
        Number(database.prepare(`SELECT count(*) AS n FROM outbox WHERE state = 'sent'`).get()?.['n']),
      ).toBe(1);
      database.close();
    },
  };
}

function contextOf(outbox: Outbox): LoopContext {
  return {
    outbox,
    channel: undefined,
    telemetry: silent,
    clock: rightClock(),
    giveUpAfterMs: 3_600_000,
    stuck: () => undefined,
    paused: () => undefined,
    random: () => 0.5,
    draining: () => false,
    stop: new AbortController().signal,
  };
}
