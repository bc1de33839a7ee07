/** Services that refuse everybody and quote, in every way that they can, what they were sent: headers, address, body. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { startJsonServer, type Request } from './json-server.ts';

export interface HostileService {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): Promise<void>;
}

const quote = ({ method, url, headers, body }: Request): string =>
  `you sent ${method} ${url.pathname}${url.search} ${decodeURIComponent(url.search)} ${JSON.stringify(headers)} ${body.slice(0, 2_000)}`;

/** As each service words a refusal; the header of it quotes too. */
const wordings: Readonly<Record<string, (said: string) => { status: number; body: unknown }>> = {
  webhook: (said) => ({ status: 401, body: said }),
  slack: (said) => ({ status: 200, body: { ok: false, error: said } }),
  dingtalk: (said) => ({ status: 200, body: { errcode: 310_000, errmsg: said } }),
  elasticsearch: (said) => ({
    status: 401,
    body: { error: { type: said, reason: said, root_cause: [{ type: said, reason: said }] }, status: 401 },
  }),
};

export async function startQuoting(service: keyof typeof wordings): Promise<HostileService> {
  const server = await startJsonServer((request) => {
    const said = quote(request);
    const headers = {
      'x-elastic-product': 'Elasticsearch',
      'www-authenticate': `Basic realm="${String(request.headers.authorization)}"`,
      warning: `299 Elasticsearch "${String(request.headers.authorization)}"`,
    };
    return { headers, ...wordings[service]!(said) };
  });
  return { host: new URL(server.url).host, close: () => server.close() };
}

/** A mail server that refuses each login with the name and password in clear and as they were sent. */
export async function startQuotingSmtp(): Promise<HostileService> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 quoting ESMTP\r\n');
    socket.on('data', (bytes) => {
      const line = bytes.toString().trim();
      if (/^EHLO/iu.test(line)) socket.write('250-quoting\r\n250 AUTH PLAIN\r\n');
      else if (/^AUTH/iu.test(line)) {
        const sent = line.split(' ').at(-1)!;
        const clear = Buffer.from(sent, 'base64').toString().replaceAll('\0', ' ');
        socket.write(`535 no such login: ${clear} (${sent})\r\n`);
      } else socket.write(`502 what is ${line}?\r\n`);
    });
  });
  return { host: await listening(server), close: () => closed(server) };
}

/** Takes connections and drops each at the first byte. */
export async function startDropping(): Promise<HostileService> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.destroy());
  });
  return { host: await listening(server), close: () => closed(server) };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
