/** Candidates of a line kernel, for tests of the kernel without rules. */
import type { Candidates } from '../../src/event/kernel/line-kernel.ts';

/** A rule that is tried on lines with `anchor` and, if there is one, with `second` in one of the lanes. */
export interface Tried {
  readonly anchor: number;
  readonly second?: number;
  /** Bits; all lanes when absent. */
  readonly lanes?: number;
}

/** `atoms`: how many there are. `anchors`: those of `tried` when absent. */
export function candidatesOf(
  atoms: number,
  tried: readonly Tried[],
  anchors: readonly number[] = tried.map(({ anchor }) => anchor),
): Candidates {
  const byAtom = Map.groupBy(
    tried.map((each, rule) => ({ ...each, rule })),
    ({ anchor }) => anchor,
  );
  const starts = new Uint32Array(atoms + 1);
  const entries: number[] = [];
  for (let atom = 0; atom < atoms; atom += 1) {
    for (const { second, lanes, rule } of byAtom.get(atom) ?? [])
      entries.push(second ?? -1, lanes ?? -1, rule);
    starts[atom + 1] = entries.length;
  }
  const programs = new Int32Array(tried.length).fill(-1);
  return { anchors, starts, entries: Int32Array.from(entries), programs, code: new Int32Array(0) };
}
