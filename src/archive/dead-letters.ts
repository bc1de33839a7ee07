/**
 * Dead letters: documents that the store refused for good. They are kept in `dead-letters.ndjson` of the data folder, which loses none of
 * them. `tocsin dlq retry` sends them again once the cause is mended.
 */
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { redactText } from '../event/redact.ts';
import { textLines } from '../event/text-lines.ts';

export interface DeadLetter {
  /** Time of the refusal, ISO 8601. */
  readonly at: string;
  readonly id: string;
  readonly index: string;
  /** `status`, `type` (name of the error) and `reason` come from the answer of the store. */
  readonly status?: number;
  readonly type: string;
  readonly reason: string;
  /** The document as it was sent. */
  readonly document: unknown;
}

/** Appends a letter and waits until it is on the disk. Rejects if it could not be written. */
export async function appendDeadLetter(dataDir: string, letter: DeadLetter): Promise<void> {
  const file = await open(fileOf(dataDir), 'a+');
  try {
    // A crash may have left half a line at the end. That letter was never reported as kept. A new line begins, so that it does not spoil
    // this letter.
    const { size } = await file.stat();
    const end = Buffer.alloc(1);
    if (size > 0) await file.read(end, 0, 1, size - 1);
    const separator = size > 0 && end[0] !== 0x0a ? '\n' : '';
    // `type` and `reason` are text of a server, which may quote the request and its credentials.
    const { type, reason } = letter;
    const kept = { ...letter, type: redactText(type), reason: redactText(reason) };
    await file.appendFile(`${separator}${JSON.stringify(kept)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Returns all letters, oldest first, each document once. */
export async function listDeadLetters(dataDir: string): Promise<readonly DeadLetter[]> {
  const letters = new Map<string, DeadLetter>();
  for (const file of [retryFileOf(dataDir), fileOf(dataDir)]) {
    for await (const letter of read(file)) letters.set(`${letter.index}/${letter.id}`, letter);
  }
  return [...letters.values()];
}

/**
 * Gives all letters to `retry`, which returns those to keep; the others are stored. Letters that a running pipeline adds meanwhile go to a
 * new file. After a crash all letters are still there: sending one twice does no harm.
 */
export async function retryEach(
  dataDir: string,
  retry: (letters: readonly DeadLetter[]) => Promise<readonly DeadLetter[]>,
): Promise<{ readonly stored: number; readonly kept: number }> {
  const before = await listDeadLetters(dataDir);
  if (before.length === 0) return { stored: 0, kept: 0 };
  // Letters that an interrupted retry left are part of `before`. They go back into the main file.
  for (const letter of await collected(retryFileOf(dataDir))) await appendDeadLetter(dataDir, letter);
  await rm(retryFileOf(dataDir), { force: true });
  await rename(fileOf(dataDir), retryFileOf(dataDir));
  const letters = await listDeadLetters(dataDir);
  const kept = await retry(letters);
  for (const letter of kept) await appendDeadLetter(dataDir, letter);
  await rm(retryFileOf(dataDir));
  return { stored: letters.length - kept.length, kept: kept.length };
}

async function collected(file: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const letter of read(file)) letters.push(letter);
  return letters;
}

/** Yields the letters of a file, and none if the file does not exist. Skips half a line. */
async function* read(file: string): AsyncGenerator<DeadLetter> {
  const input = createReadStream(file);
  const missing = new Promise<boolean>((resolve) => {
    input.once('open', () => resolve(false));
    input.once('error', () => resolve(true));
  });
  if (await missing) return;
  for await (const line of textLines(input)) {
    try {
      yield JSON.parse(line) as DeadLetter;
    } catch {
      continue;
    }
  }
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'dead-letters.ndjson');
}

function retryFileOf(dataDir: string): string {
  return join(dataDir, 'dead-letters.retrying.ndjson');
}
