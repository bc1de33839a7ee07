/** How lines of a source become events of several lines: by a pattern of their texts, and by the parts of a container runtime. */
import type { DecodeConfig } from '../config/config.ts';
import type { MultilineConfig } from '../config/decode/multiline.ts';
import { Pattern } from '../event/pattern.ts';
import { criLine, dockerLine, withoutLineEnd } from './decode/container-lines.ts';

export interface Joining extends Pick<MultilineConfig, 'waitMs' | 'linesMax'> {
  /** As in `MultilineConfig`. Absent: each line is an event, unless it is a part. */
  readonly lines?: { readonly by: MultilineConfig['by']; readonly pattern: Pattern };
  /** Lines are wrapped by a container runtime. `lines` then goes by the texts within. */
  readonly envelope?: 'cri' | 'docker';
}

/** Holds for the parts of a container runtime. */
const OF_PARTS = { waitMs: 1_000, linesMax: 1_000 };

/** Returns undefined where each line is an event. */
export function joiningOf({ steps, multiline }: DecodeConfig): Joining | undefined {
  const kind = steps[0]?.kind;
  const envelope = kind === 'cri' || kind === 'docker' ? kind : undefined;
  if (multiline === undefined) return envelope === undefined ? undefined : { ...OF_PARTS, envelope };
  const { by, pattern, waitMs, linesMax } = multiline;
  return {
    lines: { by, pattern: new Pattern(pattern) },
    waitMs,
    linesMax,
    ...(envelope !== undefined && { envelope }),
  };
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
  const read = envelope === 'cri' ? criLine(line) : envelope === 'docker' ? ofDocker(line) : undefined;
  // The decoder says what is wrong with a line that has no envelope.
  return read ?? { stream: PLAIN_STREAM, text: line, isPart: false };
}

/** Docker writes a part where `log` has no line end; a program that ends without one leaves a part that is never joined. */
function ofDocker(line: string): JoinedLine | undefined {
  const read = dockerLine(line);
  if (read === undefined) return undefined;
  const { log, more } = read;
  return { stream: JSON.stringify([more['stream']]), text: withoutLineEnd(log), isPart: !log.endsWith('\n') };
}
