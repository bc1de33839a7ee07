/** All baselines of one aggregate. Most aggregates have none. */
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import type { Tag } from '../columns/tagged-events.ts';
import type { Operator } from '../operator.ts';
import { createBaseline, type Baseline } from './baseline.ts';
import type { MeasuredExpr } from './comparisons.ts';
import { createPaneMeter } from './pane-meter.ts';
import type { TagPlaces } from './tallies.ts';

/** A closed pane: its number and its value. */
const PANE_BYTES = 16;

export class Baselines {
  readonly #all: Baseline[] = [];
  readonly #windowMs: number;
  readonly #places: TagPlaces;

  constructor(windowMs: number, places: TagPlaces) {
    this.#windowMs = windowMs;
    this.#places = places;
  }

  get areNone(): boolean {
    return this.#all.length === 0;
  }

  /** Adds a baseline of the expression `of` over `overMs`. */
  create(of: MeasuredExpr, overMs: number): Baseline {
    const meter = createPaneMeter(of, this.#places);
    const emptyIsZero = of.kind === 'count' || of.kind === 'distinct' || of.kind === 'sum';
    const baseline = createBaseline({ windowMs: this.#windowMs, overMs, emptyIsZero, meter });
    this.#all.push(baseline);
    return baseline;
  }

  add(slot: number, timeMs: number, tag: Tag): void {
    for (const baseline of this.#all) baseline.add(slot, timeMs, tag);
  }

  /** Forgets a slot whose panes no longer count. */
  forget(slot: number, atMs: number): void {
    for (const baseline of this.#all) if (atMs >= baseline.forgottenMs(slot)) baseline.clear(slot);
  }

  forgottenMs(slot: number): number {
    return this.#all.reduce(
      (earliestMs, baseline) => Math.min(earliestMs, baseline.forgottenMs(slot)),
      Infinity,
    );
  }

  clear(slot: number): void {
    for (const baseline of this.#all) baseline.clear(slot);
  }

  get warmingUp(): number {
    return this.#all.reduce((max, { warmingUp }) => Math.max(max, warmingUp), 0);
  }

  /** Approximate memory, bytes. */
  get bytes(): number {
    return this.#all.reduce((sum, baseline) => sum + baseline.panes, 0) * PANE_BYTES;
  }

  save(slot: number, writer: ByteWriter): void {
    for (const baseline of this.#all) baseline.save(slot, writer);
  }

  load(slot: number, reader: ByteReader): void {
    for (const baseline of this.#all) baseline.load(slot, reader);
  }

  /** The members of an operator that concern the rule as a whole; none if there are no baselines. */
  ofRule(): Pick<Operator, 'begin' | 'warmingUntilMs' | 'saveRule' | 'loadRule'> {
    const all = this.#all;
    if (all.length === 0) return {};
    return {
      begin(atMs) {
        for (const baseline of all) baseline.begin(atMs);
      },
      warmingUntilMs: () => Math.max(...all.map(({ warmingUntilMs }) => warmingUntilMs)),
      saveRule(writer) {
        for (const baseline of all) baseline.saveRule(writer);
      },
      loadRule(reader) {
        for (const baseline of all) baseline.loadRule(reader);
      },
    };
  }
}
