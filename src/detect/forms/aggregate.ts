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

/** The comparison held at the last instant. */
const HELD = 1;

export interface Aggregate extends Operator {
  /** Judges the group anew at its next instant, even if no event comes or goes. */
  judgeNext(slot: number): void;
}

export function createAggregate(spec: AggregateSpec): Aggregate {
  const { onlyGrows, eventsMin, layout, measured, baselines, verdict } = partsOf(spec);
  const { windows } = measured;
  const flags = createFlags();
  /** With a baseline the value changes at events that come or leave, not when a pane ends in between: groups to be judged anew. */
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
    mayHold: (slot, further) => (slot < 0 ? 0 : windows.size(slot)) + further >= eventsMin,
    nextMs(slot) {
      // What only grows with events cannot begin to hold when one leaves: it is enough to see the window run empty.
      const isEmptied = onlyGrows && !flags.has(slot, HELD);
      const leavesMs = isEmptied ? measured.emptyMs(slot) : measured.nextMs(slot);
      return Math.min(leavesMs, baselines.forgottenMs(slot));
    },
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

/** The parts of an aggregate: what it keeps of each event, where it keeps it, and what it asks of that. */
function partsOf(spec: AggregateSpec) {
  const windowMs = spec.within.ms;
  const measures = measuresOf(spec.comparisons);
  const layout = tagLayout(measures);
  const onlyGrows = spec.comparisons.every(isGrowing);
  const eventsMin = onlyGrows ? Math.max(...spec.comparisons.map(eventsNeeded)) : 0;
  // Most groups of `count >= 5` never have more than four.
  const blockEvents = onlyGrows ? Math.min(Math.max(eventsMin - 1, 1), 8) : 4;
  const measured = new MeasuredWindows({ windowMs, layout, measures, blockEvents });
  const baselines = new Baselines(windowMs, layout);
  const verdict = verdictOf(spec, measured, baselines, tellingOf(spec, layout));
  return { onlyGrows, eventsMin, layout, measured, baselines, verdict };
}

/** The comparisons over what is measured. `tells`: events that show why they hold, by their masks. */
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
 * Of a share that has grown the events that it counts, of one that has shrunk the others: most events of such a window are in order
 * and show nothing. By their masks; undefined where the form has no share of named events.
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
