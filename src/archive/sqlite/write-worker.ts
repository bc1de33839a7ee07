/**
 * The worker thread that decodes lines and writes the embedded archive, so that neither a slow disk nor the work on lines holds up alerting.
 * It handles one request at a time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { diskTrouble } from '../../event/disk-trouble.ts';
import type { LineReading } from '../archive.ts';
import type { WriterOptions, WriterReply, WriterRequest } from './protocol.ts';
import { EventStore } from './store.ts';
import { FixableError } from '../../event/fixable-error.ts';

const options = workerData as WriterOptions;
const { openReading } = (await import(options.reading.url)) as {
  openReading: (data: unknown) => LineReading;
};
const reading = openReading(options.reading.data);
let store: EventStore | undefined;

function answer(request: WriterRequest): WriterReply {
  try {
    store ??= new EventStore({ ...options, reading });
    switch (request.kind) {
      case 'open':
        return { kind: 'opened', partitions: store.partitions() };
      case 'write':
        return { kind: 'written', ...store.write(request.batches, request.nowMs) };
      case 'expire':
        return { kind: 'expired', ...store.expire(request.storedBeforeMs) };
      case 'newest':
        return { kind: 'newest', ...store.newest() };
    }
  } catch (error) {
    return failure(error);
  }
}

const UNKNOWN_FIX =
  'give Tocsin a folder it may write to, with room left, or another archive.sqlite.path; a file that is no archive must be moved away';

function failure(error: unknown): Extract<WriterReply, { kind: 'failed' }> {
  const trouble = diskTrouble(error, options.path);
  const message = error instanceof Error ? error.message : String(error);
  if (trouble !== undefined)
    return { kind: 'failed', message: `it ${trouble.what} (${message})`, fix: trouble.fix };
  return { kind: 'failed', message, fix: error instanceof FixableError ? error.fix : UNKNOWN_FIX };
}

parentPort?.on('message', (request: WriterRequest | 'close') => {
  if (request === 'close') {
    store?.close();
    parentPort?.close();
  } else {
    parentPort?.postMessage(answer(request));
  }
});
