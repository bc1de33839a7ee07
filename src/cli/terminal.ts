/**
 * The process as the commands see it: environment, clock, input, and two outputs. The outputs take only text for a screen and JSON. Data
 * goes to standard output, text for people to standard error.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import type { Colors, Formatter } from 'picocolors/types.js';
import { processClock } from '../app/clock.ts';
import type { Clock } from '../event/clock.ts';
import { silent } from '../event/telemetry.ts';
import { shown, shownLines, styled, type Paint, type Showable, type Shown } from '../event/shown.ts';
import { jsonText } from '../event/visible.ts';

/** The streams and the environment of the process, or of a test. */
export interface Streams {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly stdin: Readable;
  readonly out: Output;
  readonly err: Output;
}

/** An output of a command. Output of any length takes bounded memory: an awaited call waits until the stream has room. */
export interface Output {
  readonly print: (text: Shown) => Promise<void>;
  /** Writes a value as a line of JSON. */
  readonly json: (value: unknown) => Promise<void>;
  /** Writes a text unchanged where a program reads it; on a terminal with control characters made visible. */
  readonly data: (text: string) => Promise<void>;
  /** Writes a short text without waiting. */
  readonly tell: (text: Shown) => void;
  /** Replaces the line of the cursor on a terminal. */
  readonly overwrite: (text: Shown) => void;
  readonly isTty: boolean;
  readonly hasColor: boolean;
  readonly paint: Paint;
  /** The stream for the channel `terminal` and the demo, which write to it directly. */
  readonly stream: Writable;
}

/** Exit codes, which scripts may rely on. */
export const exitCode = { fine: 0, findings: 1, invalidRules: 2, setup: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** An error that ends the command. Its text is for people and is shown without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly fix?: string;
  /** The message, where it has several lines of its own. */
  readonly shown?: Shown;
  constructor(code: ExitCode, message: string | Shown, fix?: string) {
    super(typeof message === 'string' ? message : message.text);
    this.exitCode = code;
    if (typeof message !== 'string') this.shown = message;
    if (fix !== undefined) this.fix = fix;
  }
}

export function terminalOf({ env, stdin, stdout, stderr }: Streams): Terminal {
  const clock = processClock(silent);
  return { env, clock, stdin, out: outputOf(stdout, env), err: outputOf(stderr, env) };
}

function outputOf(stream: Writable, env: NodeJS.ProcessEnv): Output {
  const isTty = 'isTTY' in stream && stream.isTTY === true;
  const hasColor = wantsColor(isTty, env);
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await once(stream, 'drain');
  };
  return {
    print: ({ text }) => write(text),
    json: (value) => write(`${jsonText(value)}\n`),
    data: (text) => write(isTty ? shownLines(text).text : text),
    tell: ({ text }) => void stream.write(text),
    overwrite: ({ text }) => void stream.write(`\r\u001b[K${text}`),
    isTty,
    hasColor,
    paint: paintOf(pc.createColors(hasColor)),
    stream,
  };
}

/** NO_COLOR comes first, then FORCE_COLOR. Without them only terminals get colour. */
function wantsColor(isTty: boolean, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTty && env['TERM'] !== 'dumb';
}

function paintOf({ bold, dim, red, green, yellow }: Colors): Paint {
  const by =
    (format: Formatter) =>
    (text: Showable): Shown =>
      styled(text, format);
  return { bold: by(bold), dim: by(dim), red: by(red), green: by(green), yellow: by(yellow) };
}

/** Paints without colours. */
export const plainPaint: Paint = paintOf(pc.createColors(false));

/** Formats an error and its fix for standard error. */
export function explained(message: Showable, fix = ''): Shown {
  return fix === '' ? shown`${message}\n` : shown`${message}\n  fix: ${fix}\n`;
}

/** The folder of the installed package, which has the shipped rules and configuration. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** Parses a positive whole number of the command line. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError('Write a whole number above 0.');
  }
  return number;
}
