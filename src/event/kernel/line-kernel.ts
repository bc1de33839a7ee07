/**
 * The line kernel: reads lines of JSON from bytes to a tape. It is the WebAssembly module kernel.wasm, whose sources are in assembly/. Its
 * results are those of the plain way: JSON.parse, `fieldValue` and text analysis. A line for which it cannot vouch is `ODD`, and the plain
 * way reads it.
 */
import { readFileSync } from 'node:fs';
import { wordTables } from '../analysis/scan.ts';
import { lowerCase } from '../analysis/analyze.ts';
import type { Batch } from '../batch.ts';
import type { Field } from '../event.ts';
import { pathsOf } from '../field-path.ts';
import {
  KernelSteps,
  STEPS_MAX,
  UNKNOWN_MAX,
  UNKNOWN_NUMBERS,
  type StepsCall,
  type StepsExports,
} from './kernel-steps.ts';
import { STEP_NUMBERS, type LineProgram, type TapeStep } from './line-steps.ts';
import { newTape, LANES_MAX, type GrowingTape, type Tape, type TapeAreas } from './tape.ts';

/** Ways to look at a field, by their numbers in assembly/fields.ts. */
const ways = {
  text: 0,
  normalisedText: 1,
  keyword: 2,
  upper: 3,
  lower: 4,
  long: 5,
  double: 6,
  boolean: 7,
} as const;
export type Way = keyof typeof ways;

/** Bounds of the kernel's tables. */
const PATHS_A_FIELD_MAX = 32;
const PATHS_MAX = 1_024;
const NODES_MAX = 4_096;
/** Half of the table, so that every search ends. */
const EDGES_MAX = 8_192;
const ATOMS_MAX = 1_048_576;
const TEXT_BYTES_MAX = 32_768;
/** Bounds of one call. */
const CALL_BYTES_MAX = 2_097_152;
const CALL_LINES_MAX = 8_192;

interface Exports extends StepsExports {
  readonly memory: WebAssembly.Memory;
  areaAt(area: number): number;
  addText(kind: number, length: number, atom: number): number;
  addPair(first: number, second: number, atom: number): void;
  takeCandidates(atoms: number, numbers: number, rules: number, codes: number): number;
  addNode(): number;
  addEdge(node: number, length: number, to: number): void;
  endPath(node: number, path: number): void;
  addField(way: number): number;
  addFieldPath(lane: number, path: number): void;
  takeTables(classes: number, states: number): number;
  statesAt(): number;
  endsAt(): number;
  lowersAt(): number;
  needsTables(): number;
  readLines(lines: number, timePath: number, keepAll: number, stepsFrom: number, stepsTo: number): number;
}

/** All areas of the kernel's memory, in the order of `areaAt` in assembly/index.ts. */
interface Areas extends TapeAreas {
  readonly buffer: ArrayBufferLike;
  readonly input: Uint8Array;
  readonly lineStarts: Uint32Array;
  readonly lineEnds: Uint32Array;
  readonly scratch: Uint8Array;
  readonly anchors: Uint8Array;
  readonly steps: Uint32Array;
  readonly unknowns: Uint32Array;
}

/** The lines of a batch, as far as the kernel needs to know them. */
export type ReadableLines = Pick<Batch, 'bytes' | 'starts' | 'ends'> & {
  readonly offsets: ArrayLike<unknown>;
};

/** A call that has built a kernel. The same calls in the same order make a kernel that reads alike. */
export type BuildingCall =
  | readonly ['path', path: string]
  | readonly ['field', way: Way, paths: readonly string[]]
  | readonly ['text', kind: TextKind, text: string, atom: number]
  | readonly ['pair', first: number, second: number, atom: number]
  | StepsCall;

export type TextKind = 'token' | 'whole';

/**
 * The rules that are tried on a line with an atom: if the line has the second atom of the rule, too, in one of its lanes. A line is wanted if
 * it satisfies one of them, or one without a program is tried.
 */
export interface Candidates {
  /** Atoms of which every line that some rule wants has one. They are no pairs. */
  readonly anchors: readonly number[];
  /** For each atom the start of its entries, and one more: the end of the last. */
  readonly starts: Uint32Array;
  /** Three numbers each: second atom (or −1), its lanes, rule. */
  readonly entries: Int32Array;
  /** For each rule the number of `code` at which its program begins (src/match/hits/program.ts); −1: hits do not tell if a line satisfies it. */
  readonly programs: Int32Array;
  readonly code: Int32Array;
}

let compiled: WebAssembly.Module | undefined;
const encoder = new TextEncoder();

const NONE: Candidates = {
  anchors: [],
  starts: new Uint32Array(1),
  entries: new Int32Array(0),
  programs: new Int32Array(0),
  code: new Int32Array(0),
};

export class LineKernel {
  readonly #exports: Exports;
  readonly #nodes = new Map<string, number>([['', 1]]);
  readonly #paths = new Map<string, number>();
  readonly #pathsOf = new Map<Field, readonly number[]>();
  #areas: Areas;
  #fields = 0;
  #edges = 0;
  #atoms = 0;
  /** All calls that have built the kernel. */
  readonly building: BuildingCall[] = [];
  /** Decides which lines are wanted. Another object each time. */
  candidates: Candidates = NONE;
  /** Keep hits and values of all lines, not only of those that a rule wants. Holds from the next call on. */
  keepsAll = false;
  /** Reads lines of sources that have steps behind `json`. */
  takesSteps = true;
  readonly #steps: KernelSteps;
  /** The paths at which a field looks for texts. */
  readonly #lookedUp = new Set<number>();

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('kernel.wasm', import.meta.url)));
    this.#exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
    this.#areas = areasOf(this.#exports);
    this.#steps = new KernelSteps(this.#exports, {
      path: (path) => this.path(path),
      nodeOf: (path) => this.#nodes.get(nameOf(path.split('.'), Infinity))!,
      pathNumbers: () => this.#paths.values(),
      isLookedUp: (path) => this.#lookedUp.has(path),
      version: () => `${this.#paths.size} ${this.#fields}`,
      write: (text) => this.#write(text),
      bytesAt: (start, end) => this.#bytesAt(start, end),
      areas: () => this.#fresh(),
      keep: (call) => this.building.push(call),
    });
  }

  /** Returns the number of a path, which the tape gives its values; undefined if there is no room for it. */
  path(path: string): number | undefined {
    const known = this.#paths.get(path);
    if (known !== undefined) return known;
    if (this.#paths.size === PATHS_MAX) return undefined;
    const keys = path.split('.');
    if (this.#nodes.size + keys.length >= NODES_MAX || Buffer.byteLength(path) > TEXT_BYTES_MAX)
      return undefined;
    if (this.#edges + (keys.length * (keys.length + 1)) / 2 > EDGES_MAX) return undefined;
    for (let to = 1; to <= keys.length; to += 1) {
      const prefix = nameOf(keys, to);
      if (this.#nodes.has(prefix)) continue;
      const node = this.#exports.addNode();
      this.#nodes.set(prefix, node);
      this.#edges += to;
      // A key may be any keys of the path in a row, joined by dots.
      for (let from = 0; from < to; from += 1) {
        const length = this.#write(keys.slice(from, to).join('.'))!;
        this.#exports.addEdge(this.#nodes.get(nameOf(keys, from))!, length, node);
      }
    }
    const number = this.#paths.size;
    this.#exports.endPath(this.#nodes.get(nameOf(keys, keys.length))!, number);
    this.#paths.set(path, number);
    this.building.push(['path', path]);
    return number;
  }

  get pathCount(): number {
    return this.#paths.size;
  }

  /** Returns the numbers of the paths of a field; undefined if one is not among the first `count` paths. */
  pathsOf(field: Field, count: number): readonly number[] | undefined {
    let numbers = this.#pathsOf.get(field);
    if (numbers === undefined) {
      const known = pathsOf(field).map((path) => this.#paths.get(path) ?? Infinity);
      // A path that is not known now may become known.
      if (known.includes(Infinity)) return undefined;
      this.#pathsOf.set(field, (numbers = known));
    }
    for (const number of numbers) if (number >= count) return undefined;
    return numbers;
  }

  /** Adds a field whose values are looked up; returns its lane, undefined if there is no room. */
  addField(way: Way, paths: readonly string[]): number | undefined {
    const numbers = paths.map((path) => this.path(path));
    if (this.#fields === LANES_MAX || paths.length > PATHS_A_FIELD_MAX) return undefined;
    if (numbers.includes(undefined)) return undefined;
    const lane = this.#exports.addField(ways[way]);
    this.#fields += 1;
    for (const number of numbers) {
      this.#exports.addFieldPath(lane, number!);
      this.#lookedUp.add(number!);
    }
    this.building.push(['field', way, paths]);
    return lane;
  }

  /**
   * Adds a text that is looked up: a token (lower case) or a whole value. Returns its atom: the given one, or the one that the text has
   * already; undefined if there is no room.
   */
  addText(kind: TextKind, text: string, atom: number): number | undefined {
    const length = this.#write(text);
    if (length === undefined || atom >= ATOMS_MAX) return undefined;
    this.#atoms = Math.max(this.#atoms, atom + 1);
    this.building.push(['text', kind, text, atom]);
    const kernelKind = kind === 'whole' ? 2 : length === text.length ? 0 : 1;
    return this.#exports.addText(kernelKind, length, atom);
  }

  /** Adds two tokens that follow each other in a phrase as an atom. Returns the atom; undefined if there is no room. */
  addPair(first: number, second: number, atom: number): number | undefined {
    if (atom >= ATOMS_MAX) return undefined;
    this.building.push(['pair', first, second, atom]);
    this.#exports.addPair(first, second, atom);
    return atom;
  }

  /** Repeats calls that have built another kernel. */
  repeat(building: readonly BuildingCall[]): void {
    for (const call of building) {
      if (call[0] === 'path') this.path(call[1]);
      else if (call[0] === 'field') this.addField(call[1], call[2]);
      else if (call[0] === 'text') this.addText(call[1], call[2], call[3]);
      else if (call[0] === 'pair') this.addPair(call[1], call[2], call[3]);
      else this.#steps.repeat(call);
    }
  }

  /** Lets lines be wanted by these candidates instead of those before. */
  setCandidates(candidates: Candidates): void {
    this.candidates = candidates;
    const { anchors, starts, entries, programs, code } = candidates;
    const [atoms, rules] = [starts.length - 1, programs.length];
    let at = this.#exports.takeCandidates(atoms, entries.length, rules, code.length);
    const areas = this.#fresh();
    areas.anchors.fill(0, 0, this.#atoms);
    for (const atom of anchors) areas.anchors[atom] = 1;
    for (const numbers of [starts, entries, programs, code]) {
      new Int32Array(areas.buffer, at, numbers.length).set(numbers);
      at += 4 * numbers.length;
    }
  }

  /**
   * Takes up the steps of a source. The same object again gives what it gave before, as long as nothing has been added to the kernel.
   * Undefined if there is no room, or if the kernel takes none.
   */
  programOf(steps: readonly TapeStep[]): LineProgram | undefined {
    return this.takesSteps ? this.#steps.programOf(steps) : undefined;
  }

  /** Returns a text that a step has made. `start` and `end`: as on the tape. */
  madeText(start: number, end: number): string {
    return this.#bytesAt(start, end).toString();
  }

  /**
   * Reads all lines of a batch. `timePath`: a path whose value may be a time in the common form of ISO 8601. Bytes that are not UTF-8 give
   * a tape that means nothing for their line. `program`: the steps of the source, taken up by this kernel.
   */
  read(batch: ReadableLines, timePath?: number, program?: LineProgram): Tape {
    const count = batch.offsets.length;
    const tape = newTape(this, count, this.keepsAll, program);
    for (let from = 0; from < count;) from += this.#readSome(batch, from, timePath ?? -1, tape);
    if (this.#exports.needsTables() === 0) return tape;
    // This happens once, since most logs need no tables.
    this.#putWordTables();
    return this.read(batch, timePath, program);
  }

  /** Reads lines from `from` on, as many as there is room for, and adds them to the tape. Returns how many. */
  #readSome(batch: ReadableLines, from: number, timePath: number, tape: GrowingTape): number {
    const lines = linesOfCall(batch, from);
    if (lines === 0) {
      tape.addOdd(from);
      return 1;
    }
    const areas = this.#fresh();
    const start = batch.starts[from]!;
    areas.input.set(batch.bytes.subarray(start, batch.ends[from + lines - 1]));
    for (let i = 0; i < lines; i += 1) {
      areas.lineStarts[i] = batch.starts[from + i]! - start;
      areas.lineEnds[i] = batch.ends[from + i]! - start;
    }
    const { from: stepsFrom, to: stepsTo } = tape.program ?? { from: 0, to: 0 };
    const readLines = (): number =>
      this.#exports.readLines(lines, timePath, this.keepsAll ? 1 : 0, stepsFrom, stepsTo);
    let read = readLines();
    while (this.#exports.unknowns() > 0 && this.#steps.learn()) read = readLines();
    if (this.#exports.unknowns() > 0 && this.#steps.hasNews()) tape.hasUnknown = true;
    tape.add(from, read, start, this.#fresh());
    return read;
  }

  /** Returns bytes by their places from the input on. */
  #bytesAt(start: number, end: number): Buffer {
    const { buffer, input } = this.#fresh();
    return Buffer.from(buffer, input.byteOffset + start, end - start);
  }

  /** Writes a text to the scratch area; returns its bytes, undefined if there is no room. */
  #write(text: string): number | undefined {
    const { scratch } = this.#fresh();
    const { read, written } = encoder.encodeInto(text, scratch);
    return read === text.length ? written : undefined;
  }

  /** The views of a memory that has grown are void. */
  #fresh(): Areas {
    if (this.#areas.buffer !== this.#exports.memory.buffer) this.#areas = areasOf(this.#exports);
    return this.#areas;
  }

  #putWordTables(): void {
    const { classOf, classes, next, accepting } = wordTables;
    const at = this.#exports.takeTables(classes, accepting.length);
    const memory = new Uint8Array(this.#exports.memory.buffer);
    memory.set(classOf, at);
    memory.set(next, this.#exports.statesAt());
    memory.set(accepting, this.#exports.endsAt());
    new Uint32Array(this.#exports.memory.buffer, this.#exports.lowersAt(), CASELESS_FROM).set(lowerCases());
  }
}

/** Returns the name of the node behind the first `count` keys. A path that begins with an empty key is not the root. */
function nameOf(keys: readonly string[], count: number): string {
  return count === 0 ? '' : `.${keys.slice(0, count).join('.')}`;
}

/** Returns how many lines from `from` on fit into one call. */
function linesOfCall({ starts, ends, offsets }: ReadableLines, from: number): number {
  const last = Math.min(offsets.length, from + CALL_LINES_MAX);
  let to = from;
  while (to < last && ends[to]! - starts[from]! <= CALL_BYTES_MAX) to += 1;
  return to - from;
}

/** Code points from here on have no case (assembly/unicode.ts). */
const CASELESS_FROM = 0x1e944;

let lower: Uint32Array | undefined;

/** Returns the lower case of each code point that may have one. */
function lowerCases(): Uint32Array {
  lower ??= Uint32Array.from({ length: CASELESS_FROM }, (_, codePoint) =>
    codePoint >= 0xd800 && codePoint < 0xe000
      ? codePoint
      : lowerCase(String.fromCodePoint(codePoint)).codePointAt(0)!,
  );
  return lower;
}

function areasOf(exports: Exports): Areas {
  const { buffer } = exports.memory;
  const areaAt = (area: number): number => exports.areaAt(area);
  const bytes = (area: number, size: number): Uint8Array => new Uint8Array(buffer, areaAt(area), size);
  const words = (area: number, size: number): Uint32Array => new Uint32Array(buffer, areaAt(area), size);
  return {
    buffer,
    input: bytes(0, CALL_BYTES_MAX),
    lineStarts: words(1, CALL_LINES_MAX),
    lineEnds: words(2, CALL_LINES_MAX),
    states: bytes(3, CALL_LINES_MAX),
    times: new Float64Array(buffer, areaAt(4), CALL_LINES_MAX),
    hitsFrom: words(5, CALL_LINES_MAX + 1),
    valuesFrom: words(6, CALL_LINES_MAX + 1),
    hits: words(7, 2 * 524_288),
    values: words(8, 3 * 262_144),
    scratch: bytes(9, TEXT_BYTES_MAX),
    anchors: bytes(10, ATOMS_MAX),
    triedFrom: words(11, CALL_LINES_MAX + 1),
    tried: words(12, 262_144),
    steps: words(13, STEP_NUMBERS * STEPS_MAX),
    unknowns: words(14, UNKNOWN_NUMBERS * UNKNOWN_MAX),
  };
}
