/**
 * Finds the regular expressions that JavaScript's own engine runs in linear time, and translates them for it: it is some thirty times as
 * fast as RE2 in JavaScript.
 *
 * An engine that tries one way after the other visits each way to read a beginning of the text at most once. So its time is linear where
 * the number of ways to read a beginning is bounded. The automaton of positions (Glushkov, 1961) has one path for each way, if no part
 * that repeats can be empty. Its sets of states are built with the number of paths to each (a determinisation with multiplicities): a
 * pattern is linear if no set has more than a few. All other patterns stay on RE2, so a wrong "no" costs time only.
 */
import { parseRegex, type CharSet, type Node, type PatternPlace } from './regex-syntax.ts';

/** Greatest number of ways to read a beginning of a text. */
const WAYS_MAX = 16;
/** Bounds of the analysis: a pattern beyond them counts as one that is not linear. */
const POSITIONS_MAX = 2_000;
const SETS_MAX = 20_000;
const STEPS_MAX = { once: 3_000_000, anywhere: 300_000 };

/** A pattern for JavaScript's engine, with the groups of the source by number and without names. */
export interface LinearPattern {
  readonly regExp: RegExp;
  /**
   * Where a match may begin so that its time is linear: `anywhere`, or at the beginning of the text alone. Elsewhere each place at which it
   * is tried may take time that is linear in the text.
   */
  readonly from: 'anywhere' | 'beginning';
  /** For matches at the beginning of a text alone. */
  readonly atBegin: RegExp;
  /** True if a match begins where a line begins. */
  readonly beginsLine: boolean;
}

/** Returns undefined for a pattern that is not known to be linear on JavaScript's engine, or to mean the same, not even at the beginning alone. */
export function linearPattern(source: string): LinearPattern | undefined {
  const tree = parseRegex(source);
  if (tree === undefined || !hasOneMeaning(tree, false)) return undefined;
  const atBegin: Node = { kind: 'sequence', parts: [{ kind: 'place', is: 'begin' }, tree] };
  const from = isLinear(tree) ? 'anywhere' : isLinear(atBegin) ? 'beginning' : undefined;
  if (from === undefined) return undefined;
  const beginsLine = beginsAt(tree, ['begin', 'line begin']);
  return { regExp: compiled(tree), from, atBegin: compiled(atBegin), beginsLine };
}

const compiled = (tree: Node): RegExp => new RegExp(written(tree), 'u');

/** Returns true if both engines give the same groups: they differ in groups that repeat, and in repeats of nothing. */
function hasOneMeaning(node: Node, repeats: boolean): boolean {
  switch (node.kind) {
    case 'set':
    case 'place':
      return true;
    case 'group':
      return !(repeats && node.isCapturing) && hasOneMeaning(node.inner, repeats);
    case 'repeat':
      return !isNullable(node.inner) && hasOneMeaning(node.inner, repeats || node.max > 1);
    case 'sequence':
      return node.parts.every((part) => hasOneMeaning(part, repeats));
    case 'choice':
      return (
        node.parts.filter(isNullable).length <= 1 && node.parts.every((part) => hasOneMeaning(part, repeats))
      );
  }
}

function isNullable(node: Node): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'place':
      return true;
    case 'group':
      return isNullable(node.inner);
    case 'repeat':
      return node.min === 0 || isNullable(node.inner);
    case 'sequence':
      return node.parts.every(isNullable);
    case 'choice':
      return node.parts.some(isNullable);
  }
}

/** Positions by which a part begins and ends; nullable: it can also be passed over. */
interface Part {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
  /** The positions of `last` behind which nothing is asked for. */
  readonly ends: readonly number[];
  /** It can be passed over, and nothing is asked for. */
  readonly isFree: boolean;
}

/** The automaton of positions. `follow` has a position twice where two ways lead to it. */
class Positions {
  readonly sets: CharSet[] = [];
  readonly follow: number[][] = [];
  /** False where the automaton does not tell all ways apart. */
  isWhole = true;

  partOf(node: Node): Part {
    switch (node.kind) {
      case 'set': {
        if (this.sets.length >= POSITIONS_MAX) this.isWhole = false;
        if (!this.isWhole) return NOTHING;
        this.follow.push([]);
        const position = this.sets.push(node.set) - 1;
        const only = [position];
        return { first: only, last: only, nullable: false, ends: only, isFree: false };
      }
      case 'place':
        return { ...NOTHING, isFree: false };
      case 'group':
        return this.partOf(node.inner);
      case 'sequence':
        return node.parts.map((part) => this.partOf(part)).reduce((a, b) => this.#behind(a, b), NOTHING);
      case 'choice': {
        const parts = node.parts.map((part) => this.partOf(part));
        return {
          first: parts.flatMap(({ first }) => first),
          last: parts.flatMap(({ last }) => last),
          nullable: parts.some(({ nullable }) => nullable),
          ends: parts.flatMap(({ ends }) => ends),
          isFree: parts.some(({ isFree }) => isFree),
        };
      }
      case 'repeat':
        return this.#repeated(node.inner, node.min, node.max);
    }
  }

  #behind(a: Part, b: Part): Part {
    for (const position of a.last) this.follow[position]!.push(...b.first);
    return {
      first: a.nullable ? [...a.first, ...b.first] : a.first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
      nullable: a.nullable && b.nullable,
      ends: b.isFree ? [...a.ends, ...b.ends] : b.ends,
      isFree: a.isFree && b.isFree,
    };
  }

  /** Repeats of a bounded number are written out. */
  #repeated(inner: Node, min: number, max: number): Part {
    let whole: Part = NOTHING;
    for (let i = 0; i < min && this.isWhole; i += 1) whole = this.#behind(whole, this.partOf(inner));
    if (max === Infinity) return this.#behind(whole, this.#starred(inner));
    // From behind: each further repeat is there only if the one before it is.
    let rest: Part = NOTHING;
    for (let i = min; i < max && this.isWhole; i += 1)
      rest = { ...this.#behind(this.partOf(inner), rest), ...PASSED };
    return this.#behind(whole, rest);
  }

  #starred(inner: Node): Part {
    const part = this.partOf(inner);
    for (const position of part.last) this.follow[position]!.push(...part.first);
    return { ...part, ...PASSED };
  }
}

const PASSED = { nullable: true, isFree: true };
const NOTHING: Part = { first: [], last: [], ends: [], ...PASSED };

function isLinear(tree: Node): boolean {
  const positions = new Positions();
  const whole = positions.partOf(tree);
  if (!positions.isWhole) return false;
  return waysAreBounded(positions, whole, beginsAt(tree, ['begin']) ? 'once' : 'anywhere');
}

/** Returns true if a match can begin at one of these places alone. */
function beginsAt(node: Node, places: readonly PatternPlace['is'][]): boolean {
  switch (node.kind) {
    case 'place':
      return places.includes(node.is);
    case 'group':
      return beginsAt(node.inner, places);
    case 'sequence':
      return node.parts.length > 0 && beginsAt(node.parts[0]!, places);
    case 'choice':
      return node.parts.every((part) => beginsAt(part, places));
    case 'repeat':
      return node.min > 0 && beginsAt(node.inner, places);
    case 'set':
      return false;
  }
}

/**
 * Builds the sets of positions that can be reached, each with its number of ways, until all are known or one has too many. A way that comes
 * to an end behind which nothing is asked for is a match, and no other is tried then: such an end has one way.
 */
function waysAreBounded(positions: Positions, whole: Part, starts: 'once' | 'anywhere'): boolean {
  const classes = classesOf(positions.sets);
  const isEnd = new Set(whole.ends);
  const again = starts === 'anywhere' ? AT_START : '';
  const seen = new Set<string>([AT_START]);
  const open = [AT_START];
  let steps = 0;
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    const next = waysBehind(from, positions, whole);
    if (next === undefined) return false;
    const byClass = new Map<number, string>();
    for (const position of [...next.keys()].sort((a, b) => a - b)) {
      const entry = String.fromCharCode(position, isEnd.has(position) ? 1 : next.get(position)!);
      steps += classes[position]!.length;
      for (const each of classes[position]!) byClass.set(each, (byClass.get(each) ?? again) + entry);
    }
    for (const to of byClass.values()) {
      if (!seen.has(to)) open.push(to);
      seen.add(to);
    }
    if (steps > STEPS_MAX[starts] || seen.size > SETS_MAX) return false;
  }
  return true;
}

/** Before the first position. A set is a text: two characters for each position, itself and its number of ways. */
const START = 0xffff;
const AT_START = String.fromCharCode(START, 1);

/** Returns the positions behind a set, with the number of ways; undefined where the set has too many. */
function waysBehind(from: string, { follow }: Positions, { first }: Part): Map<number, number> | undefined {
  const next = new Map<number, number>();
  let sum = from.startsWith(AT_START) ? -1 : 0;
  for (let i = 0; i < from.length; i += 2) {
    const position = from.charCodeAt(i);
    const ways = from.charCodeAt(i + 1);
    if ((sum += ways) > WAYS_MAX) return undefined;
    for (const each of position === START ? first : follow[position]!)
      next.set(each, Math.min((next.get(each) ?? 0) + ways, WAYS_MAX + 1));
  }
  return next;
}

/** Returns for each set the classes of characters in it; the sets tell no two characters of a class apart. */
function classesOf(sets: readonly CharSet[]): readonly (readonly number[])[] {
  const bounds = new Set(sets.flatMap((set) => set.flatMap(([from, to]) => [from, to + 1])));
  const characters = new Map<string, number>();
  for (const character of [0, ...bounds])
    if (character <= LAST_CHARACTER)
      characters.set(sets.map((set) => Number(has(set, character))).join(''), character);
  const samples = [...characters.values()];
  return sets.map((set) => samples.filter((character) => has(set, character)));
}

const LAST_CHARACTER = 0x10ffff;

const has = (set: CharSet, character: number): boolean =>
  set.some(([from, to]) => character >= from && character <= to);

/** Writes a pattern anew, with nothing in it that the two engines read differently. */
function written(node: Node): string {
  switch (node.kind) {
    case 'set':
      return writtenSet(node.set);
    case 'place':
      return node.is === 'not behind' ? `(?<!${writtenSet(node.set)})` : writtenPlaces[node.is];
    case 'group': {
      // Names would cost an object for each match.
      return `${node.isCapturing ? '(' : '(?:'}${written(node.inner)})`;
    }
    case 'repeat': {
      const times = `{${node.min},${node.max === Infinity ? '' : node.max}}${node.isLazy ? '?' : ''}`;
      return `(?:${written(node.inner)})${times}`;
    }
    case 'sequence':
      return node.parts.map(written).join('');
    case 'choice':
      return `(?:${node.parts.map(written).join('|')})`;
  }
}

const writtenSet = (set: CharSet): string =>
  `[${set.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join('')}]`;

/** To JavaScript, more characters than a line feed end a line. */
const writtenPlaces = {
  begin: '^',
  end: '$',
  'line begin': '(?:^|(?<=\\n))',
  'line end': '(?:$|(?=\\n))',
  boundary: '\\b',
} as const;

const escaped = (character: number): string => `\\u{${character.toString(16)}}`;
