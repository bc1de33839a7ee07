/**
 * Names the tokens that could have come next, in the language's words. It starts from the states of nearley's last column that wait
 * for a token. From each it goes up to the outermost part of the grammar that begins there and has a name for people.
 */

/** The part of nearley's tables that is read here; its types do not show it. */
interface State {
  readonly rule: { readonly name: string; readonly symbols: readonly Symbol[] };
  readonly dot: number;
  readonly wantedBy: readonly State[];
}

type Symbol = string | { readonly literal?: string; readonly type?: string };

export interface Column {
  readonly scannable: readonly State[];
}

export interface Expected {
  /** Token types that would be accepted. */
  readonly types: ReadonlySet<string>;
  /** Fixed words and signs that would be accepted. */
  readonly literals: ReadonlySet<string>;
  /** Names of the grammar's parts that may begin here, outermost first. */
  readonly parts: ReadonlySet<string>;
  /** The types, words and parts in the words of people. */
  readonly words: readonly string[];
}

const PARTS: Readonly<Record<string, string>> = {
  item: '`rule NAME {` or `defaults {`',
  ruleName: 'a rule name such as order_timeouts',
  title: 'a "title" in quotes',
  clause: 'a clause (severity, when, alert, …)',
  severity: 'a severity (critical, high, medium, low, info)',
  owner: 'a team name',
  letName: 'a name',
  testName: 'the name of the test in quotes',
  path: 'a path in quotes',
  source: 'the name of a source',
  receiver: 'a receiver such as slack:"#order-oncall"',
  target: 'a receiver such as "#order-oncall"',
  object: 'values in braces such as `{ service: pay }`',
  entry: 'a pair such as `service: pay`',
  scalar: 'a value',
  step: 'a step (at, expect, replay)',
  times: '`x 5 every 10s`',
  moment: '`at 1m40s`',
  later: '`after 2m`',
  spec: 'an alert such as `count >= 5 within 5m by service`',
  within: '`within 5m`',
  by: '`by service`',
  seen: '`seen within 24h`',
  skew: '`skew 5s`',
  until: '`until NAME`',
  expected: '`expected FIELD in "file"`',
  letUse: 'the name of a `let`',
  side: 'a value or `*`',
  literal: 'a value',
  comparison: 'a comparison such as `count >= 5`',
  relation: '`>`, `>=`, `<`, `<=` or `==`',
  expr: 'a number or a measure such as `count`',
  measure: 'a measure such as `count`',
  condition: 'a condition',
  operand: 'a condition',
  atom: 'a condition',
  value: 'a value',
  bound: 'a number or a date in quotes',
  order: '`>`, `>=`, `<` or `<=`',
  field: 'a field',
};

const TYPES: Readonly<Record<string, string>> = {
  word: 'a name',
  string: 'a "quoted text"',
  number: 'a number',
  percent: 'a percentage',
  duration: 'a duration such as 5m',
  prefix: 'a prefix such as order*',
  nl: 'a new line',
  and: '`AND`',
  or: '`OR`',
  not: '`NOT`',
};

export function expectedIn(column: Column): Expected {
  const types = new Set<string>();
  const literals = new Set<string>();
  const parts = new Set<string>();
  const words = new Set<string>();
  for (const state of column.scannable) {
    const symbol = state.rule.symbols[state.dot];
    if (typeof symbol !== 'object') continue;
    if (symbol.literal !== undefined) literals.add(symbol.literal);
    if (symbol.type !== undefined) types.add(symbol.type);
    const named = outermost(state, new Set());
    for (const name of named) {
      parts.add(name);
      words.add(PARTS[name]!);
    }
    if (named.size === 0)
      words.add(symbol.literal === undefined ? (TYPES[symbol.type ?? ''] ?? '') : `\`${symbol.literal}\``);
  }
  // A line end, `*` and `/` could nearly always come next, but are hardly ever meant.
  for (const idle of [TYPES['nl']!, '`*`', '`/`']) if (words.size > 1) words.delete(idle);
  return { types, literals, parts, words: [...words] };
}

/** Returns the names of the outermost parts that begin at the same place as this state. */
function outermost(state: State, seen: Set<State>): Set<string> {
  const names = new Set<string>();
  if (seen.has(state) || state.dot !== 0) return names;
  seen.add(state);
  for (const parent of state.wantedBy) for (const name of outermost(parent, seen)) names.add(name);
  if (names.size === 0 && state.rule.name in PARTS) names.add(state.rule.name);
  return names;
}

/** Returns `a, b or c`. */
export function orList(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
}
