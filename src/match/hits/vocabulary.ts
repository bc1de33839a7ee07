/**
 * The texts that rules look for, as atoms, and the fields in which they look, as lanes. One text is one atom, whether it is looked for as a
 * token or as a whole value: the lane of a hit tells which it was.
 */
import type { Field } from '../../event/event.ts';
import { pathsOf } from '../../event/field-path.ts';
import { LineKernel, type TextKind, type Way } from '../../event/kernel/line-kernel.ts';
import { LANES_MAX } from '../../event/kernel/tape.ts';
import { createPairs, type Pairs } from './pairs.ts';

export interface Vocabulary {
  /** Knows all texts and lanes. Undefined if there is none, or once something found no room in it. */
  readonly kernel: LineKernel | undefined;
  /** The fields by lane. */
  readonly fields: readonly Field[];
  /** The texts of the atoms. */
  readonly texts: readonly string[];
  /** Returns the bit of the lane of a field; undefined if its values take more than a look at their texts, or if there is no lane left. */
  laneBit(field: Field): number | undefined;
  /** Returns the atom of a token or of a whole value. */
  add(kind: TextKind, text: string): number;
  /** Returns the atom of a text that was added; undefined if no rule looks for it. */
  find(kind: TextKind, text: string): number | undefined;
  /** Returns the atom of two tokens that follow each other. */
  pair(first: number, second: number): number;
  readonly pairs: Pairs;
  /** Lets the tape have the values of a field. */
  keep(field: Field): void;
}

/** `forLines`: with a kernel, which takes milliseconds and megabytes. */
export function createVocabulary(forLines: boolean): Vocabulary {
  let kernel: LineKernel | undefined = forLines ? new LineKernel() : undefined;
  const bits = new Map<Field, number | undefined>();
  const fields: Field[] = [];
  const atoms = new Map<string, number>();
  const texts: string[] = [];
  const pairs = createPairs();
  const known = { token: new Map<string, number>(), whole: new Map<string, number>() };

  function bitOf(field: Field): number | undefined {
    const way = wayOf(field);
    if (way === undefined || fields.length === LANES_MAX) return undefined;
    if (kernel?.addField(way, pathsOf(field)) === undefined) kernel = undefined;
    return 2 ** (fields.push(field) - 1);
  }

  return {
    get kernel() {
      return kernel;
    },
    fields,
    texts,
    laneBit(field) {
      if (!bits.has(field)) bits.set(field, bitOf(field));
      return bits.get(field);
    },
    add(kind, text) {
      let atom = known[kind].get(text);
      if (atom !== undefined) return atom;
      atom = atoms.get(text);
      if (atom === undefined) atoms.set(text, (atom = texts.push(text) - 1));
      known[kind].set(text, atom);
      if (kernel?.addText(kind, text, atom) === undefined) kernel = undefined;
      return atom;
    },
    pair(first, second) {
      const known = pairs.find(first, second);
      if (known >= 0) return known;
      // No text has this character between two tokens, so it is the text of no other atom.
      const atom = texts.push(`${texts[first]!}\u0000${texts[second]!}`) - 1;
      pairs.add(first, second, atom);
      if (kernel?.addPair(first, second, atom) === undefined) kernel = undefined;
      return atom;
    },
    pairs,
    find: (kind, text) => known[kind].get(text),
    keep(field) {
      for (const path of pathsOf(field)) if (kernel?.path(path) === undefined) kernel = undefined;
    },
  };
}

/** The value of `@timestamp` is the time of the event, and a date can be written in many ways. */
function wayOf({ name, type, normalise }: Field): Way | undefined {
  if (name === '@timestamp' || type === 'date') return undefined;
  if (type === 'text') return normalise === undefined ? 'text' : 'normalisedText';
  return type === 'keyword' ? (normalise ?? 'keyword') : type;
}
