import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { notice } from '../../../../test/support/notices.ts';
import { silent } from '../../../event/telemetry.ts';
import type { Delivery } from '../../channel.ts';
import type { Notice } from '../../notice.ts';
import { createTerminalChannel } from './channel.ts';

async function shown(
  changes: Partial<Notice>,
  options: { color?: boolean; delivery?: Partial<Delivery> } = {},
): Promise<string> {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const channel = createTerminalChannel({ stream, telemetry: silent, color: options.color ?? false });
  const outcome = await channel.send({
    notice: notice(changes),
    target: '',
    possibleDuplicate: false,
    deliveryId: 'd1',
    ...options.delivery,
  });
  expect(outcome).toEqual({ kind: 'sent' });
  return text;
}

const runbook = {
  path: 'runbooks/order-sync.md',
  markdown: '## Restore\n\n1. Look at {{service}}\n\n```sh\nkubectl logs {{service}}\n```\n',
};

test('a firing shows title and rule name, what happened, why now, lines, steps and the alert id', async () => {
  const text = await shown({ runbook });
  expect(text).toContain('Order sync failures  (order_sync_failures)');
  expect(text).toContain('12 matching log lines within 5 min for service = order-service');
  expect(text).toContain('12 in 5 min (limit 5) · service = order-service');
  expect(text).toContain('inventory_rollback: reservation');
  expect(text).toContain('1. Look at order-service');
  expect(text).toContain('    kubectl logs order-service');
  expect(text).toContain('7c1e09b2a4f35d68');
});

test('Chinese messages are Chinese throughout', async () => {
  const text = await shown({ runbook, language: 'zh' });
  expect(text).toContain('5 分钟内出现 12 条匹配日志（service = order-service）');
  expect(text).toContain('处理步骤');
});

test('a resolution names its end and how long it lasted, and repeats no steps', async () => {
  const text = await shown({
    kind: 'resolved',
    runbook,
    episode: { ...notice().episode, reason: 'healed', resolvedAtMs: notice().episode.firedAtMs! + 90_000 },
  });
  expect(text).toContain('Resolved');
  expect(text).toContain('It lasted 1 min 30 s');
  expect(text).not.toContain('kubectl');
});

test('escape sequences in a log line do not reach the terminal', async () => {
  const evil = {
    ...notice().samples[0]!,
    fields: {},
    excerpt: 'a\u001b]0;owned\u0007b\u001b[2J\u202egnp\u200b',
  };
  const text = await shown({ samples: [evil] }, { color: true });
  expect(stripVTControlCharacters(text)).toContain('a\\u{1b}]0;owned\\u{7}b\\u{1b}[2J\\u{202e}gnp\\u{200b}');
  expect(text).not.toContain('\u001b]');
  expect(text).not.toContain('\u001b[2J');
});

test('without colours there is no escape sequence at all, with them there is', async () => {
  expect(await shown({})).not.toContain('\u001b');
  expect(await shown({}, { color: true })).toContain('\u001b[');
});

test('a digest lists every message with its id', async () => {
  const digest = Array.from({ length: 12 }, (_, i) =>
    notice({ episode: { ...notice().episode, alertId: `id-${i}` } }),
  );
  const text = await shown({}, { delivery: { digest } });
  for (let i = 0; i < 12; i++) expect(text).toContain(`id-${i}`);
});

test('a possible duplicate says so', async () => {
  expect(await shown({}, { delivery: { possibleDuplicate: true } })).toContain('Possible duplicate');
});

test('a log line is shown as people read it, and by its place where its text is no longer at hand', async () => {
  const [first] = notice().samples;
  expect(await shown({})).toContain(
    'ERROR order-service inventory_rollback: reservation released order_id=ORD-20261123-004188',
  );
  expect(await shown({ samples: [{ ...first!, fields: {} }] })).toContain('{"@timestamp"');
  expect(await shown({ samples: [{ ...first!, fields: {}, excerpt: '' }] })).toContain('orders/0/88');
});
