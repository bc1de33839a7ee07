/** Why something that people were told before it was settled is corrected. */

export type Correction =
  /** Events out of order moved the firing (times of it, ms since epoch). */
  | { readonly kind: 'moved'; readonly fromMs: number; readonly toMs: number }
  /** Events out of order belong to it as well. */
  | { readonly kind: 'more_events' }
  /** Events out of order changed the result: it did not fire. */
  | { readonly kind: 'not_fired' };

/** In English with UTC times: for programs, files and the command line. Messages have words of their own. */
export function correctionText(correction: Correction): string {
  const time = (ms: number): string => new Date(ms).toISOString();
  switch (correction.kind) {
    case 'moved':
      return `Events that came out of order moved it from ${time(correction.fromMs)} to ${time(correction.toMs)}.`;
    case 'more_events':
      return 'Events that came out of order belong to it as well.';
    case 'not_fired':
      return 'Events that came out of order changed the result: this did not fire.';
  }
}
