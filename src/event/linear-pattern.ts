/**
 * Finds the regular expressions that JavaScript's own engine runs in linear time, and translates them for it: it is some thirty times as
 * fast as RE2 in JavaScript.
 *
 * An engine that tries one way after the other visits each way to read a beginning of the text at most once. So its time is linear where
 * the number of ways to read a beginning is bounded. The automaton of positions (Glushkov, 1961) has one path for each way, if no part
 * that repeats can be empty. Its sets of states are built with the number of paths to each (a determinisation with multiplicities): a
 * pattern is linear if no set has more than a few. All other patterns stay on RE2, so a wrong "no" costs time only.
 */
import { parseRegex, type CharSet, type Node } from './regex-syntax.ts';

/** Greatest number of ways to read a beginning of a text. */
const WAYS_MAX = 16;
/** Bounds of the analysis: a pattern beyond them counts as one that is not linear. */
const POSITIONS_MAX = 300;
const SETS_MAX = 2_000;

/**
 * Returns the pattern for JavaScript's engine, with the groups of the source by number and without names; undefined if it is not known to
 * be linear there, or to mean the same.
 */
export function linearRegExp(source: string): RegExp | undefined {
  const tree = parseRegex(source);
  if (tree === undefined || !hasOneMeaning(tree, false) || !isLinear(tree)) return undefined;
  return new RegExp(written(tree), 'u');
}

/** Returns true if both engines give the same groups: they differ in groups that repeat, and in repeats of nothing. */
function hasOneMeaning(node: Node, repeats: boolean): boolean {
  switch (node.kind) {
    case 'set':
    case 'begin':
    case 'end':
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
    case 'begin':
    case 'end':
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
        return { first: [position], last: [position], nullable: false };
      }
      case 'begin':
      case 'end':
        return NOTHING;
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
      rest = { ...this.#behind(this.partOf(inner), rest), nullable: true };
    return this.#behind(whole, rest);
  }

  #starred(inner: Node): Part {
    const part = this.partOf(inner);
    for (const position of part.last) this.follow[position]!.push(...part.first);
    return { ...part, nullable: true };
  }
}

const NOTHING: Part = { first: [], last: [], nullable: true };

function isLinear(tree: Node): boolean {
  const positions = new Positions();
  const whole = positions.partOf(tree);
  if (!positions.isWhole) return false;
  const starts = beginsAtBegin(tree) ? 'once' : 'anywhere';
  return waysAreBounded(positions, whole.first, starts);
}

/** Returns true if a match can begin at the beginning of the text alone. */
function beginsAtBegin(node: Node): boolean {
  switch (node.kind) {
    case 'begin':
      return true;
    case 'group':
      return beginsAtBegin(node.inner);
    case 'sequence':
      return node.parts.length > 0 && beginsAtBegin(node.parts[0]!);
    case 'choice':
      return node.parts.every(beginsAtBegin);
    case 'repeat':
      return node.min > 0 && beginsAtBegin(node.inner);
    case 'set':
    case 'end':
      return false;
  }
}

/** Builds the sets of positions that can be reached, each with its number of ways, until all are known or one has too many. */
function waysAreBounded(
  { sets, follow }: Positions,
  first: readonly number[],
  starts: 'once' | 'anywhere',
): boolean {
  const samples = sampleCharacters(sets);
  const matching = samples.map((character) => sets.map((set) => has(set, character)));
  const seen = new Set<string>();
  const open: ReadonlyMap<number, number>[] = [new Map([[START, 1]])];
  for (let from = open.pop(); from !== undefined; from = open.pop())
    for (const matches of matching) {
      const to = new Map<number, number>();
      let ways = 0;
      const add = (position: number, count: number): void => {
        if (!matches[position]!) return;
        to.set(position, (to.get(position) ?? 0) + count);
        ways += count;
      };
      for (const [position, count] of from)
        for (const next of position === START ? first : follow[position]!) add(next, count);
      if (ways > WAYS_MAX) return false;
      if (starts === 'anywhere') to.set(START, 1);
      const key = [...to].sort(([a], [b]) => a - b).join(';');
      if (to.size === 0 || seen.has(key)) continue;
      if (seen.add(key).size > SETS_MAX) return false;
      open.push(to);
    }
  return true;
}

/** Before the first position. */
const START = -1;

/** Returns a character of each class that the sets tell apart. */
function sampleCharacters(sets: readonly CharSet[]): readonly number[] {
  const bounds = new Set(sets.flatMap((set) => set.flatMap(([from, to]) => [from, to + 1])));
  return [0, ...bounds].filter((character) => character <= LAST_CHARACTER);
}

const LAST_CHARACTER = 0x10ffff;

const has = (set: CharSet, character: number): boolean =>
  set.some(([from, to]) => character >= from && character <= to);

/** Writes a pattern anew, with nothing in it that the two engines read differently. */
function written(node: Node): string {
  switch (node.kind) {
    case 'set':
      return `[${node.set.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join('')}]`;
    case 'begin':
      return '^';
    case 'end':
      return '$';
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

const escaped = (character: number): string => `\\u{${character.toString(16)}}`;
