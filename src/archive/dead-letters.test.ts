import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendDeadLetter, listDeadLetters, retryEach } from './dead-letters.ts';
import type { DeadLetter } from './dead-letters.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-dlq-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function letter(id: string): DeadLetter {
  return {
    at: '2026-11-23T09:00:00.000Z',
    id,
    index: 'orders-2026.11.23',
    status: 400,
    type: 't',
    reason: 'r',
    document: { id },
  };
}

const ids = async (): Promise<string[]> => (await listDeadLetters(folder)).map(({ id }) => id);

describe('dead letters', () => {
  test('are kept one a line and listed once each', async () => {
    expect(await ids()).toEqual([]);
    for (const id of ['a', 'b', 'a']) await appendDeadLetter(folder, letter(id));
    expect(await listDeadLetters(folder)).toEqual([letter('a'), letter('b')]);
  });

  test('survive a line that a crash cut short', async () => {
    await appendDeadLetter(folder, letter('a'));
    appendFileSync(join(folder, 'dead-letters.ndjson'), '{"id":"half');
    await appendDeadLetter(folder, letter('b'));
    expect(await ids()).toEqual(['a', 'b']);
  });

  test('are whole where a document holds a line separator of Unicode', async () => {
    const odd = { ...letter('a'), document: { message: 'one\u2028two\u2029three\u0085four\rfive' } };
    await appendDeadLetter(folder, odd);
    expect(await listDeadLetters(folder)).toEqual([odd]);
  });

  test('leave when they are stored and stay when they are not, with those that came meanwhile', async () => {
    for (const id of ['a', 'b', 'c']) await appendDeadLetter(folder, letter(id));
    const result = await retryEach(folder, async (letters) => {
      await appendDeadLetter(folder, letter('new'));
      return letters.filter(({ id }) => id === 'b');
    });
    expect(result).toEqual({ stored: 2, kept: 1 });
    expect((await ids()).sort()).toEqual(['b', 'new']);
  });

  test('are all there after a retry that failed, and the next retry takes them', async () => {
    for (const id of ['a', 'b']) await appendDeadLetter(folder, letter(id));
    await expect(retryEach(folder, () => Promise.reject(new Error('unreachable')))).rejects.toThrow(
      'unreachable',
    );
    await appendDeadLetter(folder, letter('c'));
    expect(await ids()).toEqual(['a', 'b', 'c']);
    expect(await retryEach(folder, () => Promise.resolve([]))).toEqual({ stored: 3, kept: 0 });
    expect(await ids()).toEqual([]);
  });
});
