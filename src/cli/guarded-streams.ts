/**
 * The process as commands get it: whatever they write, results, errors or the words of a library, passes the redaction. A command has no
 * other way out.
 */
import type { Writable } from 'node:stream';
import { mapQuoted, redactText, redactKnown } from '../event/redact.ts';
import type { Streams } from './terminal.ts';

export function guardedStreams({ env, stdin, stdout, stderr }: Streams): Streams {
  // What is found is given as it is but for our own credentials; what is said is for people.
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

/** A line of JSON stays one. */
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
