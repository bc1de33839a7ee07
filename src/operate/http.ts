/** `/healthz`, `/readyz`, `/metrics` and `/alerts/ID`. Only tells: nothing can be changed through it. */
import { fastify, type FastifyError } from 'fastify';
import type { Check } from '../app.ts';
import type { Metrics } from './metrics.ts';

export interface HttpOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly metrics: Metrics;
  readonly ready: () => readonly Check[];
  /** Everything known about an alert by its id, as `tocsin show --json` prints it. */
  readonly alert: (id: string) => object | undefined;
  /** Told what escaped from a page; whoever asked gets 500 and no word of it. */
  readonly defect: (error: unknown) => void;
}

export interface HttpServer {
  /** The real address, also when port 0 was asked for. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts listening; fails with the system's error (EADDRINUSE …). `/readyz` answers 503 while some check is not ok and fatal;
 * `/healthz` answers as long as the event loop turns.
 */
export async function startHttp({ listen, metrics, ready, alert, defect }: HttpOptions): Promise<HttpServer> {
  const server = fastify({ logger: false, requestTimeout: 10_000, forceCloseConnections: true });
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const { statusCode = 500, message } = error;
    // What is wrong with a request is its sender's to mend.
    if (statusCode < 500) return reply.code(statusCode).send({ error: message });
    defect(error);
    return reply.code(500).send({ error: 'something went wrong here; it is in the log' });
  });
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', (_request, reply) => {
    const checks = ready();
    const isReady = checks.every(({ ok, fatal }) => ok || !fatal);
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, checks });
  });
  server.get('/metrics', async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.contentType).send(text);
  });
  server.get<{ Params: { id: string } }>('/alerts/:id', (request, reply) => {
    const found = alert(request.params.id);
    if (found === undefined)
      return reply.code(404).send({ error: `there is no alert "${request.params.id}"` });
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(found, undefined, 2));
  });
  const url = await server.listen(listen);
  return { url, close: () => server.close() };
}
