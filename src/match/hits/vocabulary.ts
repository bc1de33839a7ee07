/**
 * The texts that rules look for, as atoms of a line kernel, and the fields in which they look, as slots. One text is one atom, whether it is
 * looked for as a token or as a whole value: the slot of a hit tells which it was.
 */
import type { Field } from '../../event/event.ts';
import { LineKernel, type Way } from '../../event/kernel/line-kernel.ts';

export interface Vocabulary {
  readonly kernel: LineKernel;
  /** Returns the bit of the slot of a field; undefined if its values take more than a look at their bytes. */
  slotBit(field: Field): number | undefined;
  token(text: string): number;
  whole(text: string): number;
  /** The texts of the atoms. */
  readonly texts: readonly string[];
  /** False once something found no room in the kernel, which then cannot be used for these rules. */
  readonly fits: boolean;
}

export function createVocabulary(): Vocabulary {
  const kernel = new LineKernel();
  const slots = new Map<Field, number | undefined>();
  const atoms = new Map<string, number>();
  const texts: string[] = [];
  let fits = true;

  function bitOf(field: Field): number | undefined {
    const way = wayOf(field);
    if (way === undefined) return undefined;
    const slot = kernel.addField(way, field.paths.length === 0 ? [field.name] : field.paths);
    if (slot !== undefined) return 2 ** slot;
    fits = false;
    return undefined;
  }

  function atomOf(kind: 'token' | 'whole', text: string): number {
    let atom = atoms.get(text);
    if (atom === undefined) atoms.set(text, (atom = texts.push(text) - 1));
    if (kernel.addText(kind, text, atom) === undefined) fits = false;
    return atom;
  }

  return {
    kernel,
    slotBit(field) {
      if (!slots.has(field)) slots.set(field, bitOf(field));
      return slots.get(field);
    },
    token: (text) => atomOf('token', text),
    whole: (text) => atomOf('whole', text),
    texts,
    get fits() {
      return fits;
    },
  };
}

/** The value of `@timestamp` is the time of the event, and a date can be written in many ways. */
function wayOf({ name, type, normalise }: Field): Way | undefined {
  if (name === '@timestamp' || type === 'date') return undefined;
  if (type === 'text') return normalise === undefined ? 'text' : 'normalisedText';
  return type === 'keyword' ? (normalise ?? 'keyword') : type;
}
