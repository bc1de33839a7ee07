/** The steps of sources in the memory of one kernel, and what their tables know of the values of lines. */
import type { Value } from '../event.ts';
import {
  numbersOf,
  STEP_NUMBERS,
  type LineProgram,
  type TapeStep,
  type ScalarChange,
  type StepsKernel,
} from './line-steps.ts';
import { exactLeafOf, kindOf } from './tape-values.ts';
import { MADE } from './tape.ts';

/** Bounds of the kernel's tables. */
export const STEPS_MAX = 4_096;
export const UNKNOWN_MAX = 64;
/** An unknown value: its table, its start and end, its kind. */
export const UNKNOWN_NUMBERS = 4;
type Unknown = readonly [table: number, start: number, end: number, kind: number];
/** Values that one table knows, and all of them. Lines with others go the plain way. */
const KNOWN_MAX = 1_024;
const KNOWN_IN_ALL_MAX = 16_384;
/** In a table: the text that a step makes of a value has no place in the kernel. It need not be asked for again then (assembly/steps.ts). */
const NO_MADE = 8_192;

/** A call that has put steps, or what they make of values, into a kernel. */
export type StepsCall =
  | readonly ['made', value: Value]
  | readonly ['steps', numbers: readonly number[]]
  | readonly ['known', table: number, kind: number, bytes: Uint8Array, made: number];

export interface StepsExports {
  addMade(kind: number, length: number): number;
  addKnown(table: number, kind: number, length: number, made: number): void;
  unknowns(): number;
}

/** The kernel whose memory it is. */
export interface SteppedKernel extends Omit<StepsKernel, 'made' | 'table'> {
  /** Another text whenever paths or fields have been added. */
  readonly version: () => string;
  /** Writes a text to the scratch area; returns its bytes, undefined if there is no room. */
  readonly write: (text: string) => number | undefined;
  /** Returns bytes by their places from the input on. */
  readonly bytesAt: (start: number, end: number) => Uint8Array;
  readonly areas: () => {
    readonly scratch: Uint8Array;
    readonly steps: Uint32Array;
    readonly unknowns: Uint32Array;
  };
  /** Keeps a call, for a kernel in another thread. */
  readonly keep: (call: StepsCall) => void;
}

interface KnownProgram {
  readonly program: LineProgram | undefined;
  readonly version: string;
}

export class KernelSteps {
  readonly #exports: StepsExports;
  readonly #kernel: SteppedKernel;
  readonly #programs = new WeakMap<readonly TapeStep[], KnownProgram>();
  readonly #changes: ScalarChange[] = [];
  readonly #madeNumbers = new Map<Value, number>();
  /** For each table how many values it knows. */
  readonly #known: number[] = [];
  #knownInAll = 0;
  #steps = 0;

  constructor(exports: StepsExports, kernel: SteppedKernel) {
    this.#exports = exports;
    this.#kernel = kernel;
  }

  /** As `LineKernel.programOf`. */
  programOf(steps: readonly TapeStep[]): LineProgram | undefined {
    const known = this.#programs.get(steps);
    if (known?.version === this.#kernel.version()) return known.program;
    const made = numbersOf(steps, {
      ...this.#kernel,
      made: (value) => this.#made(value),
      table: (change) => this.#changes.push(change) - 1,
    });
    const from = this.#steps;
    const hasRoom = made !== undefined && from + made.numbers.length / STEP_NUMBERS <= STEPS_MAX;
    if (hasRoom) this.#addSteps(made.numbers);
    const program = hasRoom ? { from, to: this.#steps, steps, later: made.later } : undefined;
    this.#programs.set(steps, { program, version: this.#kernel.version() });
    return program;
  }

  /** Asks for the answers of changes that no table knew in the last call. Returns false if nothing was learned. */
  learn(): boolean {
    const before = this.#knownInAll;
    for (const [table, start, end, kind] of this.#unknowns()) {
      const change = this.#changes[table];
      if (change === undefined || !this.#mayLearn(table)) continue;
      // The memory may grow with what is added to it.
      const bytes = Uint8Array.from(this.#kernel.bytesAt(start, end));
      const value = exactLeafOf(kind & ~MADE, Buffer.from(bytes).toString());
      const made = change(value);
      const number = made === value ? 0 : this.#made(made);
      this.#addKnown(table, kind & ~MADE, bytes, number ?? NO_MADE);
    }
    return this.#knownInAll > before;
  }

  /** Returns true if lines of the last call are odd because of values that a table has room for. */
  hasNews(): boolean {
    return this.#unknowns().some(([table]) => this.#mayLearn(table));
  }

  repeat(call: StepsCall): void {
    if (call[0] === 'made') this.#addMade(call[1]);
    else if (call[0] === 'steps') this.#addSteps(call[1]);
    else this.#addKnown(call[1], call[2], call[3], call[4]);
  }

  #mayLearn(table: number): boolean {
    return (this.#known[table] ?? 0) < KNOWN_MAX && this.#knownInAll < KNOWN_IN_ALL_MAX;
  }

  #unknowns(): readonly Unknown[] {
    const { unknowns } = this.#kernel.areas();
    return Array.from({ length: this.#exports.unknowns() }, (_, i): Unknown => {
      const [table, start, end, kind] = unknowns.subarray(UNKNOWN_NUMBERS * i);
      return [table!, start!, end!, kind!];
    });
  }

  #addKnown(table: number, kind: number, bytes: Uint8Array, made: number): void {
    this.#kernel.areas().scratch.set(bytes);
    this.#exports.addKnown(table, kind, bytes.length, made);
    this.#known[table] = (this.#known[table] ?? 0) + 1;
    this.#knownInAll += 1;
    this.#kernel.keep(['known', table, kind, bytes, made]);
  }

  /** Returns the number of a text that steps put in place of others; undefined if there is no room. */
  #made(value: Value): number | undefined {
    const known = this.#madeNumbers.get(value);
    if (known !== undefined) return known;
    // Half a surrogate pair has no bytes.
    return typeof value === 'string' && !value.isWellFormed() ? undefined : this.#addMade(value);
  }

  #addMade(value: Value): number | undefined {
    const length = this.#kernel.write(String(value));
    const number = length === undefined ? 0 : this.#exports.addMade(kindOf(value), length);
    if (number === 0) return undefined;
    this.#madeNumbers.set(value, number);
    this.#kernel.keep(['made', value]);
    return number;
  }

  #addSteps(numbers: readonly number[]): void {
    this.#kernel.areas().steps.set(numbers, STEP_NUMBERS * this.#steps);
    this.#steps += numbers.length / STEP_NUMBERS;
    this.#kernel.keep(['steps', numbers]);
  }
}
