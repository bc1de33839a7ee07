import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordEpisode } from '../../test/support/state-writes.ts';
import type { Config } from '../config/config.ts';
import { openStateStore } from '../detect/store/store.ts';
import { keepSecret } from '../event/redact.ts';
import { createLog } from '../operate/log.ts';
import { createMetrics } from '../operate/metrics.ts';
import { listen } from './run-http.ts';

let dataDir: string;
const ALERT_ID = '0123456789abcdef';

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-pages-'));
  const store = openStateStore(join(dataDir, 'state.db'));
  const firstEvent = { position: { source: 'orders', partition: 0, offset: 1 }, timeMs: 1 };
  const samples = [
    {
      position: firstEvent.position,
      timeMs: 1,
      excerpt: 'card 4111 refused, hush-4111111111111111-hush',
      fields: {},
    },
  ];
  const about = { rule: 'a_rule', meaning: 'm', severity: 'high', group: {}, state: 'firing' } as const;
  const episode = { alertId: ALERT_ID, ...about, count: 1, suppressed: 0, firstEvent, samples };
  recordEpisode(store, {
    kind: 'fired',
    isFinal: true,
    announce: true,
    threadId: ALERT_ID,
    episode,
  });
  store.close();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

async function served(http: Config['http'], ask: (url: string) => Promise<void>): Promise<void> {
  const log = createLog({ level: 'silent', version: '1' });
  const mask = { kinds: ['cards'], patterns: {}, archive: false };
  const config = { dataDir, http, mask } as unknown as Config;
  const server = (await listen(
    config,
    createMetrics(),
    () => [],
    log,
    () => undefined,
    0,
  ))!;
  try {
    await ask(server.url.replace('0.0.0.0', '127.0.0.1'));
  } finally {
    await server.close();
  }
}

describe('the page of an alert', () => {
  it('is given for its whole id only', async () => {
    await served({ host: '127.0.0.1', port: 0 }, async (url) => {
      expect(await (await fetch(`${url}/alerts/${ALERT_ID}`)).json()).toMatchObject({ alertId: ALERT_ID });
      for (const guess of ['0', '01', ALERT_ID.slice(0, 15), '0123456789abcdee'])
        expect((await fetch(`${url}/alerts/${guess}`)).status).toBe(404);
    });
  });

  it('shows no half of a secret that holds what is masked', async () => {
    keepSecret('hush-4111111111111111-hush');
    await served({ host: '127.0.0.1', port: 0 }, async (url) => {
      const page = await (await fetch(`${url}/alerts/${ALERT_ID}`)).text();
      expect(page).toContain('card 4111 refused, [redacted]');
    });
  });
});
