/**
 * Parses the plain part of the syntax of regular expressions, in which RE2 and JavaScript agree or can be made to agree: characters,
 * classes, groups, choices, repeats, `^`, `$`, `\b`, ends of lines (`(?m:^)`, `(?m:$)`) and `(?<!…)` of one character. Everything else
 * (flags, `\p`, POSIX classes, octal numbers) is left to RE2.
 */

/** Ranges of characters, both ends included, in order and apart. */
export type CharSet = readonly (readonly [from: number, to: number])[];

export type Node =
  | { readonly kind: 'set'; readonly set: CharSet }
  | PatternPlace
  | { readonly kind: 'group'; readonly inner: Node; readonly isCapturing: boolean; readonly name?: string }
  | {
      readonly kind: 'repeat';
      readonly inner: Node;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] };

/** A condition on a place of the text, which takes no character. `not behind`: no character of the set is in front. */
export type PatternPlace =
  | { readonly kind: 'place'; readonly is: 'begin' | 'end' | 'line begin' | 'line end' | 'boundary' }
  | { readonly kind: 'place'; readonly is: 'not behind'; readonly set: CharSet };

/** Returns undefined for a pattern that has more than the plain part. The pattern must be one that RE2 takes. */
export function parseRegex(source: string): Node | undefined {
  try {
    const parser = new Parser(Array.from(source));
    return parser.whole();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class NotPlain extends Error {}

const LAST = 0x10ffff;
const DEPTH_MAX = 50;
const REPEATS_MAX = 1_000;

const DIGITS: CharSet = [[48, 57]];
const WORD: CharSet = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
/** White space as RE2 has it; JavaScript's `\s` has more. */
const SPACE: CharSet = [
  [9, 10],
  [12, 13],
  [32, 32],
];
const CLASSES: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: inverted(DIGITS),
  w: WORD,
  W: inverted(WORD),
  s: SPACE,
  S: inverted(SPACE),
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(text: readonly string[]) {
    this.#text = text;
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new NotPlain();
    return node;
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at]!))
      parts.push(this.#repeated());
    return { kind: 'sequence', parts };
  }

  #repeated(): Node {
    const inner = this.#atom();
    const times = this.#times();
    if (times === undefined) return inner;
    const isLazy = this.#take('?');
    // RE2 refuses some repeats of repeats, and reads others as JavaScript does not.
    if (inner.kind === 'place' || this.#times() !== undefined) throw new NotPlain();
    return { kind: 'repeat', inner, ...times, isLazy };
  }

  #times(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#text[this.#at] !== '{') return undefined;
    const match = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/u.exec(
      this.#text.slice(this.#at, this.#at + 12).join(''),
    );
    if (match === null) throw new NotPlain();
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : Number(match[3] ?? Infinity);
    if (min > REPEATS_MAX || (max !== Infinity && max > REPEATS_MAX) || max < min) throw new NotPlain();
    return { min, max };
  }

  #atom(): Node {
    const character = this.#next();
    switch (character) {
      case '^':
        return { kind: 'place', is: 'begin' };
      case '$':
        return { kind: 'place', is: 'end' };
      case '.':
        return { kind: 'set', set: inverted([[10, 10]]) };
      case '(':
        return this.#place() ?? this.#group();
      case '[':
        return { kind: 'set', set: this.#class() };
      case '\\':
        return this.#take('b') ? { kind: 'place', is: 'boundary' } : { kind: 'set', set: this.#escape() };
      case '*':
      case '+':
      case '?':
      case '{':
      case ')':
        throw new NotPlain();
      default:
        return { kind: 'set', set: one(character) };
    }
  }

  #place(): PatternPlace | undefined {
    if (this.#takeAll('?m:^)')) return { kind: 'place', is: 'line begin' };
    if (this.#takeAll('?m:$)')) return { kind: 'place', is: 'line end' };
    if (!this.#takeAll('?<!')) return undefined;
    const inner = this.#atom();
    if (inner.kind !== 'set' || !this.#take(')')) throw new NotPlain();
    return { kind: 'place', is: 'not behind', set: inner.set };
  }

  #group(): Node {
    let name: string | undefined;
    let isCapturing = true;
    if (this.#take('?')) {
      if (this.#take(':')) isCapturing = false;
      else name = this.#name();
    }
    if ((this.#depth += 1) > DEPTH_MAX) throw new NotPlain();
    const inner = this.#choice();
    this.#depth -= 1;
    if (!this.#take(')')) throw new NotPlain();
    return { kind: 'group', inner, isCapturing, ...(name !== undefined && { name }) };
  }

  #name(): string {
    this.#take('P');
    const match = /^<([A-Za-z_]\w*)>/u.exec(this.#text.slice(this.#at, this.#at + 200).join(''));
    if (match === null) throw new NotPlain();
    this.#at += match[0].length;
    return match[1]!;
  }

  #class(): CharSet {
    const isInverted = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; isFirst || this.#text[this.#at] !== ']'; isFirst = false) {
      const from = this.#member();
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']';
      if (!isRange) {
        ranges.push(...from);
        continue;
      }
      this.#at += 1;
      const to = this.#member();
      const [low, high] = [single(from), single(to)];
      if (low > high) throw new NotPlain();
      ranges.push([low, high]);
    }
    this.#at += 1;
    const set = united(ranges);
    return isInverted ? inverted(set) : set;
  }

  #member(): CharSet {
    const character = this.#next();
    // A POSIX class, or something that one of the engines may take for one.
    if (character === '[' && ':.='.includes(this.#text[this.#at] ?? ' ')) throw new NotPlain();
    return character === '\\' ? this.#escape() : one(character);
  }

  #escape(): CharSet {
    const character = this.#next();
    if (Object.hasOwn(CLASSES, character)) return CLASSES[character]!;
    if (character === 'x') return one(String.fromCodePoint(this.#hexadecimal()));
    if (Object.hasOwn(CONTROLS, character)) return one(String.fromCodePoint(CONTROLS[character]!));
    if (/[A-Za-z0-9]/u.test(character) || character.codePointAt(0)! > 126) throw new NotPlain();
    return one(character);
  }

  /** The two digits behind `\\x`. */
  #hexadecimal(): number {
    const digits = this.#next() + this.#next();
    if (!/^[0-9A-Fa-f]{2}$/u.test(digits)) throw new NotPlain();
    return parseInt(digits, 16);
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new NotPlain();
    this.#at += 1;
    return character;
  }

  #takeAll(characters: string): boolean {
    const isThere = Array.from(characters).every((each, i) => this.#text[this.#at + i] === each);
    if (isThere) this.#at += characters.length;
    return isThere;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

function one(character: string): CharSet {
  const code = character.codePointAt(0)!;
  return [[code, code]];
}

function single(set: CharSet): number {
  const [range, second] = set;
  if (range === undefined || second !== undefined || range[0] !== range[1]) throw new NotPlain();
  return range[0];
}

function united(ranges: readonly (readonly [number, number])[]): CharSet {
  const result: [number, number][] = [];
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

function inverted(set: CharSet): CharSet {
  const result: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of set) {
    if (low > from) result.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= LAST) result.push([from, LAST]);
  return result;
}
