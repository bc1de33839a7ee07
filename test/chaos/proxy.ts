/** Stands between Tocsin and Elasticsearch: passes everything on, never answers (a half-open connection), or answers 429. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ProxyMode = 'through' | 'silent' | 'busy';

export interface Proxy {
  readonly url: string;
  mode(mode: ProxyMode): void;
  close(): Promise<void>;
}

export async function startProxy(target: () => string): Promise<Proxy> {
  let mode: ProxyMode = 'through';
  const server = createServer((incoming, response) => {
    if (mode === 'silent') return;
    if (mode === 'busy') {
      incoming.resume();
      const headers = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
      response.writeHead(429, headers);
      response.end(
        JSON.stringify({
          error: { type: 'es_rejected_execution_exception', reason: 'rejected execution' },
          status: 429,
        }),
      );
      return;
    }
    pass(incoming, response, target());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: (next) => {
      mode = next;
      // What waits for an answer has waited for nothing.
      if (next === 'through') server.closeAllConnections();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function pass(incoming: IncomingMessage, response: ServerResponse, target: string): void {
  const headers = { ...incoming.headers, host: new URL(target).host };
  const onward = request(
    new URL(incoming.url ?? '/', target),
    { method: incoming.method ?? 'GET', headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
