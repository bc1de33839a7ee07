/**
 * The output of the demo. Alerts go to standard output as the terminal channel writes them. Beside them a terminal shows a progress bar;
 * any other output gets a plain line now and then. The terminal must be left as it was found, however the demo ends.
 */
import { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';
import type { Shown } from '../event/shown.ts';

export interface Screen {
  /** The stream for the terminal channel. */
  readonly alerts: Writable;
  /** Prints a line for people, or several. */
  say(line: Shown): void;
  progress(elapsedMs: number, text: string): void;
  /** Ends the bar and shows the cursor again. Idempotent, and works in an exit handler. */
  restore(): void;
}

export interface ScreenOptions {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly totalMs: number;
  /** Called with every text that the terminal channel shows. */
  readonly onShown: (text: string) => void;
}

/** How often a line of progress is printed when there is no terminal. */
const PLAIN_EVERY_MS = 10_000;

export function createScreen({ stdout, stderr, totalMs, onShown }: ScreenOptions): Screen {
  const tty = isTty(stderr);
  let bar: SingleBar | undefined;
  let saidMs = 0;
  const above = (write: () => void): void => {
    if (bar !== undefined) stderr.write('\r\u001b[K');
    write();
    bar?.render();
  };
  const show = (elapsedMs: number, text: string): void => {
    if (tty) {
      bar ??= startBar(stderr, totalMs);
      bar.update(Math.min(elapsedMs, totalMs), { text });
    } else if (elapsedMs - saidMs >= PLAIN_EVERY_MS) {
      saidMs = elapsedMs;
      stderr.write(`${Math.round(elapsedMs / 1_000)} s: ${text}\n`);
    }
  };
  return {
    alerts: alertStream(stdout, (text, done) => {
      above(() => stdout.write(text, done));
      onShown(text);
    }),
    say: ({ text }) => {
      above(() => stderr.write(`${text}\n`));
    },
    progress: show,
    restore: () => {
      bar?.stop();
      bar = undefined;
    },
  };
}

const isTty = (stream: Writable): boolean => 'isTTY' in stream && stream.isTTY === true;

function startBar(stream: Writable, totalMs: number): SingleBar {
  const bar = new SingleBar(
    {
      stream,
      format: '{bar} {percentage}%  {text}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      fps: 5,
    },
    Presets.shades_classic,
  );
  bar.start(totalMs, 0, { text: '' });
  return bar;
}

/** Returns a stream that answers questions about colour and width as standard output does. */
function alertStream(
  stdout: Writable,
  write: (text: string, done: (error?: Error | null) => void) => void,
): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      write(chunk.toString(), done);
    },
  });
  return Object.assign(stream, {
    isTTY: isTty(stdout),
    ...('columns' in stdout && { columns: stdout.columns }),
  });
}
