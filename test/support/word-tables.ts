/**
 * Makes the tables of src/event/analysis from the Unicode Character Database 12.1: classes of code points and the automaton of
 * Lucene's StandardTokenizer over them. `npm run tables` writes them; a test compares what is committed with what this gives.
 * Source of the grammar: UAX #29 and Lucene 9's StandardTokenizerImpl.jflex.
 */
import { writeFileSync } from 'node:fs';
import { alt, compile, optional, plus, seq, star } from './word-automaton.ts';
import type { Pattern } from './word-automaton.ts';

type CodePoints = ReadonlySet<number>;

async function load(path: string): Promise<CodePoints> {
  const module = (await import(`@unicode/unicode-12.1.0/${path}/code-points.mjs`)) as {
    default: readonly number[];
  };
  return new Set(module.default);
}

const or = (...sets: readonly CodePoints[]): CodePoints => new Set(sets.flatMap((set) => [...set]));
const and = (a: CodePoints, b: CodePoints): CodePoints => new Set([...a].filter((c) => b.has(c)));
const without = (a: CodePoints, b: CodePoints): CodePoints => new Set([...a].filter((c) => !b.has(c)));
const range = (from: number, to: number): CodePoints =>
  new Set(Array.from({ length: to - from + 1 }, (_, i) => from + i));

/** The sets of code points that the grammar speaks of. */
async function characterSets() {
  const wordBreak = (name: string) => load(`Word_Break/${name}`);
  const [extend, format, zwj] = [
    await wordBreak('Extend'),
    await wordBreak('Format'),
    await wordBreak('ZWJ'),
  ];
  const singleQuote = await wordBreak('Single_Quote');
  const midNumLet = or(await wordBreak('MidNumLet'), singleQuote);
  const hebrew = await wordBreak('Hebrew_Letter');
  const regional = await wordBreak('Regional_Indicator');
  const modifier = await load('Binary_Property/Emoji_Modifier');
  const pictographic = await load('Binary_Property/Extended_Pictographic');
  const keycap = or(range(0x30, 0x39), new Set([0x23, 0x2a]));
  const notAlone = or(regional, keycap, new Set([0xa9, 0xae, 0x2122, 0x3030, 0x303d]), modifier);
  const fullWidthDigits = and(
    await load('General_Category/Decimal_Number'),
    await load('Block/Halfwidth_And_Fullwidth_Forms'),
  );
  return {
    letter: or(await wordBreak('ALetter'), hebrew),
    hebrew,
    digit: or(await wordBreak('Numeric'), fullWidthDigits),
    katakana: await wordBreak('Katakana'),
    joiner: await wordBreak('ExtendNumLet'),
    midLetter: or(await wordBreak('MidLetter'), midNumLet),
    midNumber: or(await wordBreak('MidNum'), midNumLet),
    singleQuote,
    doubleQuote: await wordBreak('Double_Quote'),
    extend: or(extend, format, zwj),
    extendNoSelector: without(or(extend, format, zwj), new Set([0xfe0e, 0xfe0f])),
    zwj,
    han: await load('Script/Han'),
    hiragana: await load('Script/Hiragana'),
    southEastAsian: await load('Line_Break/Complex_Context'),
    regional,
    emoji: or(pictographic, without(await load('Binary_Property/Emoji'), notAlone)),
    modifierBase: await load('Binary_Property/Emoji_Modifier_Base'),
    modifier,
    keycapBase: keycap,
    keycap: new Set([0x20e3]),
    emojiSelector: new Set([0xfe0f]),
    tag: range(0xe0020, 0xe007e),
    tagEnd: new Set([0xe007f]),
  } satisfies Record<string, CodePoints>;
}

type SetName = keyof Awaited<ReturnType<typeof characterSets>>;

/** Splits the code points by the sets they are in: class 0 is in none. */
function partition(sets: Record<SetName, CodePoints>) {
  const names = Object.keys(sets) as SetName[];
  const signatures = new Map<string, number>([['', 0]]);
  const classOf = new Uint8Array(0x110000);
  for (const codePoint of or(...Object.values(sets))) {
    const signature = names.filter((name) => sets[name].has(codePoint)).join();
    if (!signatures.has(signature)) signatures.set(signature, signatures.size);
    classOf[codePoint] = signatures.get(signature)!;
  }
  const classesOf = (name: SetName): number[] =>
    [...signatures].filter(([signature]) => signature.split(',').includes(name)).map(([, cls]) => cls);
  return { classOf, classes: signatures.size, classesOf };
}

/** What is a token: the alternatives of StandardTokenizerImpl.jflex, of which the longest match wins. */
function tokenPattern(classesOf: (name: SetName) => number[]): Pattern {
  const set = (name: SetName): Pattern => ({ kind: 'class', classes: classesOf(name) });
  const extended = (name: SetName): Pattern => seq(set(name), star(set('extend')));
  const joined = (item: Pattern, between?: Pattern): Pattern =>
    seq(item, star(seq(alt(star(joiner), ...(between === undefined ? [] : [between])), item)));
  const joiner = extended('joiner');
  const number = joined(extended('digit'), extended('midNumber'));
  const hebrewQuoted = seq(
    extended('hebrew'),
    alt(extended('singleQuote'), seq(extended('doubleQuote'), extended('hebrew'))),
  );
  const letters = joined(extended('letter'), extended('midLetter'));
  const part = alt(joined(extended('katakana')), plus(alt(hebrewQuoted, number, letters)));
  const word = seq(star(joiner), part, star(seq(plus(joiner), part)), star(joiner));
  return alt(
    word,
    plus(extended('southEastAsian')),
    extended('han'),
    extended('hiragana'),
    emojiPattern(set),
  );
}

function emojiPattern(set: (name: SetName) => Pattern): Pattern {
  const modifiers = star(set('extendNoSelector'));
  const joiners = star(set('zwj'));
  const element = alt(
    seq(joiners, set('emoji'), modifiers, optional(set('emojiSelector'))),
    seq(optional(seq(joiners, set('modifierBase'), modifiers)), set('modifier'), modifiers),
  );
  const flag = seq(set('regional'), star(set('extend')));
  return alt(
    seq(element, alt(seq(plus(set('tag')), set('tagEnd')), star(seq(set('zwj'), element)))),
    seq(set('keycapBase'), modifiers, optional(set('emojiSelector')), set('keycap'), modifiers),
    seq(flag, flag),
  );
}

/** Runs of equal class from code point 0 on, each as its class and its length in base-128 digits, low first. */
function runs(classOf: Uint8Array): number[] {
  const bytes: number[] = [];
  for (let from = 0, to = 0; from < classOf.length; from = to) {
    while (to < classOf.length && classOf[to] === classOf[from]) to += 1;
    bytes.push(classOf[from]!);
    let length = to - from;
    for (; length >= 128; length = Math.floor(length / 128)) bytes.push(128 + (length % 128));
    bytes.push(length);
  }
  return bytes;
}

const lines = (bytes: readonly number[]): string =>
  Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{1,96}/g, (part) => `  '${part}' +\n`)
    .replace(/ \+\n$/, '');

/** The text of src/event/analysis/tables.ts. */
export async function wordTables(): Promise<string> {
  const { classOf, classes, classesOf } = partition(await characterSets());
  const automaton = compile(tokenPattern(classesOf), classes);
  return `/** Generated by \`npm run tables\` from Unicode 12.1.0, which Lucene's StandardTokenizer is built on. Do not edit. */

export const UNICODE_VERSION = '12.1.0';

/** Number of classes of code points. */
export const CLASSES = ${classes};

/** Base64 of runs of code points of one class, from 0 on: class, length in base-128 digits (low first, high bit: more follow). */
export const CLASS_RUNS =
${lines(runs(classOf))};

/** Base64 of the automaton's next states, CLASSES a state. State 0 is dead, state 1 the start. */
export const NEXT_STATES =
${lines(automaton.next)};

/** For each state whether a token may end in it. */
export const ACCEPTING = '${automaton.accepting.map(Number).join('')}';
`;
}

if (import.meta.main) {
  writeFileSync(new URL('../../src/event/analysis/tables.ts', import.meta.url), await wordTables());
}
