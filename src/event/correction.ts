/** The reason why an early firing is corrected. */

export type Correction =
  /** Events out of order moved the firing from one time to another (ms since epoch). */
  | { readonly kind: 'moved'; readonly fromMs: number; readonly toMs: number }
  /** Events out of order belong to the alert as well. */
  | { readonly kind: 'more_events' }
  /** Events out of order changed the result: the alert did not fire. */
  | { readonly kind: 'not_fired' };

/** The correction in English with UTC times: for programs, files and the command line. Messages have words of their own. */
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
