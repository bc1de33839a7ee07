/** The steps by which a line becomes a document, as the configuration gives them. They are plain data, which another thread can be sent. */

import type { GrokPatterns } from './grok/expand.ts';

/** Where a step finds its text. */
interface OnText {
  /** A field of the document so far; absent: the line, or `message` behind an envelope. */
  readonly field?: string;
  /** True where a text that does not fit is left as it is. Else the line cannot be decoded. */
  readonly optional?: boolean;
}

/** A text becomes keys of the document. */
export type TextStep = OnText &
  (
    | { readonly kind: Exclude<(typeof PLAIN_KINDS)[number], 'kv'> }
    /** `patterns`: the first that fits counts. */
    | { readonly kind: 'dissect' | 'regex'; readonly patterns: readonly string[] }
    /** `own`: patterns that the others can name, by their names. */
    | { readonly kind: 'grok'; readonly patterns: readonly string[]; readonly own: GrokPatterns }
  );

type Scalar = string | number | boolean;

/** Values of the document are changed, or added. */
export type ValueStep =
  /** Pairs of running text are added. `field`: as in `TextStep`. */
  | { readonly kind: 'kv'; readonly field?: string }
  /** `fields`: names of columns, where no header gives them. */
  | { readonly kind: 'w3c'; readonly fields?: string }
  | { readonly kind: 'set'; readonly values: Readonly<Record<string, Scalar>> }
  | {
      readonly kind: 'map';
      readonly field: string;
      /** By the text of a value. */
      readonly table: Readonly<Record<string, Scalar>>;
      /** In place of a value that the table does not have; absent: the value stays. */
      readonly otherwise?: Scalar;
    }
  | { readonly kind: 'levels'; readonly field: string; readonly of: LevelNames }
  | { readonly kind: 'replace'; readonly field: string; readonly regex: string; readonly by: string }
  /** `fields`: absent: every text of the document. */
  | { readonly kind: 'trim' | 'strip_ansi'; readonly fields?: readonly string[] }
  /** A record of OpenTelemetry: its attributes become keys. */
  | { readonly kind: 'otel' };

/** One line becomes several events. A list has at most one such step. */
export interface EachStep {
  readonly kind: 'each';
  /** Where the array stands; absent: the line is the array, or `message` where steps stand before this one. */
  readonly field?: string;
  /** A document with one of these values gives no event. */
  readonly skip?: Readonly<Record<string, Scalar>>;
}

/** A step that makes one document of one line. */
export type LineStep = TextStep | ValueStep;
export type StepConfig = LineStep | EachStep;

/** The ways in which programs name their levels. */
export const LEVEL_NAMES = ['words', 'pino', 'syslog', 'glog', 'otel'] as const;
export type LevelNames = (typeof LEVEL_NAMES)[number];

/** The steps that need no more than their name. */
export const PLAIN_KINDS = ['json', 'logfmt', 'kv', 'cri', 'docker', 'syslog', 'klog', 'journald'] as const;

/** The steps behind which others work on `message`, the text that was wrapped. */
export const ENVELOPES: ReadonlySet<StepConfig['kind']> = new Set(['cri', 'docker', 'syslog']);
