/** Formats results of rule tests: as a timeline for people, a JSON line for scripts, JUnit XML for build servers. */
import { episodeLine } from '../app/past/episode-line.ts';
import { TEST_START_MS, type Expectation, type RuleTestResult } from '../app/past/rule-test.ts';
import { timeline, type TimelineRow } from '../app/past/timeline.ts';
import type { TestEntry } from '../rule/ast.ts';
import { durationText } from '../event/duration.ts';
import { joined, shown, type Paint, type Shown } from '../event/shown.ts';
import { visibleText } from '../event/visible.ts';
import { plainPaint } from './terminal.ts';

const ROWS_MAX = 40;
const CHARACTERS_MAX = 100;

/** Returns the object that `test --json` prints for a test. */
export function testLine({ rule, test, unmet, episodes }: RuleTestResult): Readonly<Record<string, unknown>> {
  return {
    rule: rule.name,
    test: test.name,
    file: rule.file,
    line: test.span.line,
    passed: unmet.length === 0,
    ...(unmet.length > 0 && {
      unmet: unmet.map((step) => ({ line: step.span.line, expected: expectationText(step) })),
    }),
    episodes: episodes.map((episode) => episodeLine(episode)),
  };
}

/** Formats a time (ms since epoch) of an event from a file. */
type TimeText = (ms: number) => string;

/** Formats a failed test: its expectations that did not come true, and a timeline of the events. */
export function failureText(result: RuleTestResult, paint: Paint, wallTime: TimeText): Shown {
  const { rule, test, unmet } = result;
  const place = `${rule.file}:${test.span.line}`;
  const lines = [
    shown`${paint.red('failed')}  ${paint.bold(rule.name)}  "${test.name}"  ${paint.dim(place)}`,
    ...unmet.map(
      (step) => shown`  expected ${expectationText(step)}  ${paint.dim(`(line ${step.span.line})`)}`,
    ),
    `  what happened, with alert ${rule.alertText}:`,
    ...happened(result, wallTime).map((line) => `    ${line}`),
  ];
  return shown`${joined(lines, shown`\n`)}\n\n`;
}

function happened(
  { rule, test, episodes, events, matches }: RuleTestResult,
  wallTime: TimeText,
): readonly string[] {
  const { rows } = timeline({ alert: rule.alert, events, matches, episodes, max: ROWS_MAX });
  const timeText = test.steps.some(({ kind }) => kind === 'replay') ? wallTime : sinceStart;
  const times = rows.map(({ timeMs }) => timeText(timeMs));
  const width = Math.max(0, ...times.map((time) => time.length));
  const lines = rows.flatMap((row, i) => [
    ...(row.leftOut === undefined ? [] : [`… ${row.leftOut} more …`]),
    `${times[i]!.padStart(width)}  ${rowText(row)}`,
  ]);
  if (events.length === 0) lines.push('no event');
  if (!episodes.some(({ firedAtMs }) => firedAtMs !== undefined)) lines.push('nothing fired');
  return lines;
}

function rowText({ kind, group, text, window }: TimelineRow): string {
  const of = group === '' ? '' : ` [${group}]`;
  if (kind !== 'event') return `${text}${of}${window === undefined ? '' : ` (${window})`}`;
  const line = text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}…` : text;
  return window === undefined ? `${line}  → does not match` : `${line}  →${of} ${window}`;
}

const sinceStart = (ms: number): string => durationText(ms - TEST_START_MS);

function expectationText(step: Expectation): string {
  if (step.outcome === 'nothing') {
    return step.afterMs === undefined
      ? 'nothing to fire'
      : `nothing to fire after ${durationText(step.afterMs)}`;
  }
  const at = step.atMs === undefined ? '' : ` at ${durationText(step.atMs)}`;
  return `${step.outcome === 'fire' ? 'a firing' : 'a resolution'}${at}${groupText(step.group)}`;
}

function groupText(group: readonly TestEntry[] | undefined): string {
  if (group === undefined || group.length === 0) return '';
  return ` of { ${group.map(({ field, value }) => `${field.name}: ${value.text}`).join(', ')} }`;
}

/** Formats results as JUnit XML, with one suite for each rule. */
export function junitXml(results: readonly RuleTestResult[], seconds: number, wallTime: TimeText): string {
  const suites = Map.groupBy(results, ({ rule }) => rule.name);
  const failures = results.filter(({ unmet }) => unmet.length > 0).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tocsin test" tests="${results.length}" failures="${failures}" time="${seconds.toFixed(3)}">`,
    ...[...suites].flatMap(([name, cases]) => suiteXml(name, cases, wallTime)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteXml(name: string, cases: readonly RuleTestResult[], wallTime: TimeText): readonly string[] {
  const failures = cases.filter(({ unmet }) => unmet.length > 0).length;
  return [
    `  <testsuite name="${xml(name)}" tests="${cases.length}" failures="${failures}">`,
    ...cases.flatMap((result) => {
      const { rule, test, unmet } = result;
      const open = `    <testcase classname="${xml(name)}" name="${xml(test.name)}" file="${xml(rule.file)}" line="${test.span.line}"`;
      if (unmet.length === 0) return [`${open}/>`];
      const message = xml(`expected ${unmet.map(expectationText).join('; ')}`);
      const body = xml(failureText(result, plainPaint, wallTime).text);
      return [`${open}>`, `      <failure message="${message}">${body}</failure>`, '    </testcase>'];
    }),
    '  </testsuite>',
  ];
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Escapes a text for XML and makes control characters visible. A character that XML 1.0 cannot hold becomes U+FFFD. */
function xml(text: string): string {
  return visibleText(text)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/gu, (character) => entities[character]!);
}
