import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { ReadinessCheck } from '../app/types.ts';
import { makeSecret } from '../config/secret.ts';
import { startHttp, type HttpOptions } from './http.ts';
import { createLog } from './log.ts';
import { createMetrics, createTelemetry } from './metrics.ts';

const log = createLog({ level: 'silent', version: '1' });
const listen = { host: '127.0.0.1', port: 0 };
/** Ids as alerts have them. */
const KNOWN = '00000000000000a1';
const UNKNOWN = '00000000000000b2';
const token = makeSecret('s3cret-s3cret-s3cret');

async function served(more: Partial<HttpOptions>, use: (url: string) => Promise<void>): Promise<void> {
  const alert = (id: string): object | undefined => (id === KNOWN ? { rule: 'r' } : undefined);
  const rest = { metrics: createMetrics(), ready: () => [], alert, log, defect: () => undefined };
  const server = await startHttp({ listen, ...rest, ...more });
  try {
    await use(server.url);
  } finally {
    await server.close();
  }
}

const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const giveUpAtMs = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAtMs) throw new Error('never so');
    await delay(20);
  }
};

/** Connections that say only the beginning of a request. */
async function halfOpen(
  url: string,
  count: number,
  from = '127.0.0.1',
  begun = 'GET /healthz HT',
): Promise<{ open(): number; end(): void }> {
  const { hostname, port } = new URL(url);
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ port: Number(port), host: hostname, localAddress: from });
      socket.on('error', () => undefined).resume();
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      socket.write(begun);
      return socket;
    }),
  );
  return {
    open: () => sockets.filter(({ destroyed }) => !destroyed).length,
    end: () => sockets.forEach((socket) => socket.destroy()),
  };
}

/** What comes back over a connection until it ends. */
async function said(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

function statusFor(url: string, host: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const asking = request(url, { headers: { host } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  asking.on('error', reject);
  asking.end();
  return promise;
}

describe('HTTP', () => {
  it('gives no page with a secret of the configuration, and nothing that acts unseen', async () => {
    const quoted = `no "${token.reveal()}" \u202e`;
    const metrics = createMetrics();
    createTelemetry(log, metrics).count('dead_letters', { reason: quoted });
    const ready = (): ReadinessCheck[] => [{ name: 'archive', ok: false, fatal: false, detail: quoted }];
    await served({ metrics, ready, alert: () => ({ said: quoted }) }, async (url) => {
      const text = async (page: string): Promise<string> => (await fetch(`${url}/${page}`)).text();
      for (const page of ['readyz', `alerts/${KNOWN}`])
        expect(await text(page)).toContain('no \\"[redacted]\\" \\u202e');
      // Prometheus knows no such escape.
      expect(await text('metrics')).toContain('reason="no \\"[redacted]\\" \u202e"');
    });
  });

  it('tells that the process lives, and is not ready while a fatal check fails', async () => {
    const checks: ReadinessCheck[] = [{ name: 'archive', ok: false, fatal: false, detail: 'slow' }];
    await served({ ready: () => checks }, async (url) => {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      const ready = await fetch(`${url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks }]);
      checks.push({ name: 'orders', ok: false, fatal: true, detail: 'halted', fix: 'decide' });
      const not = await fetch(`${url}/readyz`);
      expect([not.status, await not.json()]).toEqual([503, { ready: false, checks }]);
      expect((await fetch(`${url}/other`)).status).toBe(404);
    });
  });

  it('gives the metrics in the form of Prometheus, every name with the prefix', async () => {
    const metrics = createMetrics();
    const telemetry = createTelemetry(log, metrics);
    await served({ metrics }, async (url) => {
      telemetry.count('events_in', { source: 'orders', reader: 'alert' }, 3);
      telemetry.count('events_in', { source: 'orders', reader: 'alert' });
      telemetry.gauge('outbox_pending', {}, 7);
      const response = await fetch(`${url}/metrics`);
      expect(response.headers.get('content-type')).toContain('text/plain');
      const text = await response.text();
      expect(text).toContain('tocsin_events_in_total{source="orders",reader="alert"} 4');
      expect(text).toContain('tocsin_outbox_pending 7');
      for (const name of text.matchAll(/^# TYPE (\S+)/gmu)) expect(name[1]).toMatch(/^tocsin_/u);
    });
  });

  it('tells everything known about an alert, and 404 for one it does not know', async () => {
    await served({}, async (url) => {
      expect(await (await fetch(`${url}/alerts/${KNOWN}`)).json()).toEqual({ rule: 'r' });
      expect((await fetch(`${url}/alerts/${UNKNOWN}`)).status).toBe(404);
    });
  });

  it('asks the pipeline of nothing that cannot be the id of an alert', async () => {
    const asked: string[] = [];
    const alert = (id: string): undefined => void asked.push(id);
    await served({ alert }, async (url) => {
      const odd = [
        'none',
        'a1',
        `${KNOWN}0`,
        KNOWN.toUpperCase(),
        `${KNOWN.slice(1)}g`,
        '%00',
        'x'.repeat(99),
      ];
      for (const id of [...odd, UNKNOWN]) {
        const answer = await fetch(`${url}/alerts/${id}`);
        expect([answer.status, await answer.json()]).toEqual([404, { error: 'there is no such alert' }]);
      }
    });
    expect(asked).toEqual([UNKNOWN]);
  });

  it('fails with the reason where the port is taken', async () => {
    await served({}, async (url) => {
      const taken = { host: '127.0.0.1', port: Number(new URL(url).port) };
      await expect(served({ listen: taken }, () => Promise.resolve())).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
    });
  });
});

describe('text of logs over HTTP', () => {
  it('is refused where others can reach it and no token is set, while health is told', async () => {
    await served({ listen: { host: '0.0.0.0', port: 0 } }, async (url) => {
      const reached = url.replace('0.0.0.0', '127.0.0.1');
      expect((await fetch(`${reached}/alerts/${KNOWN}`)).status).toBe(403);
      expect((await fetch(`${reached}/healthz`)).status).toBe(200);
      expect((await fetch(`${reached}/metrics`)).status).toBe(200);
    });
  });

  it('is given to who shows the token, to others not even whether there is such an alert', async () => {
    await served({ listen: { host: '0.0.0.0', port: 0 }, token }, async (url) => {
      const page = `${url.replace('0.0.0.0', '127.0.0.1')}/alerts`;
      for (const id of [KNOWN, UNKNOWN]) {
        const refused = await fetch(`${page}/${id}`, { headers: { authorization: 'Bearer guessed' } });
        expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
          401,
          'Basic realm="Tocsin", charset="UTF-8"',
        ]);
      }
      const headers = { authorization: `Bearer ${token.reveal()}` };
      expect(await (await fetch(`${page}/${KNOWN}`, { headers })).json()).toEqual({ rule: 'r' });
    });
  });

  it('is not given to a page of the web that has given its name our address', async () => {
    await served({ baseUrl: 'https://tocsin.example.com' }, async (url) => {
      for (const path of [`/alerts/${KNOWN}`, '/readyz', '/metrics', '/healthz', '/other'])
        expect(await statusFor(url + path, 'evil.example')).toBe(421);
      expect(await statusFor(`${url}/alerts/${KNOWN}`, 'tocsin.example.com')).toBe(200);
      expect(await statusFor(`${url}/alerts/${KNOWN}`, 'localhost:7080')).toBe(200);
    });
  });

  it('comes with headers that keep a browser from taking it for anything else, and no banner', async () => {
    await served({}, async (url) => {
      for (const path of [
        `/alerts/${KNOWN}`,
        `/alerts/${UNKNOWN}`,
        '/healthz',
        '/readyz',
        '/metrics',
        '/<script>',
      ]) {
        const { headers } = await fetch(url + path);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(headers.get('cache-control')).toBe('no-store');
        expect(headers.get('content-type')).toMatch(/^(?:application\/json|text\/plain)/u);
        expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
      }
    });
  });
});

it('answers for health while a scrape takes many turns of a busy stream, and scrapes again', async () => {
  const released = Promise.withResolvers<undefined>();
  const slow = {
    ...createMetrics(),
    async *parts() {
      yield 'a 1\n';
      await released.promise;
      yield 'b 2\n';
    },
  };
  await served({ metrics: slow }, async (url) => {
    const scrape = fetch(`${url}/metrics`);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    released.resolve(undefined);
    expect(await (await scrape).text()).toBe('a 1\nb 2\n');
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });
});

describe('whoever floods the pages', () => {
  it('holds only so many connections, and keeps nobody else out', async () => {
    await served({ connections: 20 }, async (url) => {
      const held = await halfOpen(url, 300);
      await until(() => held.open() <= 20);
      expect(held.open()).toBeGreaterThan(0);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      held.end();
    });
  });

  it('takes places from itself, not from who comes from elsewhere', async () => {
    await served({ connections: 20 }, async (url) => {
      const others = await halfOpen(url, 3, '127.0.0.2');
      const held = await halfOpen(url, 300, '127.0.0.3');
      await until(() => held.open() <= 17);
      expect([others.open(), held.open() > 0]).toEqual([3, true]);
      others.end();
      held.end();
    });
  });

  it('holds no place with a request whose body never comes', async () => {
    await served({ connections: 20 }, async (url) => {
      const begun =
        'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{';
      const held = await halfOpen(url, 100, '127.0.0.1', begun);
      await until(() => held.open() <= 20);
      // What has been let in is read.
      await delay(500);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      held.end();
    });
  });

  it('gets no answer about alerts before health can be asked for', async () => {
    const alert = (): undefined => {
      const endMs = performance.now() + 1;
      while (performance.now() < endMs);
    };
    await served({ alert }, async (url) => {
      let isOver = false;
      const seen = new Set<number | undefined>();
      const askOn = async (name: number): Promise<void> => {
        for (let i = 0; !isOver; i++) {
          const id = (name * 1e9 + i).toString(16).padStart(16, '0');
          seen.add(await statusFor(`${url}/alerts/${id}`, 'localhost'));
        }
      };
      const flood = Array.from({ length: 100 }, (_, name) => askOn(name));
      await until(() => seen.has(503));
      for (let i = 0; i < 4; i++) expect((await fetch(`${url}/healthz`)).status).toBe(200);
      isOver = true;
      await Promise.all(flood);
    });
  });

  it('is cut off when a request does not come to its end', async () => {
    await served({}, async (url) => {
      const held = await halfOpen(url, 5);
      await until(() => held.open() === 0);
      held.end();
    });
  });

  it('is refused requests of odd sizes', async () => {
    await served({}, async (url) => {
      const long = 'x'.repeat(20_000);
      expect(await said(url, `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${long}\r\n\r\n`)).toContain(
        ' 431 ',
      );
      expect(await said(url, `${long}\r\n\r\n`)).toContain(' 400 ');
      expect((await fetch(`${url}/alerts/${'a'.repeat(3_000)}`)).status).toBe(414);
      const posted = await fetch(`${url}/healthz`, { method: 'POST', body: long }).catch(() => undefined);
      expect([404, 413]).toContain(posted?.status ?? 413);
    });
  });

  it('asks the pipeline once for what many want to know, and gets so many requests a connection', async () => {
    let asked = 0;
    const ready = (): readonly ReadinessCheck[] => {
      asked++;
      return [];
    };
    await served({ ready }, async (url) => {
      const one = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n';
      const answer = await said(url, one.repeat(2_000));
      expect(answer.split('HTTP/1.1 200 ').length - 1).toBeLessThanOrEqual(100);
      expect(asked).toBeLessThan(20);
    });
  });

  it('ends their thread at the most: it begins again at the same address', async () => {
    const threads: Worker[] = [];
    const note = (worker: Worker): void => void threads.push(worker);
    process.on('worker', note);
    try {
      const told: unknown[] = [];
      await served({ defect: (error) => void told.push(error) }, async (url) => {
        await threads[0]!.terminate();
        await until(async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.status === 200);
        expect(threads).toHaveLength(2);
        expect(told).toEqual([new Error('their thread has ended: their thread is gone')]);
      });
    } finally {
      process.off('worker', note);
    }
  });

  it('gets an answer where one cannot be given, and the next question is answered', async () => {
    const alert = (id: string): object => {
      if (id === KNOWN) throw new Error('no');
      return {};
    };
    const told: unknown[] = [];
    await served({ alert, defect: (error) => void told.push(error) }, async (url) => {
      const broken = await fetch(`${url}/alerts/${KNOWN}`);
      expect([broken.status, await broken.text()]).toEqual([500, expect.not.stringContaining('no such')]);
      expect((await fetch(`${url}/alerts/${UNKNOWN}`)).status).toBe(200);
    });
    expect(told).toEqual([new Error('no')]);
  });
});
