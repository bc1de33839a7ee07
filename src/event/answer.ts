/**
 * The edge to every service that Tocsin talks to. An answer is read up to a bound, and accepted only if it has the expected shape. Any
 * other answer is nonsense: it is named, and the request is tried again as after any trouble.
 */
import type { ZodType } from 'zod';
import { redactBeginning } from './redact.ts';
import { visibleLine } from './visible.ts';

/** The service answered, but not as it should. The message is one bounded line for people. */
export class Nonsense extends Error {
  override readonly name: string = 'Nonsense';
}

/** The answer went on beyond its bound. */
export class TooLong extends Nonsense {
  override readonly name = 'TooLong';

  constructor(bytesMax: number) {
    super(`the answer is longer than ${bytesMax} bytes`);
  }
}

/** Characters of an answer that are shown. */
const SHOWN_LENGTH_MAX = 200;

/** Returns the bytes of all chunks together. Rejects with TooLong beyond `bytesMax`, and then takes no further chunk. */
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

/** Parses JSON to a value of the shape. Throws Nonsense. */
export function understoodJson<T>(shape: ZodType<T>, text: string): T {
  return understood(shape, jsonOf(text), text);
}

/** Returns the value with only the members that its shape names. Throws Nonsense, which shows the beginning of `text`. */
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
    // The value is nested deeper than the stack allows.
    return `a very deep ${Array.isArray(value) ? 'list' : 'object'}`;
  }
}

/**
 * Returns words of others on one line, at most `max` characters. Nothing in it acts unseen. No credential of ours stands in it, since an
 * answer may quote the request. Line ends and indents become blanks.
 */
export function oneLine(text: string, max: number): string {
  const beginning = redactBeginning(text, 8 * max).slice(0, 4 * max);
  return visibleLine(beginning.replace(/\s+/gu, ' ').trim(), max);
}
