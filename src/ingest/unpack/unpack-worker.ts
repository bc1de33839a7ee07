/** A thread that unpacks one file. Each message asks for the next piece of its text; nothing is unpacked ahead. */
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { bunzip2 } from './bunzip2.ts';
import { Damage } from './damage.ts';
import type { UnpackAnswer, UnpackWork } from './messages.ts';
import { unxz } from './unxz.ts';

const READ_BYTES = 64 * 1024;

const WORK = workerData as UnpackWork;
let at = 0;
const pieces = WORK.kind === 'bzip2' ? bunzip2(pull) : unxz(pull);

function pull(): Uint8Array | undefined {
  const bytes = new Uint8Array(READ_BYTES);
  const length = readSync(WORK.descriptor, bytes, 0, READ_BYTES, at);
  at += length;
  return length === 0 ? undefined : bytes.subarray(0, length);
}

async function next(): Promise<UnpackAnswer> {
  try {
    const piece = await pieces.next();
    return piece.done === true ? { is: 'end' } : { is: 'text', bytes: piece.value };
  } catch (error) {
    const { message, code, syscall } = error as NodeJS.ErrnoException;
    return error instanceof Damage ? { is: 'damage', message } : { is: 'unreadable', message, code, syscall };
  }
}

parentPort!.on('message', () => {
  void next().then((answer) => {
    parentPort!.postMessage(answer, answer.is === 'text' ? [answer.bytes.buffer as ArrayBuffer] : []);
  });
});
