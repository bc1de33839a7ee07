/**
 * What a match costs in the detector alone: matches a second by form, number of groups, window, and size of a batch.
 * `node --expose-gc test/bench/detect.bench.ts [PART…]`, where a part is `forms`, `windows`, `early` or `groups`; all of them if none is
 * named. CPU time of the step, without the making of the matches; the fastest of three runs, of one run with a million groups.
 */
import { createDetector, type Detector } from '../../src/detect/detector.ts';
import type { BatchInput } from '../../src/detect/input/input.ts';
import type { Match } from '../../src/event/match.ts';
import { threadMs } from '../../src/operate/cpu-share.ts';
import type { Rule } from '../../src/rule/ast.ts';
import {
  aggregate,
  comparison,
  countOf,
  measureOf,
  ruleOf,
  rulesetOf,
  span,
} from '../support/rules-by-hand.ts';
import { seeded } from '../support/timelines.ts';
import { figure } from './figure.ts';

const BEGIN_MS = Date.UTC(2026, 10, 23);
const MILLION = 1_000_000;

/** The matches that a rule gets. */
interface Stream {
  readonly matches: number;
  readonly groups: number;
  readonly batchMatches: number;
  /** Time between two matches, ms. */
  readonly everyMs: number;
  readonly latenessMs: number;
}

const FEW: Stream = {
  matches: 100_000,
  groups: 4,
  batchMatches: 1_000,
  everyMs: 100,
  latenessMs: 1_000,
};

const named = (...names: readonly string[]) => names.map((name) => ({ name, span }));

/** Rules by the form that they have. `valueMin`: the smallest value from which an aggregate holds. */
const FORMS: Readonly<Record<string, (windowMs: number, valueMin: number) => Rule>> = {
  count: (windowMs, valueMin) => ruleOf(aggregate([comparison(countOf(), '>=', valueMin)], windowMs)),
  distinct: (windowMs, valueMin) =>
    ruleOf(aggregate([comparison(measureOf('distinct', 'user'), '>=', valueMin)], windowMs)),
  sum: (windowMs, valueMin) =>
    ruleOf(aggregate([comparison(measureOf('sum', 'amount'), '>=', valueMin * 1_000)], windowMs)),
  p95: (windowMs) => ruleOf(aggregate([comparison(measureOf('p95', 'amount'), '>', 2_000)], windowMs)),
  then: (windowMs) => {
    const steps = named('a', 'b', 'c');
    return ruleOf(
      { kind: 'then', steps, within: { ms: windowMs, span }, by: named('service'), span },
      {},
      false,
    );
  },
  'all of': (windowMs) => {
    const steps = named('a', 'b', 'never');
    return ruleOf(
      { kind: 'all_of', steps, within: { ms: windowMs, span }, by: named('service'), span },
      {},
      false,
    );
  },
  'not followed by': (windowMs) => {
    const [first, then] = [
      { name: 'a', span },
      { name: 'b', span },
    ];
    const within = { ms: windowMs, span };
    return ruleOf({ kind: 'not_followed_by', first, then, within, by: named('service'), span }, {}, false);
  },
};

/** Makes the batches one by one, so that a million groups need not wait in memory. */
function* batchesOf({ matches, groups, batchMatches, everyMs, latenessMs }: Stream): Iterable<BatchInput> {
  const random = seeded(42);
  const amounts = Array.from({ length: 4_096 }, () => random.below(100_000) / 100);
  const matchOf = (n: number): Match => {
    const service = `u${groups <= 10 ? n % groups : random.below(groups)}`;
    return {
      rule: 'a_rule',
      conditions: ['when', random.pick(['a', 'a', 'b'])],
      group: [service],
      timeMs: BEGIN_MS + n * everyMs,
      position: { source: 'orders', partition: 0, offset: n },
      shown: { excerpt: `order ${n} went on`, fields: { service: [service] } },
      values: { user: [`o${n}`], amount: [amounts[n % amounts.length]!] },
    };
  };
  for (let from = 0; from < matches; from += batchMatches) {
    const made = Array.from({ length: Math.min(batchMatches, matches - from) }, (_, i) => matchOf(from + i));
    const [firstTimeMs, lastTimeMs] = [made[0]!.timeMs, made.at(-1)!.timeMs];
    const watermarkMs = lastTimeMs - latenessMs;
    const where = { kind: 'batch', source: 'orders', partition: 0 } as const;
    yield { ...where, clockMs: lastTimeMs, firstTimeMs, lastTimeMs, watermarkMs, matches: made };
  }
}

interface Run {
  readonly detector: Detector;
  /** CPU time of the steps, ms. */
  readonly stepsMs: number;
}

function run(rule: Rule, stream: Stream): Run {
  const sources = [{ name: 'orders', latenessMs: stream.latenessMs }];
  const detector = createDetector(rulesetOf(rule), { sources });
  let stepsMs = 0;
  let waiting: BatchInput[] = [];
  const step = (): void => {
    const fromMs = threadMs();
    for (const input of waiting) detector.step(input);
    stepsMs += threadMs() - fromMs;
    waiting = [];
  };
  for (const batch of batchesOf(stream)) {
    waiting.push(batch);
    // The clock of the thread is too coarse for one batch.
    if (waiting.length * stream.batchMatches >= 20_000) step();
  }
  step();
  return { detector, stepsMs };
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function tell(name: string, { matches }: Stream, stepsMs: number, more = ''): void {
  const rate = matches / (stepsMs / 1_000);
  figure(`${name}: matches/s`, rate);
  const shown = Math.round(rate).toLocaleString('en').padStart(12);
  const each = ((stepsMs * 1_000) / matches).toFixed(2).padStart(8);
  say(`${name.padEnd(52)}${shown} matches/s ${each} µs${more}`);
}

function measure(name: string, rule: Rule, stream: Stream): void {
  tell(name, stream, Math.min(...[1, 2, 3].map(() => run(rule, stream).stepsMs)));
}

const HOUR_MS = 3_600_000;
const WINDOWS = { '10 s': 10_000, '5 min': 300_000, '1 h': HOUR_MS, '24 h': 24 * HOUR_MS };

/** Each form in its usual place: few groups, five minutes, batches of both sizes. */
function measureForms(): void {
  for (const [form, ruleWith] of Object.entries(FORMS))
    for (const batchMatches of [50, 1_000]) {
      const stream = { ...FEW, batchMatches };
      measure(`${form}, ${batchMatches} a batch`, ruleWith(300_000, form === 'count' ? 5 : MILLION), stream);
    }
}

/** Aggregates over growing windows. The cost of a match is to be the same over all of them. */
function measureWindows(): void {
  for (const form of ['count', 'distinct', 'sum', 'p95'])
    for (const [window, windowMs] of Object.entries(WINDOWS)) {
      const stream = { ...FEW, batchMatches: 50 };
      measure(`${form} within ${window}`, FORMS[form]!(windowMs, 60_000), stream);
    }
}

/**
 * Windows that stay a little below the value from which the form holds: each match that waits for the watermark might make the rule fire. `sparse`: few matches
 * wait. `dense`: thousands of matches wait in each group.
 */
function measureEarly(): void {
  const kinds = { sparse: {}, dense: { everyMs: 1, latenessMs: 10_000 } };
  for (const form of ['count', 'distinct', 'then', 'all of'])
    for (const [kind, timing] of Object.entries(kinds))
      for (const windowMs of [60_000, 600_000, HOUR_MS]) {
        const stream = { ...FEW, batchMatches: 50, ...timing };
        const inWindow = Math.min(windowMs / stream.everyMs, stream.matches) / stream.groups;
        const rule = FORMS[form]!(windowMs, Math.floor(inWindow) + 2);
        measure(`${form} just below, ${kind}, within ${windowMs / 60_000} min`, rule, stream);
      }
}

/** Memory of what is reachable, bytes; NaN without `--expose-gc`. */
function heldBytes(): number {
  if (globalThis.gc === undefined) return NaN;
  for (let i = 0; i < 2; i++) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A million groups of two matches each on average, none of which fires. */
function measureGroups(): void {
  const stream = { ...FEW, matches: 2 * MILLION, groups: MILLION, everyMs: 10 };
  // Fills the lists of bounded length that every detector has, and compiles, before memory is measured.
  run(FORMS['count']!(24 * HOUR_MS, 20), { ...stream, matches: 50_000 });
  const measureOne = (form: string): void => {
    const before = heldBytes();
    const { detector, stepsMs } = run(FORMS[form]!(24 * HOUR_MS, 20), stream);
    const { stateBytes, groups } = detector.report()[0]!;
    const bytes = (heldBytes() - before) / groups;
    figure(`${form}, a million groups: bytes a group`, bytes);
    tell(
      `${form}, ${groups} groups`,
      stream,
      stepsMs,
      `  ${Math.round(bytes)} bytes a group (${Math.round(stateBytes / groups)} reported)`,
    );
  };
  for (const form of ['count', 'distinct', 'not followed by']) measureOne(form);
}

const PARTS = { forms: measureForms, windows: measureWindows, early: measureEarly, groups: measureGroups };
const ASKED = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) if (ASKED.length === 0 || ASKED.includes(name)) part();
