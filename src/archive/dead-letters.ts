/**
 * Documents that the store refused for good, in `dead-letters.ndjson` of the data folder: nothing in it is lost, and
 * `tocsin dlq retry` sends it again once the cause is mended.
 */
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { redactText } from '../event/redact.ts';
import { textLines } from '../event/text-lines.ts';

export interface DeadLetter {
  /** When it was refused, ISO 8601. */
  readonly at: string;
  readonly id: string;
  readonly index: string;
  /** Status and name of the refusal and what the store said. */
  readonly status?: number;
  readonly type: string;
  readonly reason: string;
  /** The document as it was sent. */
  readonly document: unknown;
}

/** Appends a letter and waits until it is on the disk. Rejects where it could not be. */
export async function appendDeadLetter(dataDir: string, letter: DeadLetter): Promise<void> {
  const file = await open(fileOf(dataDir), 'a+');
  try {
    // A crash may have left half a line: it was not counted as kept, and must not spoil this one.
    const { size } = await file.stat();
    const end = Buffer.alloc(1);
    if (size > 0) await file.read(end, 0, 1, size - 1);
    const separator = size > 0 && end[0] !== 0x0a ? '\n' : '';
    // The words of a server, which may quote the request.
    const { type, reason } = letter;
    const kept = { ...letter, type: redactText(type), reason: redactText(reason) };
    await file.appendFile(`${separator}${JSON.stringify(kept)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** All letters, oldest first, each document once. */
export async function listDeadLetters(dataDir: string): Promise<readonly DeadLetter[]> {
  const letters = new Map<string, DeadLetter>();
  for (const file of [retryFileOf(dataDir), fileOf(dataDir)]) {
    for await (const letter of read(file)) letters.set(`${letter.index}/${letter.id}`, letter);
  }
  return [...letters.values()];
}

/**
 * Offers each letter to `retry`, which tells what became of it: nothing (stored) or the letter to keep. Letters that a running
 * pipeline adds meanwhile go to a new file; a crash leaves them all, and sending one twice does no harm.
 */
export async function retryEach(
  dataDir: string,
  retry: (letters: readonly DeadLetter[]) => Promise<readonly DeadLetter[]>,
): Promise<{ readonly stored: number; readonly kept: number }> {
  const before = await listDeadLetters(dataDir);
  if (before.length === 0) return { stored: 0, kept: 0 };
  // What an interrupted retry left is part of `before`, and goes into the file with the rest.
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

/** Letters of a file, none where it is not there; half a line is passed over. */
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
