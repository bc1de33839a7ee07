/** Shows how the sources of a configuration are read (`tocsin check --sample`): a line a source, and a finding for each fault. */
import { relative } from 'node:path';
import type { SampledCheck } from '../app/past/sample-check.ts';
import type { configFindings } from '../app/source-findings.ts';
import { shown, type Shown } from '../event/shown.ts';
import type { Diagnostic } from '../rule/diagnostics.ts';

type Verdict = NonNullable<SampledCheck['verdict']>;
type Reason = keyof Verdict['counts'];
type Fault = Verdict['faults'][number];

const words: Readonly<Record<Reason, string>> = {
  lines_not_utf8: 'not of its encoding',
  lines_undecodable: 'undecodable',
  lines_untimed: 'without a time',
  lines_off_zone: 'behind by a time zone',
  lines_future: 'in the future',
  lines_too_late: 'too late',
};

/** The code of a finding, and the key of the source at which it stands. */
const places: Readonly<Record<Fault['reason'], readonly [code: string, key: string]>> = {
  lines_not_utf8: ['TOC406', 'encoding'],
  lines_undecodable: ['TOC403', 'decode'],
  lines_untimed: ['TOC404', 'timestamp'],
  lines_off_zone: ['TOC405', 'timestamp'],
  lines_future: ['TOC405', 'timestamp'],
  lines_too_late: ['TOC405', 'lateness'],
  values_unfit: ['TOC407', 'decode'],
};
const UNREADABLE = 'TOC408';

/** Returns the findings of all sources. `finding` puts them at their key in the configuration. */
export function sampleFindings(
  checks: readonly SampledCheck[],
  finding: ReturnType<typeof configFindings>,
): readonly Diagnostic[] {
  return checks.flatMap(({ source, verdict, problem }) => [
    ...(problem === undefined
      ? []
      : [finding(source, 'kind', { code: UNREADABLE, severity: 'error', ...asFinding(problem) })]),
    ...(verdict?.faults ?? []).map((fault) => {
      const [code, key] = places[fault.reason];
      return finding(source, key, {
        code,
        severity: 'error',
        ...asFinding(problemOf(source, verdict!, fault)),
      });
    }),
  ]);
}

const asFinding = ({ message, fix }: { readonly message: string; readonly fix: string }) => ({
  message,
  hint: fix,
});

function problemOf(source: string, { lines }: Verdict, { reason, field, count, cause, example, fix }: Fault) {
  const what =
    reason === 'values_unfit'
      ? `values of \`${field!}\` do not fit`
      : `of ${lines} lines are ${words[reason]}`;
  const line = example === undefined ? '' : `, for example: ${example}`;
  return { message: `\`${source}\`: ${count} ${what}: ${cause}${line}`, fix };
}

/** Returns the path of a file as a person would write it here. */
function near(label: string): string {
  const inside = relative('', label);
  return inside.startsWith('..') ? label : inside;
}

/** Returns a line that says what was looked at, and how much of it could not be read as it should be. */
export function sampleLine({ source, of, verdict, skipped, problem }: SampledCheck): Shown {
  if (problem !== undefined) return shown`${source}: cannot be read\n`;
  if (skipped !== undefined) return shown`${source}: skipped, ${skipped}\n`;
  const { lines, counts, unfit } = verdict!;
  if (lines === 0) return shown`${source}: no lines yet, so nothing to look at\n`;
  const wrong = [
    ...Object.entries(counts).map(([reason, count]) => [words[reason as Reason], count] as const),
    ...Object.entries(unfit).map(([field, count]) => [`values unfit for ${field}`, count] as const),
  ].filter(([, count]) => count > 0);
  const found = wrong.length === 0 ? 'all read' : wrong.map(([what, count]) => `${count} ${what}`).join(', ');
  return shown`${source}: ${lines} ${lines === 1 ? 'line' : 'lines'} of ${of.map(near).join(', ')}: ${found}\n`;
}
