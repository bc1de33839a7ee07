/** The worker thread that writes the embedded archive, so that no disk holds up the pipeline. One request at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WriterOptions, WriterReply, WriterRequest } from './protocol.ts';
import { EventStore } from './store.ts';

let store: EventStore | undefined;

function answer(request: WriterRequest): WriterReply {
  try {
    store ??= new EventStore(workerData as WriterOptions);
    switch (request.kind) {
      case 'open':
        return { kind: 'opened', partitions: store.partitions() };
      case 'write':
        return { kind: 'written', ...store.write(request.batches, request.nowMs) };
      case 'expire':
        return { kind: 'expired', ...store.expire(request.storedBeforeMs) };
    }
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (request: WriterRequest | 'close') => {
  if (request === 'close') {
    store?.close();
    parentPort?.close();
  } else {
    parentPort?.postMessage(answer(request));
  }
});
