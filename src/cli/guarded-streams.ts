/**
 * The streams of the process as commands get them. Everything that a command writes is redacted: results, errors, and texts of libraries. A
 * command has no other way to write.
 */
import type { Writable } from 'node:stream';
import { mapQuoted, redactText, redactKnown } from '../event/redact.ts';
import type { Streams } from './terminal.ts';

export function guardedStreams({ env, stdin, stdout, stderr }: Streams): Streams {
  // Results on standard output stay as they are, except for Tocsin's own credentials. Messages on standard error are for people, so
  // everything that looks secret is redacted.
  return { env, stdin, stdout: guarded(stdout, redactKnown), stderr: guarded(stderr, redactText) };
}

type Change = (text: string) => string;

function guarded(stream: Writable, change: Change): Writable {
  const write = (chunk: unknown, ...rest: unknown[]): boolean =>
    (stream.write as (...args: unknown[]) => boolean).call(
      stream,
      typeof chunk === 'string' ? clean(chunk, change) : chunk,
      ...rest,
    );
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

/** Redacts a text. A line of JSON stays valid JSON. */
function clean(text: string, change: Change): string {
  return text.startsWith('{') && isJson(text) ? mapQuoted(text, change) : change(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
