/** How lines of a source become events of several lines: by the line that begins an event, and by the parts of a container runtime. */
import type { DecodeConfig } from '../config/config.ts';
import type { Pattern } from '../event/pattern.ts';

export interface Joining {
  /** A line that matches begins an event. Absent: each line is one, unless it is a part. */
  readonly start?: Pattern;
  /** Lines are wrapped by a container runtime. `start` is then matched against the text within. */
  readonly envelope?: 'cri' | 'docker';
}

/** Returns undefined where each line is an event. */
export function joiningOf({ steps, multilineStart: start }: DecodeConfig): Joining | undefined {
  const kind = steps[0]?.kind;
  const envelope = kind === 'cri' || kind === 'docker' ? kind : undefined;
  if (start === undefined && envelope === undefined) return undefined;
  return { ...(start !== undefined && { start }), ...(envelope !== undefined && { envelope }) };
}

/** A line as the joiner sees it. */
export interface JoinedLine {
  /** Lines of different streams belong to different events. */
  readonly stream: string;
  readonly text: string;
  /** The text goes on in the next line of the stream, without a line end between. */
  readonly isPart: boolean;
}

const PLAIN_STREAM = '';

export function joinedLine(line: string, envelope: Joining['envelope']): JoinedLine {
  if (envelope === 'cri') return ofCri(line);
  if (envelope === 'docker') return ofDocker(line);
  return { stream: PLAIN_STREAM, text: line, isPart: false };
}

const CRI = /^\S+ (stdout|stderr) ([FP])(?::\S*)?(?: |$)/u;

function ofCri(line: string): JoinedLine {
  const match = CRI.exec(line);
  if (match === null) return { stream: PLAIN_STREAM, text: line, isPart: false };
  return { stream: match[1]!, text: line.slice(match[0].length), isPart: match[2] === 'P' };
}

/** Docker writes a part where `log` has no line end; a program that ends without one leaves a part that is never joined. */
function ofDocker(line: string): JoinedLine {
  try {
    const { log, stream } = JSON.parse(line) as { readonly log?: unknown; readonly stream?: unknown };
    if (typeof log === 'string')
      return { stream: String(stream), text: log.replace(/\r?\n$/u, ''), isPart: !log.endsWith('\n') };
  } catch {
    // The decoder says what is wrong with the line.
  }
  return { stream: PLAIN_STREAM, text: line, isPart: false };
}
