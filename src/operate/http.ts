/**
 * The pipeline's side of the pages (pages-worker.ts): starts their thread, answers its questions, and starts it anew where it ends. Whatever
 * happens to the pages ends neither alerting nor archiving.
 */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ReadinessCheck } from '../app/types.ts';
import type { Secret } from '../config/secret.ts';
import { descriptorLimit } from '../event/descriptors.ts';
import { mapQuoted, redactText } from '../event/redact.ts';
import { restarting } from '../event/supervisor.ts';
import type { Log } from '../event/telemetry.ts';
import { jsonText } from '../event/visible.ts';
import { sleep } from '../event/waiting.ts';
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
  /** Everything known about an alert by its whole id, as `tocsin show --json` prints it. */
  readonly alert: (id: string) => object | undefined;
  readonly log: Log;
  /** What must be shown for text of logs; without it that is given to this machine only. */
  readonly token?: Secret;
  /** The address under which people reach it, where that is another. */
  readonly baseUrl?: string;
  /** Most open connections; 256 by default, or an eighth of the descriptors where these are few. */
  readonly connections?: number;
  /** Told what escaped from a page; whoever asked gets 500 and no word of it. */
  readonly defect: (error: unknown) => void;
}

export interface HttpServer {
  /** The real address, also when port 0 was asked for. */
  readonly url: string;
  close(): Promise<void>;
}

/** For fastify and the answers on their way; what grows beyond it ends that thread alone. */
const HEAP_MAX_MB = 128;
/** Without it, what is young counts against the heap, which then is collected every few ms and never grows. */
const YOUNG_MAX_MB = 8;
/** After an answer so many times as long as it took: at most a fifth of the pipeline's thread is theirs. */
const REST_SHARE = 4;

/**
 * Starts listening; fails with the system's error (EADDRINUSE …). `/readyz` answers 503 while some check is not ok and fatal;
 * `/healthz` answers as long as the event loop of the pipeline turns.
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
      // One that was about to begin.
      await current?.stop();
    },
  };
}

/** A part of the descriptors: the others are kept for files and for connections that go out. */
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
  /** Resolves with the reason. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Beside this file: TypeScript in a checkout, JavaScript in the built package. */
const workerUrl = new URL(
  `./pages-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);

/** Resolves once it listens. */
async function startPages(data: PagesData, answer: (asked: Asked) => Promise<Page>): Promise<Pages> {
  const worker = new Worker(workerUrl, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB, maxYoungGenerationSizeMb: YOUNG_MAX_MB },
  });
  const ended = Promise.withResolvers<string>();
  const listening = Promise.withResolvers<{ readonly url: string; readonly port: number }>();
  const reply = oneByOne(answer, (message) => worker.postMessage(message));
  worker.on('message', (message: FromPages) => {
    if (message.kind === 'listening') listening.resolve(message);
    else if (message.kind === 'ask') reply(message);
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

/** Answers one question after the other, with a rest after each. The other thread bounds how many it asks. */
function oneByOne(
  answer: (asked: Asked) => Promise<Page>,
  send: (answer: Answer) => void,
): (question: { readonly id: number; readonly asked: Asked }) => void {
  let tail: Promise<unknown> = Promise.resolve();
  const one = async (id: number, asked: Asked): Promise<void> => {
    const begunMs = performance.now();
    send({ id, page: await answer(asked) });
    await sleep(REST_SHARE * (performance.now() - begunMs));
  };
  return ({ id, asked }) => {
    tail = tail.then(() => one(id, asked));
  };
}

/** What escapes from an answer is told to who asked, and in the log. No page leaves this thread, which knows the secrets, with one of them. */
function answerer(options: HttpOptions): (asked: Asked) => Promise<Page> {
  return async (asked) => {
    try {
      return await pageOf(asked, options);
    } catch (error) {
      options.defect(error);
      return jsonPage(500, { error: 'this could not be answered', fix: 'the log of tocsin run says why' });
    }
  };
}

async function pageOf(asked: Asked, { metrics, ready, alert }: HttpOptions): Promise<Page> {
  switch (asked.about) {
    case 'healthz':
      return jsonPage(200, { status: 'ok' });
    case 'readyz': {
      const checks = ready();
      const isReady = checks.every(({ ok, fatal }) => ok || !fatal);
      return redacted(jsonPage(isReady ? 200 : 503, { ready: isReady, checks }));
    }
    case 'metrics':
      return { status: 200, type: metrics.contentType, body: await exposition(metrics) };
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

/** Metric by metric, with the stream's turn between them: there are thousands of lines where there are thousands of rules. */
async function exposition(metrics: Metrics): Promise<string> {
  let body = '';
  for await (const part of metrics.parts()) {
    body += mapQuoted(part, redactText, quotedLabel);
    await setImmediate();
  }
  return body;
}
