/**
 * The edge to every service that Tocsin talks to. What one answers is read up to a bound, and believed only where it has the shape
 * that was asked for; anything else is nonsense, which is tried again as any trouble is, and named.
 */
import type { ZodType } from 'zod';
import { redactBeginning } from './redact.ts';
import { visibleLine } from './visible.ts';

/** The service answered, and not what it should. The message is one bounded line for people. */
export class Nonsense extends Error {
  override readonly name: string = 'Nonsense';
}

/** It went on beyond its bound. */
export class TooLong extends Nonsense {
  override readonly name = 'TooLong';

  constructor(bytesMax: number) {
    super(`the answer is longer than ${bytesMax} bytes`);
  }
}

/** Characters of an answer that are shown. */
const SHOWN_LENGTH_MAX = 200;

/** Bytes of the chunks together; rejects with TooLong beyond `bytesMax`, and takes no further chunk then. */
export async function readBytes(chunks: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const taken: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new TooLong(bytesMax);
    taken.push(chunk);
  }
  return Buffer.concat(taken, bytes);
}

/** The text of JSON as a value of that shape. Throws Nonsense. */
export function understoodJson<T>(shape: ZodType<T>, text: string): T {
  return understood(shape, jsonOf(text), text);
}

/** The value, with no more in it than its shape names. Throws Nonsense, which shows the beginning of `text`. */
export function understood<T>(shape: ZodType<T>, value: unknown, text?: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? [] : [oneLine(issue.path.map(String).join('.'), 60)];
  const place = where.filter((path) => path !== '').map((path) => ` (at ${path})`);
  throw new Nonsense(`the answer has not the expected form${place.join('')}: ${shown(text ?? value)}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Nonsense(text.trim() === '' ? 'the answer is empty' : `the answer is no JSON: ${shown(text)}`);
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return oneLine(value, SHOWN_LENGTH_MAX);
  if (value === undefined) return 'nothing';
  try {
    return oneLine(JSON.stringify(value), SHOWN_LENGTH_MAX);
  } catch {
    // Nested deeper than the stack allows.
    return `a very deep ${Array.isArray(value) ? 'list' : 'object'}`;
  }
}

/**
 * Another's words on one line, at most `most` characters: nothing in it acts unseen, and no credential of ours stands in it, since an answer
 * may quote what it was asked with. Its line ends and indents say nothing.
 */
export function oneLine(text: string, most: number): string {
  const beginning = redactBeginning(text, 8 * most).slice(0, 4 * most);
  return visibleLine(beginning.replace(/\s+/gu, ' ').trim(), most);
}
