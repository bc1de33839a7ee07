/**
 * `EXPR CMP EXPR and … within D`: comparisons over the events of the last D (semantics: Aggregates). Values run along as events
 * enter and leave the window; nothing is counted twice.
 */
import type { AlertSpec, Comparison, Expr, Measure } from '../rule/ast.ts';
import { plainForm, type Operator } from './operator.ts';
import { createTally, type Tally } from './tallies.ts';
import { createWindows, type Tag } from './windows.ts';

type AggregateSpec = Extract<AlertSpec, { kind: 'aggregate' }>;

/** Value of an expression over the window of a slot; undefined: every comparison with it is false. */
type Valuation = (slot: number) => number | undefined;

export function createAggregate(spec: AggregateSpec): Operator {
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
  const windows = createWindows(fieldList.length > 0);
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
  const tests = spec.comparisons.map((comparison) => compileComparison(comparison, tallies));
  const onlyGrows = spec.comparisons.every(isGrowing);
  const leastEvents = onlyGrows ? Math.max(...spec.comparisons.map(eventsNeeded)) : 0;
  const held: boolean[] = [];

  function evict(slot: number, atMs: number): void {
    while (windows.oldestMs(slot) <= atMs - windowMs) {
      const tag = windows.shift(slot);
      for (const tally of running) tally.remove(slot, tag);
    }
  }

  function clear(slot: number): void {
    windows.clear(slot);
    for (const tally of running) tally.clear(slot);
    held[slot] = false;
  }

  return {
    ...plainForm,
    isEager: onlyGrows,
    apply(slot, event) {
      evict(slot, event.timeMs);
      let mask = 0;
      for (const [bit, name] of nameList.entries()) if (event.conditions.includes(name)) mask |= 1 << bit;
      const tag: Tag = {
        mask,
        values: fieldList.length > 0 ? fieldList.map((field) => event.values(field)) : undefined,
      };
      windows.push(slot, event, tag);
      for (const tally of running) tally.add(slot, tag);
    },
    holds(slot, atMs) {
      evict(slot, atMs);
      const holds = tests.every((test) => test(slot));
      held[slot] = holds;
      return holds;
    },
    mayHold: (slot, further) => (slot < 0 ? 0 : windows.size(slot)) + further >= leastEvents,
    size: (slot) => windows.size(slot),
    nextMs(slot) {
      // What only grows with events cannot begin to hold when one leaves: it is enough to see the window run empty.
      const relevantMs = onlyGrows && held[slot] !== true ? windows.newestMs(slot) : windows.oldestMs(slot);
      return Number.isFinite(relevantMs) ? relevantMs + windowMs : Infinity;
    },
    evidence: (slot) => ({ first: windows.oldest(slot), latest: windows.newest(slot) }),
    spend: clear,
    isEmpty: (slot) => windows.size(slot) === 0,
    clear,
    save(slot, writer) {
      writer.u32(held[slot] === true ? 1 : 0);
      windows.save(slot, writer);
      for (const tally of running) writer.u32(tally.mark(slot));
    },
    load(slot, reader) {
      held[slot] = reader.u32() === 1;
      windows.load(slot, reader, (tag) => {
        for (const tally of running) tally.add(slot, tag);
      });
      for (const tally of running) tally.restore(slot, reader.u32());
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

function compileComparison(
  comparison: Comparison,
  tallies: ReadonlyMap<string, Tally>,
): (slot: number) => boolean {
  const left = compileExpr(comparison.left, tallies);
  const right = compileExpr(comparison.right, tallies);
  const { op } = comparison;
  return (slot) => {
    const a = left(slot);
    const b = right(slot);
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
  };
}

function compileExpr(expr: Expr, tallies: ReadonlyMap<string, Tally>): Valuation {
  const measured = (measure: Measure): Valuation => {
    const tally = tallies.get(measureKey(measure))!;
    return (slot) => tally.value(slot);
  };
  if (expr.kind === 'number') return () => expr.value;
  // Not yet runnable: such a rule is refused before it comes here.
  if (expr.kind === 'baseline') return () => undefined;
  if (expr.kind !== 'ratio') return measured(expr);
  const numerator = measured(expr.numerator);
  const denominator = measured(expr.denominator);
  return (slot) => {
    const a = numerator(slot);
    const b = denominator(slot);
    return a === undefined || b === undefined || b === 0 ? undefined : a / b;
  };
}
