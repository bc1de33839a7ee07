/**
 * The lines that a rule really matches, found without any engine: by the lines that each wanted word stands in. Slow to make and plain to
 * read; every engine that says the same as the rules is held to it.
 */
import { tokenTexts } from '../../../src/event/analysis/analyze.ts';
import type { Wanted } from './order-rules.ts';

export interface Truth {
  /** Numbers of the lines, ascending. */
  linesOf(rule: Wanted): readonly number[];
}

type Leaf = Exclude<Wanted, { readonly kind: 'and' | 'or' | 'not' }>;

/** Knows what `rules` ask for, nothing else. */
export function truthOf(lines: readonly string[], rules: readonly Wanted[]): Truth {
  const wanted = wantedBy(rules);
  const standing = new Map<string, number[]>();
  const stands = (key: string, line: number): void => {
    const at = standing.get(key) ?? [];
    if (at.at(-1) !== line) at.push(line);
    standing.set(key, at);
  };
  for (const [i, line] of lines.entries()) {
    const document = documentOf(line);
    for (const text of textsIn(document))
      for (const token of tokenTexts(text)) {
        if (wanted.words.has(token)) stands(`word ${token}`, i);
        for (const length of wanted.prefixLengths) stands(`prefix ${token.slice(0, length)}`, i);
      }
    for (const name of ['level', 'service', 'status'])
      if (document[name] !== undefined) stands(`${name} ${document[name] as string | number}`, i);
  }
  const read = new Map<number, readonly (readonly string[])[]>();
  /** The words of each text of a line. Phrases ask for the same lines again and again. */
  const wordsOf = (i: number): readonly (readonly string[])[] => {
    const known = read.get(i) ?? textsIn(documentOf(lines[i]!)).map(tokenTexts);
    read.set(i, known);
    return known;
  };
  const linesOfLeaf = (leaf: Leaf): readonly number[] => {
    if (leaf.kind === 'field') return standing.get(`${leaf.field} ${leaf.value}`) ?? [];
    if (leaf.kind === 'prefix') return standing.get(`prefix ${leaf.prefix}`) ?? [];
    const each = leaf.words.map((word) => standing.get(`word ${word}`) ?? []);
    const together = common(each);
    return leaf.words.length === 1 ? together : together.filter((i) => hasPhrase(wordsOf(i), leaf.words));
  };
  const linesOf = (rule: Wanted): readonly number[] => {
    switch (rule.kind) {
      case 'or':
        return [...new Set(rule.of.flatMap(linesOf))].sort((a, b) => a - b);
      case 'not':
        return without(lines.keys(), linesOf(rule.of));
      case 'and': {
        const plain = rule.of.filter((each) => each.kind !== 'not');
        const found = plain.length > 0 ? common(plain.map(linesOf)) : [...lines.keys()];
        return rule.of.reduce(
          (left, each) => (each.kind === 'not' ? without(left, linesOf(each.of)) : left),
          found,
        );
      }
      case 'words':
      case 'prefix':
      case 'field':
        return linesOfLeaf(rule);
    }
  };
  return { linesOf };
}

/** Matches of all rules after each chunk of lines, since the first line. */
export function matchesAfter(
  lines: readonly string[],
  rules: readonly Wanted[],
  chunkLines: number,
): readonly number[] {
  const truth = truthOf(lines, rules);
  const matches = new Array<number>(Math.ceil(lines.length / chunkLines)).fill(0);
  for (const rule of rules) for (const i of truth.linesOf(rule)) matches[Math.floor(i / chunkLines)]! += 1;
  let sum = 0;
  return matches.map((here) => (sum += here));
}

function wantedBy(rules: readonly Wanted[]): {
  words: ReadonlySet<string>;
  prefixLengths: ReadonlySet<number>;
} {
  const words = new Set<string>();
  const prefixLengths = new Set<number>();
  const visit = (rule: Wanted): void => {
    if (rule.kind === 'words') for (const word of rule.words) words.add(word);
    else if (rule.kind === 'prefix') prefixLengths.add(rule.prefix.length);
    else if (rule.kind === 'not') visit(rule.of);
    else if (rule.kind !== 'field') rule.of.forEach(visit);
  };
  rules.forEach(visit);
  return { words, prefixLengths };
}

/** A line that is no JSON is a message. */
function documentOf(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { message: line };
  }
}

function textsIn(part: unknown): readonly string[] {
  if (typeof part === 'string') return [part];
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(textsIn) : [];
}

function hasPhrase(texts: readonly (readonly string[])[], words: readonly string[]): boolean {
  return texts.some((tokens) => {
    for (let at = tokens.indexOf(words[0]!); at >= 0; at = tokens.indexOf(words[0]!, at + 1))
      if (words.every((word, i) => tokens[at + i] === word)) return true;
    return false;
  });
}

/** What is in every list. */
function common(lists: readonly (readonly number[])[]): readonly number[] {
  const [shortest, ...rest] = lists.toSorted((a, b) => a.length - b.length);
  return rest.reduce<readonly number[]>((left, list) => left.filter((line) => isIn(list, line)), shortest!);
}

function without(from: Iterable<number>, list: readonly number[]): readonly number[] {
  return Array.from(from).filter((line) => !isIn(list, line));
}

function isIn(list: readonly number[], line: number): boolean {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < line) low = middle + 1;
    else high = middle;
  }
  return list[low] === line;
}
