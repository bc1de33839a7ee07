import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { episode, notice } from '../../../test/support/notices.ts';
import { makeSecret } from '../../config/secret.ts';
import { createMask, noMask } from '../../event/mask/mask.ts';
import { silent } from '../../event/telemetry.ts';
import type { Channel, Delivery } from '../channel.ts';
import { createChannels } from './create.ts';
import { guarded } from './guarded.ts';

const SECRET = 'hush-hush-0815';
makeSecret(SECRET);
/** A password that is a word by which the program works. */
makeSecret('fired');

const delivery = (changes: Partial<Delivery> = {}): Delivery => ({
  notice: notice(),
  target: '#a',
  possibleDuplicate: false,
  deliveryId: 'd',
  ...changes,
});

/** A channel that keeps what it is given and answers so. */
function scripted(
  answer: () => ReturnType<Channel['send']>,
  mask = noMask,
): { channel: Channel; given: Delivery[] } {
  const given: Delivery[] = [];
  const send = (each: Delivery): ReturnType<Channel['send']> => {
    given.push(each);
    return answer();
  };
  const probe = (): ReturnType<Channel['probe']> =>
    Promise.resolve({ problem: `no ${SECRET}`, fix: 'mend it' });
  const channel = { kind: 'x', ratePerMinute: () => 1, send, probe, close: () => Promise.resolve() };
  return { channel: guarded(channel, mask), given };
}

it('sends no secret that a log line, a runbook or a problem brought, and changes nothing else', async () => {
  const { channel, given } = scripted(() => Promise.resolve({ kind: 'sent' }));
  const [sample] = episode.samples;
  const changed = notice({
    episode: { ...episode, group: { service: SECRET }, figures: { problem: SECRET } },
    samples: [{ ...sample!, excerpt: `it said ${SECRET}`, fields: { message: [SECRET] } }],
    values: { service: [SECRET] },
    runbook: { path: 'r.md', markdown: `curl -H "${SECRET}"`, url: `https://w/${SECRET}` },
    because: SECRET,
  });
  await channel.send(delivery({ notice: changed, digest: [changed, notice()] }));
  expect(JSON.stringify(given)).not.toContain('hush');
  expect(given[0]!.digest![1]).toEqual(notice());
  expect(given[0]!.notice.kind).toBe('fired');
});

it('takes as long and as many messages at once as the channel that it guards', () => {
  const mail = { smtp: makeSecret('smtp://127.0.0.1:9'), from: 'a@b.example', answerWithinMs: 60_000 };
  const channel = createChannels({ email: mail }, silent, { clock: rightClock() }).get('email')!;
  expect(channel.sendMaxMs).toBeGreaterThan(60_000);
  expect(channel.atOnce).toBeGreaterThan(1);
});

it('says no secret: not in an outcome, a probe or what it throws', async () => {
  const failed = { kind: 'failed', because: `401 for ${SECRET}`, fix: `not ${SECRET}` } as const;
  const { channel } = scripted(() => Promise.resolve(failed));
  expect(await channel.send(delivery())).toEqual({
    kind: 'failed',
    because: '401 for [redacted]',
    fix: 'not [redacted]',
  });
  expect(await channel.probe('a')).toEqual({ problem: 'no [redacted]', fix: 'mend it' });
  const breaking = scripted(() => Promise.reject(new TypeError(`cannot fetch http://u:${SECRET}@h/`)));
  await expect(breaking.channel.send(delivery())).rejects.toThrow('cannot fetch http://u:[redacted]@h/');
});

it('a template that holds a secret does not send it', async () => {
  const templatesDir = mkdtempSync(join(tmpdir(), 'tocsin-templates-'));
  try {
    writeFileSync(join(templatesDir, 'terminal.hbs'), `{{title}} https://u:${SECRET}@wiki.example/\n`);
    const terminal = new PassThrough();
    const channels = createChannels({ terminal: {} }, silent, {
      clock: rightClock(),
      terminal,
      templatesDir,
    });
    await channels.get('terminal')!.send(delivery({ target: '' }));
    const shown = String(terminal.read());
    expect(shown).toContain('Order sync failures');
    expect(shown).not.toContain('hush');
  } finally {
    rmSync(templatesDir, { recursive: true });
  }
});

describe('where log text is masked', () => {
  const mask = createMask({ kinds: ['cards', 'emails', 'tokens'], patterns: {} });
  const sent = () => Promise.resolve({ kind: 'sent' } as const);

  it('half a number at the end of an excerpt is not sent either', async () => {
    const { channel, given } = scripted(sent, mask);
    const [sample] = episode.samples;
    const cutAt = (length: number): string =>
      `${'paid '.repeat(200).slice(0, length - 16)} 4111 1111 1111 1`.slice(-length);
    await channel.send(
      delivery({
        notice: notice({ samples: [{ ...sample!, excerpt: cutAt(500), fields: { message: [cutAt(256)] } }] }),
      }),
    );
    expect(JSON.stringify(given)).not.toContain('4111');
    expect(given[0]!.notice.samples[0]!.excerpt).toMatch(/paid {1,2}…$/u);
  });

  it('a link that shows what is masked by now is left out', async () => {
    const { channel, given } = scripted(sent, mask);
    const kibanaUrl = `https://k/app/r?p=${encodeURIComponent('user:"a@b.example"')}`;
    await channel.send(
      delivery({ notice: notice({ kibanaUrl }), digest: [notice({ kibanaUrl: 'https://k/app/r?p=1' })] }),
    );
    expect(given[0]!.notice.kibanaUrl).toBeUndefined();
    expect(given[0]!.digest![0]!.kibanaUrl).toBe('https://k/app/r?p=1');
  });

  it('what the authors of rules and runbooks wrote is sent as it is', async () => {
    const { channel, given } = scripted(sent, mask);
    const runbook = { path: 'r.md', markdown: 'Ask oncall@shop.example' };
    await channel.send(delivery({ notice: notice({ runbook }) }));
    expect(given[0]!.notice).toEqual(notice({ runbook }));
  });
});
