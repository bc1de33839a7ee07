/** A small regular-expression compiler over sets of character classes: alternatives with the longest match, as JFlex runs them. */

/** A regular expression over classes, named by their numbers. */
export type Pattern =
  | { readonly kind: 'class'; readonly classes: readonly number[] }
  | { readonly kind: 'seq' | 'alt'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'star'; readonly part: Pattern };

export const seq = (...parts: readonly Pattern[]): Pattern => ({ kind: 'seq', parts });
export const alt = (...parts: readonly Pattern[]): Pattern => ({ kind: 'alt', parts });
export const star = (part: Pattern): Pattern => ({ kind: 'star', part });
export const plus = (part: Pattern): Pattern => seq(part, star(part));
export const optional = (part: Pattern): Pattern => alt(part, seq());

/** A minimal deterministic automaton. State 0 is dead, state 1 the start; `next[state * classes + class]`. */
export interface Automaton {
  readonly classes: number;
  readonly next: readonly number[];
  /** Whether a match may end in the state. */
  readonly accepting: readonly boolean[];
}

interface Nfa {
  readonly epsilon: number[][];
  readonly edges: { readonly classes: readonly number[]; readonly to: number }[][];
}

function newState(nfa: Nfa): number {
  nfa.epsilon.push([]);
  nfa.edges.push([]);
  return nfa.epsilon.length - 1;
}

/** Thompson's construction: gives the state after `pattern` entered at `from`. */
function build(nfa: Nfa, pattern: Pattern, from: number): number {
  switch (pattern.kind) {
    case 'class': {
      const to = newState(nfa);
      nfa.edges[from]!.push({ classes: pattern.classes, to });
      return to;
    }
    case 'seq':
      return pattern.parts.reduce((state, part) => build(nfa, part, state), from);
    case 'alt': {
      const to = newState(nfa);
      for (const part of pattern.parts) {
        const entry = newState(nfa);
        nfa.epsilon[from]!.push(entry);
        nfa.epsilon[build(nfa, part, entry)]!.push(to);
      }
      return to;
    }
    case 'star': {
      const loop = newState(nfa);
      nfa.epsilon[from]!.push(loop);
      nfa.epsilon[build(nfa, pattern.part, loop)]!.push(loop);
      const to = newState(nfa);
      nfa.epsilon[loop]!.push(to);
      return to;
    }
  }
}

function closure(nfa: Nfa, states: Iterable<number>): number[] {
  const seen = new Set(states);
  for (const state of seen) for (const to of nfa.epsilon[state]!) seen.add(to);
  return [...seen].sort((a, b) => a - b);
}

/** Subset construction, then Moore's minimisation. */
export function compile(pattern: Pattern, classes: number): Automaton {
  const nfa: Nfa = { epsilon: [], edges: [] };
  const end = build(nfa, pattern, newState(nfa));
  const sets: number[][] = [[], closure(nfa, [0])];
  const numbers = new Map(sets.map((set, i) => [set.join(), i]));
  const next: number[] = [];
  for (let state = 0; state < sets.length; state += 1) {
    for (let cls = 0; cls < classes; cls += 1) {
      const reached = sets[state]!.flatMap((s) =>
        nfa.edges[s]!.filter((edge) => edge.classes.includes(cls)).map((edge) => edge.to),
      );
      const set = closure(nfa, reached);
      const key = set.join();
      if (!numbers.has(key)) {
        numbers.set(key, sets.length);
        sets.push(set);
      }
      next.push(numbers.get(key)!);
    }
  }
  return minimise({ classes, next, accepting: sets.map((set) => set.includes(end)) });
}

function minimise(automaton: Automaton): Automaton {
  const { classes, next, accepting } = automaton;
  let block = accepting.map(Number);
  for (let count = 0; ;) {
    const keys = new Map<string, number>();
    const refined = block.map((own, state) => {
      const row = next.slice(state * classes, (state + 1) * classes).map((to) => block[to]!);
      const key = `${own}:${row.join()}`;
      if (!keys.has(key)) keys.set(key, keys.size);
      return keys.get(key)!;
    });
    block = refined;
    if (keys.size === count) break;
    count = keys.size;
  }
  const first = [...new Set(block)].map((b) => block.indexOf(b));
  return {
    classes,
    next: first.flatMap((state) =>
      next.slice(state * classes, (state + 1) * classes).map((to) => block[to]!),
    ),
    accepting: first.map((state) => accepting[state]!),
  };
}
