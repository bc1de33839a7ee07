/** What the thread of the pages and the pipeline's thread say to one another. */
import { jsonText } from '../event/visible.ts';

/** What the thread of the pages is started with. */
export interface PagesData {
  readonly host: string;
  readonly port: number;
  /** Most open connections. */
  readonly connections: number;
  /** SHA-256 of the token, hexadecimal; absent: there is none. */
  readonly tokenHash?: string;
  /** Names under which people reach it, besides those of this machine. */
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
  /** It cannot listen: the system's error. */
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

/** For an id that nobody has, and for what is none. */
export const noSuchAlert = jsonPage(404, { error: 'there is no such alert' });
