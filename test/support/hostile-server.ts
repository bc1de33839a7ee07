/**
 * A little HTTP server on 127.0.0.1 that answers as it is told, however wrong: any status, any bytes, packed or not, cut, slow or
 * without an end.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';

export interface HostileAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /**
   * `whole`: the body and its end. `cut`: half of it is announced as all, then the connection is lost. `reset`: the connection is lost
   * without an answer. `never`: no answer at all. `endless`: the body again and again. `drip`: a byte now and then. `bomb`: gzip of
   * so many MiB of blanks that are announced as the body.
   */
  readonly how?: 'whole' | 'cut' | 'reset' | 'never' | 'endless' | 'drip' | { readonly bombMiB: number };
}

export interface HostileRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly body: string;
}

export interface HostileServer {
  readonly url: string;
  /** Requests that were read to their end. */
  readonly requests: readonly HostileRequest[];
  /** Bytes that its clients have taken, or that are on the way to them. */
  bytesSent(): number;
  close(): Promise<void>;
}

export async function startHostileServer(
  answer: (request: HostileRequest) => HostileAnswer | Promise<HostileAnswer>,
): Promise<HostileServer> {
  const requests: HostileRequest[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const request = await read(incoming);
      requests.push(request);
      give(await answer(request), response);
    })().catch(() => void response.destroy());
  });
  const sockets: Socket[] = [];
  server.on('connection', (socket) => void sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    bytesSent: () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(incoming: IncomingMessage): Promise<HostileRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const body = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  const { pathname } = new URL(incoming.url ?? '/', 'http://hostile');
  return { method: incoming.method ?? 'GET', path: pathname, body: body.toString() };
}

function give(
  { status = 200, headers = {}, body = '', how = 'whole' }: HostileAnswer,
  response: ServerResponse,
): void {
  if (how === 'never') return;
  if (how === 'reset') return void response.destroy();
  for (const [name, value] of Object.entries(headers))
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  if (typeof how === 'object') {
    response.setHeader('content-encoding', 'gzip');
    response.writeHead(status);
    return void response.end(bombOf(how.bombMiB));
  }
  const bytes = Buffer.from(body);
  if (how === 'whole') {
    response.writeHead(status);
    return void response.end(bytes);
  }
  if (how === 'cut') {
    response.writeHead(status, { 'content-length': bytes.length + 100 });
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    return;
  }
  response.writeHead(status);
  // Such answers have no body, and a body that goes nowhere is never full.
  if (status === 204 || status === 304) return void response.end();
  if (how === 'endless') pour(response, Buffer.alloc(65_536, bytes.length === 0 ? ' ' : bytes));
  else drip(response, bytes);
}

/** As fast as it is taken. */
function pour(response: ServerResponse, chunk: Buffer): void {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

function drip(response: ServerResponse, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(
    () => response.write(bytes.subarray(at % bytes.length, (at++ % bytes.length) + 1)),
    20,
  );
  response.on('close', () => clearInterval(timer));
}

const bombs = new Map<number, Buffer>();

function bombOf(mebibytes: number): Buffer {
  const bomb = bombs.get(mebibytes) ?? gzipSync(Buffer.alloc(mebibytes << 20, ' '));
  bombs.set(mebibytes, bomb);
  return bomb;
}
