/**
 * Counts how many lines have an atom, in a sample of the stream that is taken now and then. The counts decide what is tried first, and so
 * how fast matching is. They never decide what matches.
 */
import { HIT_NUMBERS, type Hits } from '../../event/kernel/tape.ts';
import type { Pairs } from './pairs.ts';

/** Number of lines in a sample. */
const SAMPLE = 1_000;
/** Greatest number of lines between two samples. */
const PAUSE = 1_000_000;

/** Number of lines of a sample that had each text. */
export type LearnedTexts = ReadonlyMap<string, number>;

export interface AtomCounts {
  /** A sample is being taken: the tape must have the hits of all lines. */
  readonly isSampling: boolean;
  /** Looks at a sound line of the tape. Returns true if it completes a sample. */
  see(of: Hits, line: number): boolean;
  /** Share of lines that have the atom; a guess before the first sample. */
  readonly share: (atom: number) => number;
  /** The counts of the last sample; those known before until there is one. */
  readonly learned: () => LearnedTexts;
}

/** `texts`: the texts of the atoms. `before`: the counts that are known already. */
export function createAtomCounts(
  texts: readonly string[],
  pairs: Pairs,
  before: LearnedTexts = new Map(),
): AtomCounts {
  const size = texts.length;
  let known: Uint16Array | undefined =
    before.size === 0 ? undefined : Uint16Array.from(texts, (text) => before.get(text) ?? 0);
  let counting = new Uint16Array(size);
  let lastSeen = new Uint32Array(size);
  let sampled = 0;
  let seen = 0;
  let nextSampleAt = 0;

  const count = (hits: Uint32Array): void => {
    for (let i = 0; i < hits.length; i += HIT_NUMBERS) {
      const atom = hits[i]!;
      if (lastSeen[atom] === sampled) continue;
      lastSeen[atom] = sampled;
      counting[atom]! += 1;
    }
  };

  return {
    get isSampling() {
      return seen >= nextSampleAt;
    },
    see(of, line) {
      seen += 1;
      if (seen <= nextSampleAt || !of.hasAll) return false;
      sampled += 1;
      const from = HIT_NUMBERS * of.hitsFrom[line]!;
      count(of.hits.subarray(from, HIT_NUMBERS * of.hitsFrom[line + 1]!));
      const found = new Uint32Array(HIT_NUMBERS * (of.hitsFrom[line + 1]! - of.hitsFrom[line]!));
      count(found.subarray(0, pairs.inLine(of, line, found)));
      if (sampled < SAMPLE) return false;
      known = counting;
      counting = new Uint16Array(size);
      lastSeen = new Uint32Array(size);
      sampled = 0;
      nextSampleAt = seen + Math.min(PAUSE, seen * 10);
      return true;
    },
    share: (atom) => ((known?.[atom] ?? 0) + guess(texts[atom]!)) / (known === undefined ? 1 : SAMPLE + 1),
    learned: () =>
      known === undefined ? before : new Map(texts.map((text, atom) => [text, known![atom]!] as const)),
  };
}

/** Guesses that long texts are rare. */
const guess = (text: string): number => 2 ** -text.length;
