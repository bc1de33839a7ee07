/** The tape: what the line kernel has read of the lines of a batch, as columns. */
import type { LineKernel } from './line-kernel.ts';
import type { LineProgram } from './line-steps.ts';

/** The state of a line: sound, and satisfies no rule with an anchor; sound, and satisfies one or may do so; to be read the plain way. */
export const QUIET = 0;
export const WANTED = 1;
export const ODD = 2;

/** The kinds of a value. One more, 1, is a text with escapes. */
export const TEXT = 0;
export const NUMBER = 2;
export const BOOLEAN = 3;
/** Beside a kind: a step of the source has made the text, which stands in the kernel (`madeText`) and not in the batch. */
export const MADE = 4;
/** Beside a kind: a step of the source has still to change the value (`LineProgram.later`). */
export const RAW = 8;

/** A hit is two numbers: the atom; the lane of its field in the bits from `LANE_SHIFT` on, with the position of the token below them. */
export const HIT_NUMBERS = 2;
export const LANE_SHIFT = 27;
/** Greatest number of lanes: one bit of a whole number each. */
export const LANES_MAX = 31;
/** A value is three numbers: start and end of its text in the bytes of the batch; its path in the bits below `KIND_SHIFT`, and its kind. */
export const VALUE_NUMBERS = 3;
export const KIND_SHIFT = 16;
export const PATH_MASK = 0xffff;

/** The hits of lines: line `i` has the hits `hitsFrom[i]` to `hitsFrom[i + 1]`. */
export interface Hits {
  /** It has the hits of all lines. If false, it has those of wanted lines only. */
  readonly hasAll: boolean;
  readonly hitsFrom: Uint32Array;
  readonly hits: Uint32Array;
}

/** The kernel's readings of each line. Line `i` has the values `valuesFrom[i]` to `valuesFrom[i + 1]`. */
export interface Tape extends Hits {
  /** The kernel that read the lines. Atoms, lanes and paths are its own. */
  readonly kernel: LineKernel;
  /** The steps that the source has behind `json`. Absent: it has none, so that a sound line is its document. */
  readonly program?: LineProgram;
  /** Lines are odd only because they have values that a step had never met before, and might know from now on. */
  readonly hasUnknown: boolean;
  /** Number of paths that the kernel knew then. */
  readonly pathCount: number;
  readonly states: Uint8Array;
  /** ms since epoch; NaN if the time has to be read from the values. */
  readonly timesMs: Float64Array;
  /** A sound line has its values if its time is NaN, if it is wanted, or if the tape has all. */
  readonly valuesFrom: Uint32Array;
  readonly values: Uint32Array;
  /**
   * The rules that wanted lines satisfy or may satisfy, in any order: twice the number of the rule, and 1 if hits were enough to know that
   * the line satisfies it. Line `i` has the rules `triedFrom[i]` to `triedFrom[i + 1]`.
   */
  readonly triedFrom: Uint32Array;
  readonly tried: Uint32Array;
}

/** The areas of the kernel from which a tape is copied. */
export interface TapeAreas {
  readonly states: Uint8Array;
  readonly times: Float64Array;
  readonly hitsFrom: Uint32Array;
  readonly hits: Uint32Array;
  readonly valuesFrom: Uint32Array;
  readonly values: Uint32Array;
  readonly triedFrom: Uint32Array;
  readonly tried: Uint32Array;
}

export interface GrowingTape extends Tape {
  hasUnknown: boolean;
  /** Adds `lines` lines, the first of which is `from`. `shift`: place of the input of the call in the batch. */
  add(from: number, lines: number, shift: number, areas: TapeAreas): void;
  /** Adds a line that is too long for the kernel. */
  addOdd(line: number): void;
}

/** Creates the tape of a batch of `count` lines, which then are added in order. */
export function newTape(
  kernel: LineKernel,
  count: number,
  hasAll: boolean,
  program?: LineProgram,
): GrowingTape {
  return new BatchTape(kernel, count, hasAll, program);
}

class BatchTape implements GrowingTape {
  readonly kernel: LineKernel;
  declare readonly program?: LineProgram;
  hasUnknown = false;
  readonly pathCount: number;
  readonly hasAll: boolean;
  readonly states: Uint8Array;
  readonly timesMs: Float64Array;
  readonly hitsFrom: Uint32Array;
  readonly valuesFrom: Uint32Array;
  readonly triedFrom: Uint32Array;
  // Buffers of their own, since each may be sent to another thread.
  hits: Uint32Array = new Uint32Array(0);
  values: Uint32Array = new Uint32Array(0);
  tried: Uint32Array = new Uint32Array(0);

  constructor(kernel: LineKernel, count: number, hasAll: boolean, program: LineProgram | undefined) {
    this.kernel = kernel;
    if (program !== undefined) this.program = program;
    this.pathCount = kernel.pathCount;
    this.hasAll = hasAll;
    this.states = new Uint8Array(count);
    this.timesMs = new Float64Array(count);
    this.hitsFrom = new Uint32Array(count + 1);
    this.valuesFrom = new Uint32Array(count + 1);
    this.triedFrom = new Uint32Array(count + 1);
  }

  add(from: number, lines: number, shift: number, areas: TapeAreas): void {
    this.states.set(areas.states.subarray(0, lines), from);
    this.timesMs.set(areas.times.subarray(0, lines), from);
    const [hits, values] = [this.hitsFrom[from]!, this.valuesFrom[from]!];
    this.hits = joined(this.hits, areas.hits.subarray(0, HIT_NUMBERS * areas.hitsFrom[lines]!));
    const added = areas.values.subarray(0, VALUE_NUMBERS * areas.valuesFrom[lines]!);
    this.values = joined(this.values, added);
    addShift(this.values, VALUE_NUMBERS * values, shift);
    this.tried = joined(this.tried, areas.tried.subarray(0, areas.triedFrom[lines]));
    copyFrom(areas.triedFrom, lines, this.triedFrom, from, this.triedFrom[from]!);
    copyFrom(areas.hitsFrom, lines, this.hitsFrom, from, hits);
    copyFrom(areas.valuesFrom, lines, this.valuesFrom, from, values);
  }

  addOdd(line: number): void {
    this.states[line] = ODD;
    this.timesMs[line] = Number.NaN;
    this.hitsFrom[line + 1] = this.hitsFrom[line]!;
    this.valuesFrom[line + 1] = this.valuesFrom[line]!;
    this.triedFrom[line + 1] = this.triedFrom[line]!;
  }
}

function joined(before: Uint32Array, added: Uint32Array): Uint32Array {
  if (before.length === 0) return added.slice();
  const both = new Uint32Array(before.length + added.length);
  both.set(before);
  both.set(added, before.length);
  return both;
}

const MADE_BIT = MADE << KIND_SHIFT;

/** Moves the places of values from number `from` on by `shift` bytes, as far as they are in the batch. */
export function addShift(values: Uint32Array, from: number, shift: number): void {
  if (shift === 0) return;
  for (let i = from; i < values.length; i += VALUE_NUMBERS) {
    if ((values[i + 2]! & MADE_BIT) !== 0) continue;
    values[i]! += shift;
    values[i + 1]! += shift;
  }
}

function copyFrom(of: Uint32Array, lines: number, to: Uint32Array, from: number, base: number): void {
  for (let i = 0; i <= lines; i += 1) to[from + i] = base + of[i]!;
}
