/**
 * `EXPR CMP EXPR and … within D`: comparisons over the events of the last D (semantics: Aggregates). Values run along as events
 * enter and leave the window; nothing is counted twice.
 */
import type { AlertSpec, Comparison, Expr, Measure } from '../rule/ast.ts';
import { mostWindowEvents } from '../rule/bounds.ts';
import { createBaseline, type Baseline, type PaneMeter } from './baseline.ts';
import { createFlags } from './flags.ts';
import { plainForm, type Operator } from './operator.ts';
import { createTally, type Tally, type TagPlaces } from './tallies.ts';
import { createWindows, type Tag } from './windows.ts';

type AggregateSpec = Extract<AlertSpec, { kind: 'aggregate' }>;

/** The comparison held at the last instant. */
const held = 1;

/** What a value takes beside its event, about: itself, its array, its place in what is measured. */
const valueBytes = 96;
/** A closed pane: its number and its value. */
const paneBytes = 16;

/** Value of an expression over the window of a slot; undefined: every comparison with it is false. */
type Valuation = (slot: number, atMs: number) => number | undefined;

export interface Aggregate extends Operator {
  /** What `holds` says at this instant is judged anew, though no event came or went. */
  judgeNext(slot: number): void;
}

export function createAggregate(spec: AggregateSpec): Aggregate {
  const windowMs = spec.within.ms;
  const names = new Set<string>();
  const fields = new Set<string>();
  const measures = new Map<string, Measure>();
  for (const measure of spec.comparisons.flatMap(measuresOf)) {
    measures.set(measureKey(measure), measure);
    if (measure.kind !== 'count') fields.add(measure.field.name);
    else if (measure.of !== undefined) names.add(measure.of.name);
  }
  const nameList = [...names];
  const fieldList = [...fields];
  const onlyGrows = spec.comparisons.every(isGrowing);
  const leastEvents = onlyGrows ? Math.max(...spec.comparisons.map(eventsNeeded)) : 0;
  const windows = createWindows({
    // Most groups of `count >= 5` never have more than four.
    blockEvents: onlyGrows ? Math.min(Math.max(leastEvents - 1, 1), 8) : 4,
    keepsMasks: nameList.length > 0,
    keepsValues: fieldList.length > 0,
  });
  const places = {
    bit: (name: string) => nameList.indexOf(name),
    column: (field: string) => fieldList.indexOf(field),
  };
  const tallies = new Map<string, Tally>();
  for (const [key, measure] of measures) {
    tallies.set(
      key,
      createTally(measure, places, (slot) => windows.size(slot)),
    );
  }
  const running = [...tallies.values()];
  const baselines: Baseline[] = [];
  const known: Known = {
    tally: (measure) => tallies.get(measureKey(measure))!,
    baseline(of, overMs) {
      const meter = createPaneMeter(of, places);
      const emptyIsZero = of.kind === 'count' || of.kind === 'distinct' || of.kind === 'sum';
      const baseline = createBaseline({ windowMs, overMs, emptyIsZero, meter });
      baselines.push(baseline);
      return baseline;
    },
  };
  const comparisons = spec.comparisons.map((comparison) => compileComparison(comparison, known));
  const flags = createFlags();
  let cut = 0;
  // With a baseline the value changes at events that come or leave, not when a pane ends in between.
  const unjudged = new Set<number>();

  function evict(slot: number, atMs: number): void {
    while (windows.oldestMs(slot) <= atMs - windowMs) {
      leave(slot);
      if (baselines.length > 0) unjudged.add(slot);
    }
  }

  /** The oldest event leaves the window. */
  function leave(slot: number): void {
    const tag = windows.shift(slot);
    for (const tally of running) tally.remove(slot, tag);
  }

  function spend(slot: number): void {
    windows.clear(slot);
    for (const tally of running) tally.clear(slot);
    flags.set(slot, held, false);
  }

  function forgetPanes(slot: number, atMs: number): void {
    for (const baseline of baselines) if (atMs >= baseline.forgottenMs(slot)) baseline.clear(slot);
  }

  const panes = (): number => baselines.reduce((sum, baseline) => sum + baseline.panes, 0);

  const forgottenMs = (slot: number): number =>
    baselines.reduce((leastMs, baseline) => Math.min(leastMs, baseline.forgottenMs(slot)), Infinity);

  return {
    ...plainForm,
    isEager: onlyGrows,
    apply(slot, event) {
      evict(slot, event.timeMs);
      let mask = 0;
      for (const [bit, name] of nameList.entries()) if (event.conditions.includes(name)) mask |= 1 << bit;
      const tag: Tag = {
        mask,
        values: fieldList.length > 0 ? fieldList.map((field) => event.values[field] ?? []) : undefined,
      };
      if (windows.size(slot) >= mostWindowEvents) {
        leave(slot);
        cut++;
      }
      windows.push(slot, event, tag);
      for (const tally of running) tally.add(slot, tag);
      for (const baseline of baselines) baseline.add(slot, event.timeMs, tag);
      if (baselines.length > 0) unjudged.add(slot);
    },
    judgeNext(slot) {
      if (baselines.length > 0) unjudged.add(slot);
    },
    holds(slot, atMs) {
      evict(slot, atMs);
      forgetPanes(slot, atMs);
      if (baselines.length > 0 && !unjudged.delete(slot)) return flags.has(slot, held);
      const holds = comparisons.every(({ holds: compares }) => compares(slot, atMs));
      flags.set(slot, held, holds);
      return holds;
    },
    mayHold: (slot, further) => (slot < 0 ? 0 : windows.size(slot)) + further >= leastEvents,
    size: (slot) => windows.size(slot),
    nextMs(slot) {
      // What only grows with events cannot begin to hold when one leaves: it is enough to see the window run empty.
      const relevantMs =
        onlyGrows && !flags.has(slot, held) ? windows.newestMs(slot) : windows.oldestMs(slot);
      const leavesMs = Number.isFinite(relevantMs) ? relevantMs + windowMs : Infinity;
      return Math.min(leavesMs, forgottenMs(slot));
    },
    evidence: (slot) => ({ first: windows.oldest(slot), latest: windows.newest(slot) }),
    measured(slot, atMs) {
      const sides = comparisons.map(({ left, right }) => [left(slot, atMs), right(slot, atMs)] as const);
      return sides.every(isMeasured) ? sides : undefined;
    },
    spend,
    keptEvents: () => windows.total,
    cut: () => cut,
    bytes: () =>
      windows.bytes + flags.bytes + windows.total * fieldList.length * valueBytes + panes() * paneBytes,
    isEmpty: (slot) => windows.size(slot) === 0 && forgottenMs(slot) === Infinity,
    warmingUp: () => baselines.reduce((most, { warmingUp }) => Math.max(most, warmingUp), 0),
    clear(slot) {
      spend(slot);
      for (const baseline of baselines) baseline.clear(slot);
      unjudged.delete(slot);
    },
    save(slot, writer) {
      writer.whole(flags.all(slot));
      windows.save(slot, writer);
      for (const tally of running) writer.whole(tally.mark(slot));
      for (const baseline of baselines) baseline.save(slot, writer);
    },
    load(slot, reader) {
      flags.setAll(slot, reader.whole());
      windows.load(slot, reader, (tag) => {
        for (const tally of running) tally.add(slot, tag);
      });
      for (const tally of running) tally.restore(slot, reader.whole());
      for (const baseline of baselines) baseline.load(slot, reader);
    },
  };
}

function measuresOf(comparison: Comparison): readonly Measure[] {
  return [comparison.left, comparison.right].flatMap((expr) => {
    if (expr.kind === 'number' || expr.kind === 'baseline') return [];
    return expr.kind === 'ratio' ? [expr.numerator, expr.denominator] : [expr];
  });
}

function measureKey(measure: Measure): string {
  return measure.kind === 'count'
    ? `count(${measure.of?.name ?? ''})`
    : `${measure.kind}(${measure.field.name})`;
}

/** More events can only make it true: it may fire before it is settled. */
function isGrowing({ left, op, right }: Comparison): boolean {
  return (
    (left.kind === 'count' || left.kind === 'distinct') &&
    (op === '>' || op === '>=') &&
    right.kind === 'number'
  );
}

/** Least size of a window in which a growing comparison can hold. */
function eventsNeeded({ left, op, right }: Comparison): number {
  if (left.kind !== 'count' || right.kind !== 'number') return 0;
  return op === '>' ? Math.floor(right.value) + 1 : Math.ceil(right.value);
}

/** Where compiled comparisons find running values. */
interface Known {
  tally(measure: Measure): Tally;
  baseline(of: MeasuredExpr, overMs: number): Baseline;
}

/** What a baseline can be of. */
type MeasuredExpr = Exclude<Expr, { kind: 'number' | 'baseline' }>;

interface CompiledComparison {
  readonly left: Valuation;
  readonly right: Valuation;
  readonly holds: (slot: number, atMs: number) => boolean;
}

function isMeasured(
  sides: readonly [number | undefined, number | undefined],
): sides is readonly [number, number] {
  return sides[0] !== undefined && sides[1] !== undefined;
}

function compileComparison({ left, op, right }: Comparison, known: Known): CompiledComparison {
  const valueOfLeft = compileExpr(left, right, known);
  const valueOfRight = compileExpr(right, left, known);
  return {
    left: valueOfLeft,
    right: valueOfRight,
    holds(slot, atMs) {
      // Both are asked: a baseline notes whether it is known yet.
      const a = valueOfLeft(slot, atMs);
      const b = valueOfRight(slot, atMs);
      if (a === undefined || b === undefined) return false;
      switch (op) {
        case '>':
          return a > b;
        case '>=':
          return a >= b;
        case '<':
          return a < b;
        case '<=':
          return a <= b;
        case '==':
          return a === b;
      }
    },
  };
}

function compileExpr(expr: Expr, against: Expr, known: Known): Valuation {
  if (expr.kind === 'number') return () => expr.value;
  if (expr.kind === 'ratio') {
    const numerator = known.tally(expr.numerator);
    const denominator = known.tally(expr.denominator);
    return (slot) => ratio(numerator.value(slot), denominator.value(slot));
  }
  if (expr.kind !== 'baseline') {
    const tally = known.tally(expr);
    return (slot) => tally.value(slot);
  }
  // The rule's checks see to it that the other side is measured.
  if (against.kind === 'number' || against.kind === 'baseline') return () => undefined;
  const baseline = known.baseline(against, expr.over.ms);
  return (slot, atMs) => {
    const mean = baseline.mean(slot, atMs);
    return mean === undefined ? undefined : expr.factor * mean;
  };
}

function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}

/** The expression over the events of one pane. */
function createPaneMeter(expr: MeasuredExpr, places: TagPlaces): PaneMeter {
  const sizes = new Map<number, number>();
  const tallyOf = (measure: Measure): Tally => createTally(measure, places, (slot) => sizes.get(slot) ?? 0);
  const parts = expr.kind === 'ratio' ? [expr.numerator, expr.denominator] : [expr];
  const tallies = parts.map(tallyOf);
  return {
    add(slot, tag) {
      sizes.set(slot, (sizes.get(slot) ?? 0) + 1);
      for (const tally of tallies) tally.add(slot, tag);
    },
    clear(slot) {
      sizes.delete(slot);
      for (const tally of tallies) tally.clear(slot);
    },
    value(slot) {
      const [value, denominator] = tallies.map((tally) => tally.value(slot));
      return tallies.length === 1 ? value : ratio(value, denominator);
    },
  };
}
