/**
 * `EXPR CMP EXPR and … within D`: comparisons over the events of the last D (semantics: Aggregates). Values run along as events
 * enter and leave the window; nothing is counted twice.
 */
import { measuresOf } from '../../rule/alert-parts.ts';
import type { AlertSpec, Measure } from '../../rule/ast.ts';
import { mostWindowEvents } from '../../rule/bounds.ts';
import { createBaseline, type Baseline } from './baseline.ts';
import { compileComparison, eventsNeeded, isGrowing, isMeasured, type Known } from './comparisons.ts';
import { createFlags } from '../columns/flags.ts';
import { notHeldWith, plainForm, type Evidence, type Operator } from '../operator.ts';
import { createPaneMeter } from './pane-meter.ts';
import { createTally, type Tally } from './tallies.ts';
import { createWindows } from '../columns/windows.ts';
import type { Tag } from '../columns/tagged-events.ts';

type AggregateSpec = Extract<AlertSpec, { kind: 'aggregate' }>;

/** The comparison held at the last instant. */
const held = 1;

/** What a value takes beside its event, about: itself, its array, its place in what is measured. */
const valueBytes = 96;
/** A closed pane: its number and its value. */
const paneBytes = 16;

export interface Aggregate extends Operator {
  /** Judges the group anew at its next instant, even if no event comes or goes. */
  judgeNext(slot: number): void;
}

export function createAggregate(spec: AggregateSpec): Aggregate {
  const windowMs = spec.within.ms;
  const names = new Set<string>();
  const fields = new Set<string>();
  const measures = new Map<string, Measure>();
  for (const measure of measuresOf(spec)) {
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
  const tells = tellingOf(spec, places.bit);
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

  function holdsAt(slot: number, atMs: number): boolean {
    if (baselines.length > 0 && !unjudged.delete(slot)) return flags.has(slot, held);
    const holds = comparisons.every(({ holds: compares }) => compares(slot, atMs));
    flags.set(slot, held, holds);
    return holds;
  }

  function evidenceOf(slot: number, atMs: number): Evidence {
    const telling = tells === undefined ? [] : windows.outer(slot, tells);
    const sides = comparisons.map(({ left, right }) => [left(slot, atMs), right(slot, atMs)] as const);
    return {
      first: windows.oldest(slot),
      latest: windows.newest(slot),
      ...(telling.length > 0 && { telling }),
      ...(sides.every(isMeasured) && { measured: sides }),
    };
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
    judge(slot, atMs) {
      evict(slot, atMs);
      forgetPanes(slot, atMs);
      const size = windows.size(slot);
      if (!holdsAt(slot, atMs)) return notHeldWith(size);
      return {
        holds: true,
        completions: 0,
        healed: false,
        size,
        evidence: () => evidenceOf(slot, atMs),
      };
    },
    mayHold: (slot, further) => (slot < 0 ? 0 : windows.size(slot)) + further >= leastEvents,
    nextMs(slot) {
      // What only grows with events cannot begin to hold when one leaves: it is enough to see the window run empty.
      const relevantMs =
        onlyGrows && !flags.has(slot, held) ? windows.newestMs(slot) : windows.oldestMs(slot);
      const leavesMs = Number.isFinite(relevantMs) ? relevantMs + windowMs : Infinity;
      return Math.min(leavesMs, forgottenMs(slot));
    },
    spend,
    keptEvents: () => windows.total,
    cut: () => cut,
    bytes: () =>
      windows.bytes + flags.bytes + windows.total * fieldList.length * valueBytes + panes() * paneBytes,
    isEmpty: (slot) => windows.size(slot) === 0 && forgottenMs(slot) === Infinity,
    warmingUp: () => baselines.reduce((most, { warmingUp }) => Math.max(most, warmingUp), 0),
    ...(baselines.length > 0 && past(baselines)),
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

/**
 * Of a share that has grown the events that it counts, of one that has shrunk the others: most events of such a window are in order
 * and show nothing. By their masks; undefined where the form has no share of named events.
 */
function tellingOf(
  { comparisons }: AggregateSpec,
  bit: (name: string) => number,
): ((mask: number) => boolean) | undefined {
  for (const { left, op } of comparisons) {
    if (left.kind !== 'ratio' || left.numerator.kind !== 'count' || left.numerator.of === undefined) continue;
    const flag = 1 << bit(left.numerator.of.name);
    return op === '<' || op === '<=' ? (mask) => (mask & flag) === 0 : (mask) => (mask & flag) !== 0;
  }
  return undefined;
}

/** What baselines know of the rule as a whole. */
function past(baselines: readonly Baseline[]) {
  return {
    begin(atMs) {
      for (const baseline of baselines) baseline.begin(atMs);
    },
    warmingUntilMs: () => Math.max(...baselines.map(({ warmingUntilMs }) => warmingUntilMs)),
    saveRule(writer) {
      for (const baseline of baselines) baseline.saveRule(writer);
    },
    loadRule(reader) {
      for (const baseline of baselines) baseline.loadRule(reader);
    },
  } satisfies Partial<Operator>;
}

function measureKey(measure: Measure): string {
  return measure.kind === 'count'
    ? `count(${measure.of?.name ?? ''})`
    : `${measure.kind}(${measure.field.name})`;
}
