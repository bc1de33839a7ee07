/**
 * Pairs of tokens that follow each other in some phrase, as atoms of their own. Two words of a phrase are often in a line, but seldom side by
 * side. Most phrases have two words, and are found by their pair alone.
 */
import { HIT_NUMBERS, type Hits } from '../../event/kernel/tape.ts';

export interface Pairs {
  /** Returns the atom of a pair; -1 if it has none. */
  find(first: number, second: number): number;
  add(first: number, second: number, atom: number): void;
  /** Returns the two tokens of a pair; undefined if the atom is no pair. */
  tokensOf(atom: number): readonly [number, number] | undefined;
  /**
   * Writes the atoms of the pairs in a line to `to`, each with its place (lane and position of the first token) behind it; returns how many
   * numbers. `to` has room for as many numbers as the line has hits, twice.
   */
  inLine(of: Hits, line: number, to: Uint32Array): number;
}

/** A pair: first token plus 1 (0: free), second token, atom. */
const ENTRY = 3;

export function createPairs(): Pairs {
  let slots = 256;
  let table = new Uint32Array(ENTRY * slots);
  const tokens = new Map<number, readonly [number, number]>();
  /** For each token if it is the first, and if it is the second of a pair: most are neither. */
  let isFirst: Uint8Array = new Uint8Array(0);
  let isSecond: Uint8Array = new Uint8Array(0);

  const slotOf = (first: number, second: number): number => {
    let slot = ((Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> 8) & (slots - 1);
    for (;;) {
      const known = table[ENTRY * slot]!;
      if (known === 0 || (known === first + 1 && table[ENTRY * slot + 1] === second)) return ENTRY * slot;
      slot = (slot + 1) & (slots - 1);
    }
  };

  const put = (first: number, second: number, atom: number): void => {
    const at = slotOf(first, second);
    table[at] = first + 1;
    table[at + 1] = second;
    table[at + 2] = atom;
  };

  const find = (first: number, second: number): number => {
    const at = slotOf(first, second);
    return table[at] === 0 ? -1 : table[at + 2]!;
  };

  return {
    find,
    tokensOf: (atom) => tokens.get(atom),
    add(first, second, atom) {
      if (2 * (tokens.size + 1) > slots) {
        const before = table;
        slots *= 2;
        table = new Uint32Array(ENTRY * slots);
        for (let at = 0; at < before.length; at += ENTRY)
          if (before[at] !== 0) put(before[at]! - 1, before[at + 1]!, before[at + 2]!);
      }
      put(first, second, atom);
      tokens.set(atom, [first, second]);
      isFirst = marked(isFirst, first);
      isSecond = marked(isSecond, second);
    },
    inLine({ hits, hitsFrom }, line, to) {
      let written = 0;
      if (tokens.size === 0) return written;
      const end = HIT_NUMBERS * (hitsFrom[line + 1]! - 1);
      for (let at = HIT_NUMBERS * hitsFrom[line]!; at < end; at += HIT_NUMBERS) {
        // A pair has places that count up. Beyond the marks stand tokens that are in no pair.
        if (isFirst[hits[at]!] !== 1 || isSecond[hits[at + 2]!] !== 1) continue;
        if (hits[at + 3] !== hits[at + 1]! + 1) continue;
        const atom = find(hits[at]!, hits[at + 2]!);
        if (atom < 0) continue;
        to[written++] = atom;
        to[written++] = hits[at + 1]!;
      }
      return written;
    },
  };
}

function marked(marks: Uint8Array, token: number): Uint8Array {
  let long = marks;
  if (token >= marks.length) {
    long = new Uint8Array(2 * token + 64);
    long.set(marks);
  }
  long[token] = 1;
  return long;
}
