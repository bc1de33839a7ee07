/**
 * The thread of the pages: `/healthz`, `/readyz`, `/metrics` and `/alerts/ID`. Only tells: nothing can be changed through it. It is a thread
 * of its own, so that whoever floods it takes nothing from the stream but what the pipeline's thread answers, each question once.
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

/** How long a client may take for its headers, its whole request, and to take the answer. */
const HEADERS_MS = 5_000;
const REQUEST_MS = 8_000;
const SILENT_MS = 10_000;
const KEPT_OPEN_MS = 5_000;
const HEADERS_MAX_BYTES = 8_192;
const REQUESTS_A_SOCKET_MAX = 100;

/** Questions that wait for the pipeline's thread, each with those who want to know. */
const QUESTIONS_MAX = 64;
/** Places among them that questions about alerts, each of which is another, leave to /healthz, /readyz and /metrics. */
const PAGES_OF_ALL = 3;
const ANSWER_MS = 10_000;
/** Of a core, however many ask. */
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

/** Asked once, however many want to know meanwhile. Never rejects. */
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

/** What every answer says: it is what its type says, holds nothing to run, and is kept nowhere. */
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
    // What is no id costs the pipeline nothing.
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
 * Connections that wait for their client, by the address that they come from, those that have waited longest first: for a request, for the
 * rest of one, or for the answer to be taken.
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
 * Where there are too many connections, of the address with the most of them the one that has waited longest goes: who only holds
 * connections open keeps nobody else out.
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

/** Once for each that was admitted. */
function left(socket: Socket): void {
  endWaiting(socket);
  if (addressOf.delete(socket)) openOnes -= 1;
}

/** A request without a body is whole once it is here, and waits for us until its answer is made. */
function follow({ socket, method }: IncomingMessage, response: ServerResponse): void {
  if (method !== 'GET' && method !== 'HEAD') return;
  endWaiting(socket);
  response.on('prefinish', () => {
    if (addressOf.has(socket) && !socket.destroyed) startWaiting(socket);
  });
}

/** Called once for each address that the host's name has. */
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

/** Where the system gives each thread a priority of its own, the thread that reads the stream goes before this one. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may refuse it: the pages are bounded all the same.
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
