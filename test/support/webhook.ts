/** A receiver of webhooks that checks the signature as docs/webhook.md tells receivers to. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { startJsonServer } from './json-server.ts';

export interface FakeWebhook {
  readonly url: string;
  readonly secret: string;
  readonly bodies: readonly Record<string, unknown>[];
  /** The same as they came over the wire. */
  readonly texts: readonly string[];
  readonly deliveries: readonly string[];
  /** The next requests get these statuses, one each. */
  fail(...next: readonly { readonly status: number; readonly retryAfterS?: number }[]): void;
  /** No further request fails. */
  recover(): void;
  close(): Promise<void>;
}

/** `mostOffS`: how far the sender's clock may be off, in seconds. */
export async function startFakeWebhook(secret = 'hook-secret', offMaxS = 300): Promise<FakeWebhook> {
  const bodies: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const deliveries: string[] = [];
  const failures: { status: number; retryAfterS?: number }[] = [];
  const server = await startJsonServer((request) => {
    if (request.method === 'HEAD') return { status: 405 };
    const failure = failures.shift();
    if (failure) {
      const headers = failure.retryAfterS === undefined ? {} : { 'retry-after': String(failure.retryAfterS) };
      return { status: failure.status, headers: { ...headers, location: 'http://elsewhere.example' } };
    }
    const timestamp = String(request.headers['tocsin-timestamp']);
    if (Math.abs(Number(timestamp) - Date.now() / 1000) > offMaxS) return { status: 401, body: 'stale' };
    const expected = Buffer.from(
      `sha256=${createHmac('sha256', secret).update(`${timestamp}.${request.body}`).digest('hex')}`,
    );
    const given = Buffer.from(String(request.headers['tocsin-signature']));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { status: 401 };
    bodies.push(JSON.parse(request.body) as Record<string, unknown>);
    texts.push(request.body);
    deliveries.push(String(request.headers['tocsin-delivery']));
    return { status: 204, body: '' };
  });
  return {
    url: `${server.url}/hook`,
    secret,
    bodies,
    texts,
    deliveries,
    fail: (...next) => void failures.push(...next),
    recover: () => void failures.splice(0),
    close: () => server.close(),
  };
}
