/**
 * The part of the pages (pages-worker.ts) that runs in the thread of the pipeline. It starts the thread of the pages, answers its
 * questions, and starts it again when it ends. No fault of the pages ends alerting or archiving.
 */
import { Worker } from 'node:worker_threads';
import type { ReadinessCheck } from '../app/types.ts';
import type { Secret } from '../config/secret.ts';
import { descriptorLimit } from '../event/descriptors.ts';
import { mapQuoted, redactText } from '../event/redact.ts';
import { restarting } from '../event/supervisor.ts';
import type { Log } from '../event/telemetry.ts';
import { jsonText } from '../event/visible.ts';
import { sleep } from '../event/waiting.ts';
import { workerUrl } from '../event/worker-url.ts';
import { tokenHash } from './doorkeeper.ts';
import { quotedLabel, type Metrics } from './metrics.ts';
import {
  jsonPage,
  JSON_TYPE,
  noSuchAlert,
  type Answer,
  type Asked,
  type FromPages,
  type Page,
  type PagesData,
} from './pages-protocol.ts';

export interface HttpOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly metrics: Metrics;
  readonly ready: () => readonly ReadinessCheck[];
  /** Returns everything that is known about an alert, by its whole id, as `tocsin show --json` prints it. */
  readonly alert: (id: string) => object | undefined;
  readonly log: Log;
  /** The token that a visitor must show for text of logs. Without a token only this machine gets such text. */
  readonly token?: Secret;
  /** The address under which people reach the server, when it is not `listen`. */
  readonly baseUrl?: string;
  /** The greatest number of open connections: 256 by default, or an eighth of the file descriptors when these are few. */
  readonly connections?: number;
  /** Called with an error that escaped from a page. The visitor gets 500, and no word of the error. */
  readonly defect: (error: unknown) => void;
}

export interface HttpServer {
  /** The real address, also when port 0 was asked for. */
  readonly url: string;
  close(): Promise<void>;
}

/** The heap for fastify and the answers under way. A thread that needs more ends alone. */
const HEAP_MAX_MB = 128;
/** Without this limit, young objects count against the heap. The heap is then collected every few ms and never grows. */
const YOUNG_MAX_MB = 8;
/**
 * The pipeline's thread rests this many times as long as it worked for an answer. So each of the two queues of questions gets at most a
 * tenth of the thread.
 */
const REST_SHARE = 9;
/** Work of an answer that is done without a rest. */
const WORK_MS = 5;

/**
 * Starts listening. Rejects with the error of the system (EADDRINUSE …). `/readyz` answers 503 while a fatal check is not ok. `/healthz`
 * answers as long as the event loop of the pipeline turns.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { log } = options;
  const answer = answerer(options);
  const first = await startPages(pagesData(options), answer);
  let current: Pages | undefined = first;
  const closing = new AbortController();
  const live = async (): Promise<void> => {
    if (current === undefined) {
      current = await startPages({ ...pagesData(options), port: first.port }, answer);
      log.info({ 'event.action': 'listen', 'url.full': first.url }, 'the pages are there again');
    }
    const because = await current.ended;
    current = undefined;
    throw new Error(`their thread has ended: ${because}`);
  };
  const supervised = restarting(live, { defect: options.defect, stop: closing.signal });
  return {
    url: first.url,
    close: async () => {
      closing.abort();
      await current?.stop();
      await supervised;
      // A new thread may have started meanwhile; it is stopped too.
      await current?.stop();
    },
  };
}

/** Returns a part of the file descriptors. The others are kept for files and for outgoing connections. */
function connectionsOf(limit = Infinity): number {
  return Math.max(8, Math.min(256, Math.floor(limit / 8)));
}

function pagesData({
  listen,
  token,
  baseUrl,
  connections = connectionsOf(descriptorLimit()),
}: HttpOptions): PagesData {
  return {
    ...listen,
    connections,
    names: baseUrl === undefined ? [] : [new URL(baseUrl).hostname],
    ...(token !== undefined && { tokenHash: tokenHash(token.reveal()) }),
  };
}

interface Pages {
  readonly url: string;
  readonly port: number;
  /** Resolves with the reason why the thread ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Resolves once the pages listen. */
async function startPages(data: PagesData, answer: AnswerTo): Promise<Pages> {
  const worker = new Worker(workerUrl('pages-worker', import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB, maxYoungGenerationSizeMb: YOUNG_MAX_MB },
  });
  const ended = Promise.withResolvers<string>();
  const listening = Promise.withResolvers<{ readonly url: string; readonly port: number }>();
  const send = (message: Answer): void => worker.postMessage(message);
  // A scrape takes many turns of a busy stream. The others do not wait for it: a scheduler kills the process that does not answer.
  const [reply, replyToScrapes] = [oneByOne(answer, send), oneByOne(answer, send)];
  worker.on('message', (message: FromPages) => {
    if (message.kind === 'listening') listening.resolve(message);
    else if (message.kind === 'ask') (message.asked.about === 'metrics' ? replyToScrapes : reply)(message);
    else listening.reject(Object.assign(new Error(message.message), { code: message.code }));
  });
  worker.on('error', (error) => ended.resolve(error instanceof Error ? error.message : String(error)));
  worker.on('exit', () => ended.resolve('their thread is gone'));
  void ended.promise.then((because) => listening.reject(new Error(because)));
  const stop = async (): Promise<void> => {
    await worker.terminate();
  };
  try {
    return { ...(await listening.promise), ended: ended.promise, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `pause`: lets the stream go on, where the answer has worked for long. */
type AnswerTo = (asked: Asked, pause: () => Promise<void>) => Promise<Page>;

/** Answers one question after the other, and rests after each. The thread of the pages bounds how many questions it asks. */
function oneByOne(
  answer: AnswerTo,
  send: (answer: Answer) => void,
): (question: { readonly id: number; readonly asked: Asked }) => void {
  let tail: Promise<unknown> = Promise.resolve();
  const one = async (id: number, asked: Asked): Promise<void> => {
    let begunMs = performance.now();
    const workedMs = (): number => performance.now() - begunMs;
    const rest = async (): Promise<void> => {
      await sleep(REST_SHARE * workedMs());
      begunMs = performance.now();
    };
    const pause = async (): Promise<void> => {
      if (workedMs() >= WORK_MS) await rest();
    };
    send({ id, page: await answer(asked, pause) });
    await rest();
  };
  return ({ id, asked }) => {
    tail = tail.then(() => one(id, asked));
  };
}

/**
 * Returns the function that answers a question. An error that escapes from an answer is reported, and the visitor gets 500. This thread
 * knows the secrets, so no page leaves it with one of them.
 */
function answerer(options: HttpOptions): AnswerTo {
  return async (asked, pause) => {
    try {
      return await pageOf(asked, options, pause);
    } catch (error) {
      options.defect(error);
      return jsonPage(500, { error: 'this could not be answered', fix: 'the log of tocsin run says why' });
    }
  };
}

async function pageOf(
  asked: Asked,
  { metrics, ready, alert }: HttpOptions,
  pause: () => Promise<void>,
): Promise<Page> {
  switch (asked.about) {
    case 'healthz':
      return jsonPage(200, { status: 'ok' });
    case 'readyz': {
      const checks = ready();
      const isReady = checks.every(({ ok, fatal }) => ok || !fatal);
      return redacted(jsonPage(isReady ? 200 : 503, { ready: isReady, checks }));
    }
    case 'metrics':
      return { status: 200, type: metrics.contentType, body: await exposition(metrics, pause) };
    case 'alert': {
      const found = alert(asked.id);
      if (found === undefined) return noSuchAlert;
      return redacted({ status: 200, type: JSON_TYPE, body: jsonText(found, 2) });
    }
  }
}

function redacted(page: Page): Page {
  return { ...page, body: mapQuoted(page.body, redactText) };
}

/** Writes the exposition metric by metric, and pauses between them: thousands of rules make thousands of lines. */
async function exposition(metrics: Metrics, pause: () => Promise<void>): Promise<string> {
  let body = '';
  for await (const part of metrics.parts()) {
    body += mapQuoted(part, redactText, quotedLabel);
    await pause();
  }
  return body;
}
