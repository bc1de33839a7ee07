import { expect, test } from 'vitest';
import { silent } from '../../event/telemetry.ts';
import type { Channel } from '../../notify/channel.ts';
import { createProbes } from './probes.ts';

const channel = (kind: string, probe: Channel['probe']): [string, Channel] => [
  kind,
  {
    kind,
    probe,
    ratePerMinute: () => 1,
    send: () => Promise.resolve({ kind: 'sent' }),
    close: () => Promise.resolve(),
  },
];

test('a probe that breaks is told as a defect and as a problem of its receiver; the others are asked all the same', async () => {
  const defects: unknown[] = [];
  const channels = new Map([
    channel('slack', () => Promise.reject(new TypeError('of null'))),
    channel('webhook', () => {
      throw new TypeError('at once');
    }),
    channel('email', () => Promise.resolve(undefined)),
    channel('dingtalk', () => Promise.resolve({ problem: `a\nb ${'x'.repeat(9_000)}`, fix: 'mend it' })),
  ]);
  const probes = createProbes(channels, {
    ...silent,
    count: (name, labels) => {
      if (name === 'defects') defects.push(labels);
    },
  });
  const receivers = [...channels.keys()].map((kind) => ({ channel: kind, target: 't' }));
  await probes.ask(receivers);
  expect(defects).toEqual([{ part: 'probes' }, { part: 'probes' }]);
  expect(probes.found.get('slack:t')?.problem).toContain('of null');
  expect(probes.found.get('webhook:t')?.problem).toContain('at once');
  expect(probes.found.get('email:t')).toBeUndefined();
  const { problem } = probes.found.get('dingtalk:t')!;
  expect([problem.length, problem.startsWith('a b x')]).toEqual([500, true]);
  await probes.ask(receivers.slice(0, 1));
  expect([...probes.found.keys()]).toEqual(['slack:t']);
});
