/** `EXPR CMP EXPR and … within D`: comparisons over the events of the last D (semantics: Aggregates). */
import type { SpecOf } from '../../rule/ast.ts';
import { measuresOf } from '../../rule/forms/measures.ts';
import { createFlags } from '../columns/flags.ts';
import { notHeldWith, plainForm, type Evidence, type Operator } from '../operator.ts';
import { Baselines } from './baselines.ts';
import { compileComparison, eventsNeeded, isGrowing, isMeasured } from './comparisons.ts';
import { MeasuredWindows } from './measured-windows.ts';
import { tagLayout, type TagLayout } from './tag-layout.ts';

type AggregateSpec = SpecOf<'aggregate'>;

/** The comparisons held at the last instant. */
const HELD = 1;

export interface Aggregate extends Operator {
  /** Judges the group anew at its next instant, even if no event enters or leaves. */
  judgeNext(slot: number): void;
}

export function createAggregate(spec: AggregateSpec): Aggregate {
  const parts = partsOf(spec);
  const { onlyGrows, layout, measured, windows, baselines, verdict } = parts;
  const flags = createFlags();
  /** Slots to judge anew. With a baseline, the result changes only at events that enter or leave, not when a pane ends in between. */
  const unjudged = new Set<number>();
  const judgeNext = (slot: number): void => {
    if (!baselines.areNone) unjudged.add(slot);
  };

  function evict(slot: number, atMs: number): void {
    if (measured.evict(slot, atMs)) judgeNext(slot);
  }

  function holdsAt(slot: number, atMs: number): boolean {
    if (!baselines.areNone && !unjudged.delete(slot)) return flags.has(slot, HELD);
    const holds = verdict.holds(slot, atMs);
    flags.set(slot, HELD, holds);
    return holds;
  }

  function spend(slot: number): void {
    measured.clear(slot);
    flags.set(slot, HELD, false);
  }

  return {
    ...plainForm,
    isEager: onlyGrows,
    remembersEach: onlyGrows,
    ...(onlyGrows && { heldSize: (slot: number) => (verdict.spare(slot) < 0 ? -1 : windows.size(slot)) }),
    apply(slot, event) {
      evict(slot, event.timeMs);
      const tag = layout.tagOf(event);
      measured.add(slot, event, tag);
      baselines.add(slot, event.timeMs, tag);
      judgeNext(slot);
    },
    judgeNext,
    judge(slot, atMs) {
      evict(slot, atMs);
      baselines.forget(slot, atMs);
      const size = windows.size(slot);
      if (!holdsAt(slot, atMs)) return notHeldWith(size);
      const evidence = (): Evidence => verdict.evidence(slot, atMs);
      return { holds: true, completions: 0, healed: false, size, evidence };
    },
    newestMs: (slot) => windows.newestMs(slot),
    weight: layout.fields.length === 0 ? plainForm.weight : (event) => layout.valuesMax(event),
    mayHold: (slot, further) => verdict.mayHold(slot, further),
    nextMs: (slot) => Math.min(leavesMs(parts, slot, flags.has(slot, HELD)), baselines.forgottenMs(slot)),
    spend,
    keptEvents: () => windows.total,
    cut: () => measured.cut,
    bytes: () => measured.bytes + flags.bytes + baselines.bytes,
    isEmpty: (slot) => windows.size(slot) === 0 && baselines.forgottenMs(slot) === Infinity,
    warmingUp: () => baselines.warmingUp,
    ...baselines.ofRule(),
    clear(slot) {
      spend(slot);
      baselines.clear(slot);
      unjudged.delete(slot);
    },
    save(slot, writer) {
      writer.whole(flags.all(slot));
      measured.save(slot, writer);
      baselines.save(slot, writer);
    },
    load(slot, reader) {
      flags.setAll(slot, reader.whole());
      measured.load(slot, reader);
      baselines.load(slot, reader);
    },
  };
}

/** Where the comparisons can spare so many events, they are not judged at the leaving of each. */
const SPARE_MIN = 16;

/** When the leaving of events may next change the verdict on a slot; `held`: the comparisons held at the last instant. */
function leavesMs({ onlyGrows, layout, measured, verdict }: Parts, slot: number, held: boolean): number {
  if (!onlyGrows) return measured.nextMs(slot);
  // A comparison that only grows with events cannot begin to hold when an event leaves. So only the time at which the window is empty counts.
  if (!held) return measured.emptyMs(slot);
  // An event may have several values, of which each counts.
  const spare = layout.fields.length > 0 ? 0 : verdict.spare(slot);
  // Comparisons that hold over an empty window can spare every event.
  const isFew = spare < SPARE_MIN || spare >= measured.windows.size(slot);
  return isFew ? measured.nextMs(slot) : measured.leftMs(slot, spare);
}

type Parts = ReturnType<typeof partsOf>;

/** The parts of an aggregate: the tag layout of an event, the windows that keep the events, and the comparisons over them. */
function partsOf(spec: AggregateSpec) {
  const windowMs = spec.within.ms;
  const measures = measuresOf(spec.comparisons);
  const layout = tagLayout(measures);
  const onlyGrows = spec.comparisons.every(isGrowing);
  const eventsMin = onlyGrows ? Math.max(...spec.comparisons.map(eventsNeeded)) : 0;
  // Where there are many groups, most of them never have more than two events.
  const blockEvents = onlyGrows && eventsMin === 2 ? 1 : 2;
  const measured = new MeasuredWindows({ windowMs, layout, measures, blockEvents });
  const baselines = new Baselines(windowMs, layout);
  const verdict = verdictOf(spec, measured, baselines, tellingOf(spec, layout));
  return { onlyGrows, layout, measured, windows: measured.windows, baselines, verdict };
}

/** The comparisons over the measured values. `tells`: selects, by their masks, the events that show why the comparisons hold. */
function verdictOf(
  spec: AggregateSpec,
  measured: MeasuredWindows,
  baselines: Baselines,
  tells: ((mask: number) => boolean) | undefined,
) {
  const { windows } = measured;
  const comparisons = spec.comparisons.map((comparison) =>
    compileComparison(comparison, {
      tally: (measure) => measured.tally(measure),
      baseline: (of, overMs) => baselines.create(of, overMs),
    }),
  );
  return {
    holds: (slot: number, atMs: number): boolean => comparisons.every(({ holds }) => holds(slot, atMs)),
    mayHold: (slot: number, growth: number): boolean =>
      comparisons.every(({ mayHold }) => mayHold(slot, growth)),
    /** The least `spare` of the comparisons. */
    spare(slot: number): number {
      let least = Infinity;
      for (const { spare } of comparisons) least = Math.min(least, spare(slot));
      return least;
    },
    evidence(slot: number, atMs: number): Evidence {
      const telling = tells === undefined ? [] : windows.outer(slot, tells);
      const sides = comparisons.map(({ left, right }) => [left(slot, atMs), right(slot, atMs)] as const);
      return {
        first: windows.oldest(slot),
        latest: windows.newest(slot),
        ...(telling.length > 0 && { telling }),
        ...(sides.every(isMeasured) && { measured: sides }),
      };
    },
  };
}

/**
 * Selects, by their masks, the events that show why a share is too large or too small. For a share that has grown, these are the events
 * that it counts; for a share that has shrunk, the other events. Most events of such a window are in order and show nothing. Undefined if
 * the form has no share of named events.
 */
function tellingOf(
  { comparisons }: AggregateSpec,
  layout: TagLayout,
): ((mask: number) => boolean) | undefined {
  for (const { left, op } of comparisons) {
    if (left.kind !== 'ratio' || left.numerator.kind !== 'count' || left.numerator.of === undefined) continue;
    const flag = 1 << layout.bit(left.numerator.of.name);
    return op === '<' || op === '<=' ? (mask) => (mask & flag) === 0 : (mask) => (mask & flag) !== 0;
  }
  return undefined;
}
