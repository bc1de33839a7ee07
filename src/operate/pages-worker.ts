/**
 * The thread of the pages: `/healthz`, `/readyz`, `/metrics` and `/alerts/ID`. The pages only show; nothing can be changed through them.
 * They have a thread of their own, so that a flood of requests takes little from the stream: the thread of the pipeline only answers
 * questions, and each question once.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isAlertId } from '../event/alert.ts';
import { keepToShare } from './cpu-share.ts';
import { createDoorkeeper, type Visitor } from './doorkeeper.ts';
import {
  jsonPage,
  noSuchAlert,
  type Answer,
  type Asked,
  type FromPages,
  type Page,
  type PagesData,
} from './pages-protocol.ts';

const data = workerData as PagesData;
const tell = (message: FromPages): void => parentPort?.postMessage(message);

/** How long a client may take to send its headers and its whole request, and to take the answer. */
const HEADERS_MS = 5_000;
const REQUEST_MS = 8_000;
const SILENT_MS = 10_000;
const KEPT_OPEN_MS = 5_000;
const HEADERS_MAX_BYTES = 8_192;
const REQUESTS_A_SOCKET_MAX = 100;

/** How many questions may wait for the thread of the pipeline. Each has all the visitors who asked it. */
const QUESTIONS_MAX = 64;
/** How many of these questions are kept free for /healthz, /readyz and /metrics. Each alert is a question of its own, so they could use all. */
const PAGES_OF_ALL = 3;
const ANSWER_MS = 10_000;
/** The share of a core that the pages may use, however many visitors ask. */
const SHARE_MAX = 0.25;

interface Question {
  readonly id: number;
  readonly page: Promise<Page>;
  readonly answer: (page: Page) => void;
}

const questions = new Map<string, Question>();
let lastId = 0;

const tooMany = jsonPage(503, { error: 'too many requests at once', fix: 'ask again in a few seconds' });
const noAnswer = jsonPage(503, {
  error: 'the pipeline does not answer',
  fix: 'look at the log of tocsin run',
});

/** Asks the thread of the pipeline once, however many visitors ask the same meanwhile. Never rejects. */
function ask(asked: Asked): Promise<Page> {
  const key = JSON.stringify(asked);
  const underWay = questions.get(key);
  if (underWay !== undefined) return underWay.page;
  if (questions.size >= QUESTIONS_MAX - (asked.about === 'alert' ? PAGES_OF_ALL : 0))
    return Promise.resolve(tooMany);
  const { promise, resolve } = Promise.withResolvers<Page>();
  const id = ++lastId;
  const late = setTimeout(() => answered({ id, page: noAnswer }), ANSWER_MS);
  const answer = (page: Page): void => {
    clearTimeout(late);
    questions.delete(key);
    resolve(page);
  };
  questions.set(key, { id, page: promise, answer });
  tell({ kind: 'ask', id, asked });
  return promise;
}

function answered({ id, page }: Answer): void {
  for (const question of questions.values()) if (question.id === id) question.answer(page);
}

/** The headers of every answer. Its content is exactly its declared type, runs no script, and is stored by no cache. */
const headers = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
};

const send = (reply: FastifyReply, { status, type, body }: Page): FastifyReply => {
  if (status === 401) reply.header('www-authenticate', 'Basic realm="Tocsin", charset="UTF-8"');
  return reply.code(status).headers(headers).type(type).send(body);
};

const visitorOf = ({ headers: { host, authorization } }: FastifyRequest): Visitor => ({
  host,
  authorization,
});

function pages(server: FastifyInstance): void {
  const doorkeeper = createDoorkeeper(data);
  server.addHook('onRequest', async (request, reply) => {
    const refusal = doorkeeper.wrongHost(visitorOf(request));
    if (refusal !== undefined) await send(reply, refusal);
  });
  for (const about of ['healthz', 'readyz', 'metrics'] as const)
    server.get(`/${about}`, async (_request, reply) => send(reply, await ask({ about })));
  server.get<{ Params: { id: string } }>('/alerts/:id', async (request, reply) => {
    const refusal = doorkeeper.mayNotRead(visitorOf(request));
    const { id } = request.params;
    // A text that is no id must cost the pipeline nothing.
    return send(reply, refusal ?? (isAlertId(id) ? await ask({ about: 'alert', id }) : noSuchAlert));
  });
  server.setNotFoundHandler((_request, reply) =>
    send(reply, jsonPage(404, { error: 'there is no such page' })),
  );
  server.setErrorHandler((error, _request, reply) => {
    const { statusCode = 500 } = error as { statusCode?: number };
    return send(
      reply,
      jsonPage(statusCode, { error: statusCode < 500 ? 'a wrong request' : 'a defect of Tocsin' }),
    );
  });
}

/**
 * The connections that wait for their client, by the address that they come from: for a request, for the rest of one, or for the client to
 * take the answer. The connection that has waited longest is first.
 */
const waiting = new Map<string, Set<Socket>>();
const addressOf = new WeakMap<Socket, string>();
let openOnes = 0;

function startWaiting(socket: Socket): void {
  const address = addressOf.get(socket) ?? '';
  const others = waiting.get(address);
  if (others === undefined) waiting.set(address, new Set([socket]));
  else others.add(socket);
}

function endWaiting(socket: Socket): void {
  const address = addressOf.get(socket) ?? '';
  const others = waiting.get(address);
  others?.delete(socket);
  if (others?.size === 0) waiting.delete(address);
}

/**
 * Admits a connection. When there are too many, the address with the most waiting connections loses the one that has waited longest. So a
 * client that only holds connections open keeps no other client out.
 */
function admit(socket: Socket): void {
  if (openOnes >= data.connections) {
    const [most] = [...waiting.values()].sort((a, b) => b.size - a.size);
    const [longest] = most ?? [];
    if (longest === undefined) {
      socket.destroy();
      return;
    }
    longest.destroy();
    left(longest);
  }
  openOnes += 1;
  addressOf.set(socket, socket.remoteAddress ?? '');
  startWaiting(socket);
  socket.on('close', () => left(socket));
}

/** Called any number of times for a connection; counts each admitted one only once. */
function left(socket: Socket): void {
  endWaiting(socket);
  if (addressOf.delete(socket)) openOnes -= 1;
}

/**
 * Follows a request. A request without a body is complete when it arrives. It then waits for us, not for its client, until its answer is
 * made.
 */
function follow({ socket, method }: IncomingMessage, response: ServerResponse): void {
  if (method !== 'GET' && method !== 'HEAD') return;
  endWaiting(socket);
  response.on('prefinish', () => {
    if (addressOf.has(socket) && !socket.destroyed) startWaiting(socket);
  });
}

/** Called once for each address that the name of the host has. */
function boundedServer(handler: RequestListener): Server {
  const server = createServer({
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEPT_OPEN_MS,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: HEADERS_MAX_BYTES,
  });
  server.timeout = SILENT_MS;
  server.maxRequestsPerSocket = REQUESTS_A_SOCKET_MAX;
  server.on('connection', admit);
  server.on('request', follow);
  server.on('request', handler);
  return server;
}

/** Gives this thread a lower priority, where the system has one for each thread. The thread that reads the stream then goes first. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may refuse it. The pages are bounded all the same.
  }
}

async function start(): Promise<void> {
  giveWay();
  keepToShare(SHARE_MAX);
  const server = fastify({
    logger: false,
    bodyLimit: 1_024,
    serverFactory: (handler) => boundedServer(handler),
  });
  pages(server);
  parentPort?.on('message', answered);
  const { host, port } = data;
  try {
    const url = await server.listen({ host, port });
    tell({ kind: 'listening', url, port: Number(new URL(url).port) });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    tell({ kind: 'refused', message, code });
  }
}

void start();
