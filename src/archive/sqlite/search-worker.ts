/** The worker thread of one search. It returns a page of candidates for each message. */
import { parentPort, workerData } from 'node:worker_threads';
import { answered, FoundPages } from './found-pages.ts';
import type { SqliteSearchOptions } from './protocol.ts';

let pages: FoundPages | undefined;

parentPort?.on('message', () => {
  const reply = answered(() => (pages ??= new FoundPages(workerData as SqliteSearchOptions)));
  const bytes = reply.kind === 'page' ? [reply.page.bytes.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(reply, bytes);
});
