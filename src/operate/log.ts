/**
 * The log: JSON lines with ECS field names on standard error. It must never print a secret. A text that looks like a secret is cut out of
 * every field.
 */
import { pino, type DestinationStream } from 'pino';
import type { Log, LogFields } from '../event/telemetry.ts';
import { redactText } from '../event/redact.ts';
import { visibleJson } from '../event/visible.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  readonly version: string;
  /** Standard error by default. */
  readonly destination?: DestinationStream;
}

export function createLog({ level, version, destination }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { 'service.name': 'tocsin', 'service.version': version, 'process.pid': process.pid },
      messageKey: 'message',
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ 'log.level': label }) },
    },
    inVisibleJson(destination ?? pino.destination({ dest: 2, sync: true })),
  );
  const write =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, message: string): void => {
      if (logger.isLevelEnabled(name)) logger[name](clean(fields), redactText(message));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/**
 * Escapes the characters that cannot be seen, since the log is read on terminals too. Synchronous: a line that is logged just before a
 * crash or an exit must be written.
 */
function inVisibleJson(destination: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      destination.write(visibleJson(line));
    },
  };
}

function clean(fields: LogFields): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Error) Object.assign(result, errorFields(value));
    else result[name] = SECRET_NAME.test(name) ? '[redacted]' : redact(value, 0);
  }
  return result;
}

function errorFields(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? `; caused by ${error.cause.message}` : '';
  return {
    'error.type': error.name,
    'error.message': redactText(error.message + cause),
    ...(error.stack !== undefined && { 'error.stack_trace': redactText(error.stack) }),
  };
}

const SECRET_NAME = /(?:password|passwd|secret|token|api_?key|authorization|credential)s?$/iu;

const DEPTH_MAX = 6;

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorFields(value);
  if (depth === DEPTH_MAX) return '[deep]';
  if (speaksForItself(value)) return redact(value.toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      redactText(name),
      SECRET_NAME.test(name) ? '[redacted]' : redact(inner, depth + 1),
    ]),
  );
}

function speaksForItself(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
