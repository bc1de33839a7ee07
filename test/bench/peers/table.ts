/** The figures of a case as a table for the screen. */
import type { Engine } from './engines.ts';
import type { Measured } from './measure.ts';
import type { CaseResult } from './results.ts';

const COLUMNS = ['engine', 'lines/s', 'wall', 'Tocsin', 'JSON.parse', 'load ms', 'MB', 'matches'];
const NAME_WIDTH = 22;
const WIDTH = 11;

/** Rates are of CPU time. `Tocsin` and `JSON.parse`: the rate as a multiple of theirs. */
export function tableOf(
  result: CaseResult,
  engines: readonly Pick<Engine<never>, 'name' | 'matches'>[],
): string {
  const { label, rules, lines, matchesALine } = result;
  const head = `${label}: ${whole(rules)} rules, ${whole(lines)} lines${matchesALine === undefined ? '' : `, ${matchesALine.toPrecision(3)} matches a line`}`;
  const parseRate = measuredOf(result, 'JSON.parse')?.cpuRate;
  const rows = result.engines.map((each) => {
    if ('failed' in each) return [each.engine, each.failed];
    const kind = engines.find(({ name }) => name === each.engine)?.matches ?? 'same';
    return [
      each.engine,
      whole(each.cpuRate),
      whole(each.wallRate),
      Number.isNaN(each.timesReference) ? '' : `${each.timesReference.toFixed(2)} x`,
      parseRate === undefined ? '' : `${(each.cpuRate / parseRate).toFixed(2)} x`,
      whole(each.loadMs),
      each.residentMb === undefined ? '' : whole(each.residentMb),
      matchesText(each, kind),
    ];
  });
  const line = ([name, ...cells]: readonly string[]): string =>
    `  ${name!.padEnd(NAME_WIDTH)}${cells.map((cell, i) => (i < COLUMNS.length - 2 ? cell.padStart(WIDTH) : `   ${cell}`)).join('')}`;
  return [head, line(COLUMNS), ...rows.map(line)].join('\n') + '\n';
}

/** The matches against those that the rules have in the same lines. */
export function matchesText(
  { matches, expected, lines }: Measured,
  kind: Engine<unknown>['matches'],
): string {
  if (kind === 'none') return '';
  if (kind === 'alerts') return `${whole(matches)} alerts in ${whole(lines)}`;
  const seen = `${whole(matches)} in ${whole(lines)}`;
  if (matches === expected) return `${seen}, equal`;
  return kind === 'other'
    ? `${seen}, ${(matches / Math.max(1, expected)).toFixed(2)} x`
    : `${seen}, NOT ${whole(expected)}`;
}

export function measuredOf({ engines }: CaseResult, name: string): Measured | undefined {
  const found = engines.find(({ engine }) => engine === name);
  return found === undefined || 'failed' in found ? undefined : found;
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
