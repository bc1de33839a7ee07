/**
 * Anchors of a need: atoms of which every line that meets the need has one. Beside an anchor, a second atom may be necessary, and a line
 * without it need not be judged at all. Both decide only what is tried, never what matches.
 */
import type { Need } from './need.ts';

/** Returns the share of lines that have the atom, 0 to 1. */
export type AtomShare = (atom: number) => number;

export interface Necessary {
  readonly atom: number;
  readonly lanes: number;
}

/** Returns the anchors of a need; undefined if a line may meet it without any, empty if none ever does. */
export function anchorsOf(need: Need, share: AtomShare): readonly number[] | undefined {
  switch (need.kind) {
    case 'hit':
      return [need.atom];
    case 'row':
      return [rarest(need.pairs, share)];
    case 'all':
      return cheapest(need.of, share);
    case 'any': {
      const all: number[] = [];
      for (const each of need.of) {
        const anchors = anchorsOf(each, share);
        if (anchors === undefined) return undefined;
        all.push(...anchors);
      }
      return all;
    }
    case 'not':
    case 'event':
      return undefined;
  }
}

function cheapest(needs: readonly Need[], share: AtomShare): readonly number[] | undefined {
  let best: readonly number[] | undefined;
  let least = Infinity;
  for (const need of needs) {
    const anchors = anchorsOf(need, share);
    if (anchors === undefined) continue;
    const sum = anchors.reduce((before, atom) => before + share(atom), 0);
    if (sum < least) [best, least] = [anchors, sum];
  }
  return best;
}

const rarest = (atoms: readonly number[], share: AtomShare): number =>
  atoms.reduce((best, atom) => (share(atom) < share(best) ? atom : best));

/** Returns the atoms that all lines which meet the need have. */
export function necessaryOf(need: Need): readonly Necessary[] {
  if (need.kind === 'hit') return [need];
  if (need.kind === 'row') return need.pairs.map((atom) => ({ atom, lanes: need.lanes }));
  return need.kind === 'all' ? need.of.flatMap(necessaryOf) : [];
}
