/**
 * The steps that a source has behind `json`, as the kernel does them on the values of a line. A change is a function, which is asked once
 * for each value; its answer then stands in a table of the kernel. Values that no rule looks up in bytes are changed when they are read.
 */
import type { Value } from '../event.ts';

/** Returns the value that a step puts in place of a text, number or boolean of a line. */
export type ScalarChange = (value: Value) => Value;

/** A step on the value, or the values, at a path. */
export type TapeStep =
  /** Puts a value there, whatever the line has. The path is a single key. */
  | { readonly kind: 'set'; readonly path: string; readonly value: Value }
  /** Likewise with the first text or number at another path, if there is one. */
  | { readonly kind: 'copy'; readonly path: string; readonly from: string }
  | { readonly kind: 'change'; readonly path: string; readonly change: ScalarChange }
  /** Changes nothing, but leaves lines with white space at the end of a text to the plain way. Without a path: of any text. */
  | { readonly kind: 'trimmed'; readonly path?: string }
  /** Changes nothing, but leaves lines with `\u` to the plain way. */
  | { readonly kind: 'no_codes' };

/** Steps that a kernel has taken up: those from number `from` to `to` of its memory. */
export interface LineProgram {
  readonly from: number;
  readonly to: number;
  readonly steps: readonly TapeStep[];
  /** By the number of a path: the change of its values that is done when they are read. */
  readonly later: ReadonlyMap<number, ScalarChange>;
}

/** The numbers of steps in assembly/steps.ts. */
const codes = { set: 0, copy: 1, change: 2, later: 3, trimmed: 4, no_codes: 5 } as const;
/** A step in the memory of the kernel: its code, path, node of the path, and one thing more. */
export const STEP_NUMBERS = 4;

/** The kernel that takes up steps. Each returns undefined where it has no room. */
export interface StepsKernel {
  readonly path: (path: string) => number | undefined;
  readonly nodeOf: (path: string) => number;
  readonly made: (value: Value) => number | undefined;
  readonly table: (change: ScalarChange) => number;
  /** A rule looks up values at this path in bytes. */
  readonly isLookedUp: (path: number) => boolean;
  readonly pathNumbers: () => Iterable<number>;
}

/** Returns the numbers of the steps for the kernel, and the changes that are left for later; undefined if it has no room. */
export function numbersOf(
  steps: readonly TapeStep[],
  kernel: StepsKernel,
): { readonly numbers: readonly number[]; readonly later: LineProgram['later'] } | undefined {
  const later = new Map<number, ScalarChange>();
  const numbers: (number | undefined)[] = [];
  // All paths are known before one is asked for what it is.
  for (const step of steps)
    for (const path of pathsOf(step)) if (kernel.path(path) === undefined) return undefined;
  for (const [i, step] of steps.entries()) {
    if (step.kind === 'no_codes') numbers.push(codes.no_codes, 0, 0, 0);
    else if (step.kind === 'trimmed' && step.path === undefined)
      for (const path of kernel.pathNumbers()) numbers.push(codes.trimmed, path, 0, 0);
    else {
      const path = kernel.path(step.path!)!;
      const node = kernel.nodeOf(step.path!);
      if (step.kind === 'trimmed') numbers.push(codes.trimmed, path, node, 0);
      else if (step.kind === 'set') numbers.push(codes.set, path, node, kernel.made(step.value));
      else if (step.kind === 'copy') numbers.push(codes.copy, path, node, kernel.path(step.from));
      else if (kernel.isLookedUp(path) || isTouched(step.path, steps.slice(i + 1)))
        numbers.push(codes.change, path, node, kernel.table(step.change));
      else {
        numbers.push(codes.later, path, node, 0);
        later.set(path, step.change);
      }
    }
  }
  const known = numbers.filter((number) => number !== undefined);
  return known.length < numbers.length ? undefined : { numbers: known, later };
}

const pathsOf = (step: TapeStep): readonly string[] => {
  if (step.kind === 'copy') return [step.path, step.from];
  return step.kind === 'no_codes' || step.path === undefined ? [] : [step.path];
};

/** Returns true if one of the steps reads or writes the values at a path. */
const isTouched = (path: string, steps: readonly TapeStep[]): boolean =>
  steps.some((step) => (step.kind === 'trimmed' && step.path === undefined) || pathsOf(step).includes(path));
