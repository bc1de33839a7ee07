/** A line as a container runtime writes it, taken apart: for who joins parts, and for who decodes what was joined. */
import type { Draft } from './line-decoder.ts';

export interface CriLine {
  readonly time: string;
  readonly stream: string;
  readonly text: string;
  /** The text goes on in the next line of the stream. */
  readonly isPart: boolean;
}

const CRI = /^(\S+) (stdout|stderr) ([FP])(?::\S*)?(?: (.*))?$/su;

/** Returns undefined for a line that no runtime of Kubernetes has written. */
export function criLine(line: string): CriLine | undefined {
  const match = CRI.exec(line);
  if (match === null) return undefined;
  const [, time, stream, tag, text = ''] = match;
  return { time: time!, stream: stream!, text, isPart: tag === 'P' };
}

export interface DockerLine {
  /** With its line end, if it is not a part. */
  readonly log: string;
  /** The other keys. */
  readonly more: Draft;
}

/** Returns undefined for a line that docker's json-file driver has not written. */
export function dockerLine(line: string): DockerLine | undefined {
  const { log, ...more } = objectOf(line);
  return typeof log === 'string' ? { log, more } : undefined;
}

/** Returns the object of a line of JSON; an empty one if the line is none. */
export function objectOf(line: string): Draft {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Draft) : {};
  } catch {
    return {};
  }
}

export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/u, '');
