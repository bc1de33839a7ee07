/** A figure of a bench, for `npm run nightly`, which keeps them all (test/nightly/history.ts). */
import { appendFileSync } from 'node:fs';

/**
 * Writes the figure to the file that TOCSIN_FIGURES names, if it names one. `name`: with its unit, the same in every run.
 * Figures are written at once, so that they outlive a process that is killed.
 */
export function figure(name: string, value: number): void {
  const file = process.env['TOCSIN_FIGURES'];
  const rounded = Number(value.toPrecision(4));
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ [name]: rounded })}\n`);
}
