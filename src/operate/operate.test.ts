import { describe, expect, it } from 'vitest';
import { makeSecret } from '../config/secret.ts';
import { startHttp } from './http.ts';
import { createLog } from './log.ts';
import { createMetrics, createTelemetry } from './metrics.ts';
import { onShutdown } from './shutdown.ts';
import type { Check } from '../app.ts';

const alert = (id: string): object | undefined => (id === 'a1' ? { rule: 'r' } : undefined);

function lines(): { readonly written: string[]; readonly destination: { write(text: string): void } } {
  const written: string[] = [];
  return { written, destination: { write: (text) => void written.push(text) } };
}

describe('the log', () => {
  it('is JSON with ECS names', () => {
    const { written, destination } = lines();
    const log = createLog({ level: 'info', version: '1.2.3', destination });
    log.debug({}, 'not shown');
    log.warn({ 'event.action': 'reload', error: new TypeError('bad') }, 'rules refused');
    expect(written).toHaveLength(1);
    const line = JSON.parse(written[0]!) as Record<string, unknown>;
    expect(line).toMatchObject({
      'log.level': 'warn',
      'service.name': 'tocsin',
      'service.version': '1.2.3',
      'event.action': 'reload',
      'error.type': 'TypeError',
      'error.message': 'bad',
      message: 'rules refused',
    });
    expect(Date.parse(line['@timestamp'] as string)).toBeGreaterThan(0);
    expect(line).not.toHaveProperty('level');
  });

  it('never holds a secret, whatever way it comes', () => {
    const { written, destination } = lines();
    const log = createLog({ level: 'info', version: '1', destination });
    const error = new Error('POST https://o.com/robot?access_token=hush1&sign=hush2 failed', {
      cause: new Error('smtp://me:hush3@mail:25 refused'),
    });
    log.error(
      {
        error,
        token: makeSecret('hush4'),
        config: {
          slack: { token: 'hush5' },
          list: ['Authorization: Bearer hush6'],
          deep: makeSecret('hush7'),
        },
        'slack.api_key': 'hush8',
      },
      'xoxb-hush9 was refused',
    );
    expect(written.join('')).not.toContain('hush');
    expect(written.join('')).toContain('smtp://me:[redacted]@mail:25');
  });
});

const defect = (error: unknown): void => {
  throw new Error('a page broke', { cause: error });
};

describe('HTTP', () => {
  const startWith = (checks: readonly Check[]) => {
    const metrics = createMetrics();
    const telemetry = createTelemetry(createLog({ level: 'silent', version: '1' }), metrics);
    const server = startHttp({
      listen: { host: '127.0.0.1', port: 0 },
      metrics,
      ready: () => checks,
      alert,
      defect,
    });
    return { telemetry, server };
  };

  it('tells that the process lives, and is not ready while a fatal check fails', async () => {
    const checks: Check[] = [{ name: 'archive', ok: false, fatal: false, detail: 'slow' }];
    const server = await startWith(checks).server;
    try {
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      const ready = await fetch(`${server.url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks }]);
      checks.push({ name: 'orders', ok: false, fatal: true, detail: 'halted', fix: 'decide' });
      const not = await fetch(`${server.url}/readyz`);
      expect([not.status, await not.json()]).toEqual([503, { ready: false, checks }]);
      expect((await fetch(`${server.url}/other`)).status).toBe(404);
    } finally {
      await server.close();
    }
  });

  it('gives every count to Prometheus, with help and the prefix', async () => {
    const { telemetry, server: starting } = startWith([]);
    const server = await starting;
    try {
      telemetry.count('events_in', { source: 'orders', reader: 'alert' }, 3);
      telemetry.count('events_in', { source: 'orders', reader: 'alert' });
      telemetry.gauge('outbox_pending', {}, 7);
      const response = await fetch(`${server.url}/metrics`);
      expect(response.headers.get('content-type')).toContain('text/plain');
      const text = await response.text();
      expect(text).toContain('tocsin_events_in_total{source="orders",reader="alert"} 4');
      expect(text).toContain('tocsin_outbox_pending 7');
      for (const name of text.matchAll(/^# TYPE (\S+)/gmu)) expect(name[1]).toMatch(/^tocsin_/u);
    } finally {
      await server.close();
    }
  });

  it('tells everything known about an alert, and 404 for one it does not know', async () => {
    const server = await startWith([]).server;
    try {
      expect(await (await fetch(`${server.url}/alerts/a1`)).json()).toEqual({ rule: 'r' });
      expect((await fetch(`${server.url}/alerts/b2`)).status).toBe(404);
    } finally {
      await server.close();
    }
  });

  it('answers 500 where a page breaks, tells it, and goes on; a wrong request is no defect', async () => {
    const told: unknown[] = [];
    const server = await startHttp({
      listen: { host: '127.0.0.1', port: 0 },
      metrics: createMetrics(),
      ready: () => {
        throw new TypeError('of undefined');
      },
      alert,
      defect: (error) => void told.push(error),
    });
    try {
      const broken = await fetch(`${server.url}/readyz`);
      expect([broken.status, await broken.text()]).toEqual([500, expect.not.stringContaining('undefined')]);
      expect((await fetch(`${server.url}/alerts/%zz`)).status).toBe(400);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      expect(told).toEqual([new TypeError('of undefined')]);
    } finally {
      await server.close();
    }
  });

  it('fails with the reason where the port is taken', async () => {
    const metrics = createMetrics();
    const first = await startHttp({
      listen: { host: '127.0.0.1', port: 0 },
      metrics,
      ready: () => [],
      alert,
      defect,
    });
    try {
      const listen = { host: '127.0.0.1', port: Number(new URL(first.url).port) };
      await expect(startHttp({ listen, metrics, ready: () => [], alert, defect })).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
    } finally {
      await first.close();
    }
  });
});

describe('signals', () => {
  it('ask once, insist the second time, and reload on SIGHUP', async () => {
    const said: string[] = [];
    const shutdown = onShutdown({
      atOnce: () => void said.push('now'),
      reload: () => void said.push('reload'),
    });
    process.emit('SIGHUP', 'SIGHUP');
    process.emit('SIGTERM', 'SIGTERM');
    expect(await shutdown.asked).toBe('SIGTERM');
    expect(said).toEqual(['reload']);
    process.emit('SIGINT', 'SIGINT');
    expect(said).toEqual(['reload', 'now']);
    shutdown.dispose();
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });
});
