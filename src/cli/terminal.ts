/** The process as the commands see it: streams, environment, colour. Data goes to standard output, text for people to standard error. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import pc from 'picocolors';

export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Exit codes that scripts may rely on. */
export const exitCode = { fine: 0, findings: 1, invalidRules: 2, setup: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Ends the command: the text is for people, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly fix?: string;
  constructor(code: ExitCode, message: string, fix?: string) {
    super(message);
    this.exitCode = code;
    if (fix !== undefined) this.fix = fix;
  }
}

/** Writes text and waits for room: output of any length stays bounded in memory. */
export async function print(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

export function printJson(stream: Writable, value: unknown): Promise<void> {
  return print(stream, `${JSON.stringify(value)}\n`);
}

export const isTty = (stream: Writable): boolean => 'isTTY' in stream && stream.isTTY === true;

/** NO_COLOR wins, then FORCE_COLOR; otherwise colour is for terminals. */
export function wantsColor(stream: Writable, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTty(stream) && env['TERM'] !== 'dumb';
}

export const colorsFor = (stream: Writable, env: NodeJS.ProcessEnv) =>
  pc.createColors(wantsColor(stream, env));

/** Folder of the installed package: shipped rules and configuration lie there. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

export const version = (
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
