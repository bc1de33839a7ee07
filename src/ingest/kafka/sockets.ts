/** Makes sockets that end when their owner ends, in whatever state the client is that uses them. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/** Makes the sockets of one client. Once `until` is aborted, all of them are destroyed and no new one is made. */
export function socketsUntil(until: AbortSignal): ISocketFactory {
  const open = new Set<Socket>();
  until.addEventListener('abort', () => {
    for (const socket of open) socket.destroy();
  });
  return ({ host, port, ssl, onConnect }) => {
    if (until.aborted) throw new Error('closed');
    const socket = socketTo(host, port, ssl, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    return socket;
  };
}

/** Opens a socket. kafkajs gives no `ssl` for a plain connection, although its types say otherwise. */
function socketTo(host: string, port: number, ssl: object | null | undefined, onConnect: () => void): Socket {
  if (ssl === undefined || ssl === null) return connect({ host, port }, onConnect);
  return connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect);
}
