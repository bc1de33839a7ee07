/** The messages between the thread of the pages and the thread of the pipeline. */
import { jsonText } from '../event/visible.ts';

/** The data that the thread of the pages is started with. */
export interface PagesData {
  readonly host: string;
  readonly port: number;
  /** The greatest number of open connections. */
  readonly connections: number;
  /** SHA-256 of the token, in hexadecimal. Absent when there is no token. */
  readonly tokenHash?: string;
  /** Names under which people reach the server, besides those of this machine. */
  readonly names: readonly string[];
}

export type Asked =
  { readonly about: 'healthz' | 'readyz' | 'metrics' } | { readonly about: 'alert'; readonly id: string };

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export type FromPages =
  | { readonly kind: 'listening'; readonly url: string; readonly port: number }
  /** The thread cannot listen: the error of the system. */
  | { readonly kind: 'refused'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'ask'; readonly id: number; readonly asked: Asked };

export interface Answer {
  readonly id: number;
  readonly page: Page;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function jsonPage(status: number, value: unknown): Page {
  return { status, type: JSON_TYPE, body: jsonText(value) };
}

/** The answer for an id that no alert has, and for a text that is no id. */
export const noSuchAlert = jsonPage(404, { error: 'there is no such alert' });
