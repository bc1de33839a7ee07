/**
 * Dissect patterns as Logstash and the ingest node of Elasticsearch write them: `%{ts} %{+ts} [%{level->}] %{?skipped}: %{message}`. A key
 * takes the text up to the next occurrence of the delimiter that follows it. The last key takes the rest of the line.
 *
 * `->` skips repeats of the delimiter. `+name` appends, joined by the delimiter before it (as Logstash does); `/2` sets the order. `?name`
 * and an empty name skip the text. `&name` takes as its key the text that `*name` or `?name` found. `[a][b]` is the key `a.b`.
 */
import { put } from './line-decoder.ts';
import type { DecodedLine, Draft, LineDecoder } from './line-decoder.ts';

type Use = 'take' | 'append' | 'skip' | 'name' | 'valueOf';

interface Key {
  readonly use: Use;
  readonly name: string;
  readonly order: number;
  readonly padded: boolean;
  /** The text of the pattern before the key and after it. */
  readonly before: string;
  readonly after: string;
}

/** Compiles a pattern. Throws RangeError for a wrong pattern. Its message is for the person who wrote the configuration. */
export function dissectDecoder(pattern: string): LineDecoder {
  const keys = parsePattern(pattern);
  const values = keys.map(() => '');
  return (line) => {
    const missing = split(keys, line, values);
    return missing === undefined ? { document: assemble(keys, values), json: false } : missing;
  };
}

/** Returns the names that a line can give: the keys of the pattern; undefined when lines name keys themselves (`*`, `&`). */
export function dissectNames(pattern: string): ReadonlySet<string> | undefined {
  const keys = parsePattern(pattern);
  if (keys.some(({ use }) => use === 'valueOf')) return undefined;
  return new Set(keys.flatMap(({ use, name }) => (use === 'take' || use === 'append' ? [name] : [])));
}

const KEY_SHAPE = /%\{([+*&?]?)([^}]*?)(?:\/(\d+))?(->)?\}/g;
const uses: Readonly<Record<string, Use>> = {
  '': 'take',
  '+': 'append',
  '?': 'skip',
  '*': 'name',
  '&': 'valueOf',
};

/** Limits far above any pattern that a person writes. They are needed because each key costs time at each line. */
const LENGTH_MAX = 4_000;
const KEYS_MAX = 200;

function parsePattern(pattern: string): readonly Key[] {
  if (pattern.length > LENGTH_MAX)
    throw new RangeError(`a dissect pattern is longer than ${LENGTH_MAX} characters`);
  const found = [...pattern.matchAll(KEY_SHAPE)];
  if (found.length > KEYS_MAX) throw new RangeError(`a dissect pattern has more than ${KEYS_MAX} keys`);
  if (found.length === 0) throw new RangeError(`dissect pattern "${pattern}" has no %{key}`);
  const keys = found.map((match, i): Key => {
    const [whole, modifier, written, order, padding] = match as unknown as [
      string,
      string,
      string,
      string?,
      string?,
    ];
    const end = match.index + whole.length;
    const previous = found[i - 1];
    const name = written.replaceAll(/^\[|\]$/g, '').replaceAll('][', '.');
    return {
      use: name === '' && modifier !== '*' && modifier !== '&' ? 'skip' : uses[modifier]!,
      name,
      order: Number(order ?? 0),
      padded: padding !== undefined,
      before: pattern.slice(previous === undefined ? 0 : previous.index + previous[0].length, match.index),
      after: pattern.slice(end, found[i + 1]?.index ?? pattern.length),
    };
  });
  check(pattern, keys);
  return keys;
}

function check(pattern: string, keys: readonly Key[]): void {
  const wrong = (what: string): never => {
    throw new RangeError(`dissect pattern "${pattern}": ${what}`);
  };
  keys.forEach((key, i) => {
    if (key.after === '' && i < keys.length - 1) {
      wrong(`%{${key.name}} and %{${keys[i + 1]!.name}} need a delimiter between them`);
    }
    if (`${key.before}${key.after}`.includes('%{')) wrong('a %{ is not closed by }');
    if ((key.use === 'name' || key.use === 'valueOf') && key.name === '') wrong('* and & need a name');
    if (key.use === 'valueOf' && !keys.some((other) => names(other, key.name))) {
      wrong(`%{&${key.name}} needs a %{*${key.name}} that gives its key`);
    }
    if (key.use === 'name' && !keys.some((other) => other.use === 'valueOf' && other.name === key.name)) {
      wrong(`%{*${key.name}} needs a %{&${key.name}} that gives its value`);
    }
  });
}

const names = (key: Key, name: string): boolean =>
  (key.use === 'name' || key.use === 'skip') && key.name === name;

/** Returns the index up to which a line fits: where a delimiter of the pattern is missing. Undefined for a line that fits. */
export function dissectPlace(pattern: string, line: string): number | undefined {
  const keys = parsePattern(pattern);
  const missing = split(keys, line, []);
  if (missing === undefined) return undefined;
  let at = keys[0]!.before.length;
  if (!line.startsWith(keys[0]!.before)) return 0;
  for (const key of keys) {
    const end = line.indexOf(key.after, at);
    if (end < 0) break;
    at = end + key.after.length;
    if (key.padded && key.after !== '') while (line.startsWith(key.after, at)) at += key.after.length;
  }
  return at;
}

/** Fills `values` with the text of each key. Returns in words which delimiter is missing, or undefined when all were found. */
function split(keys: readonly Key[], line: string, values: string[]): string | undefined {
  const lead = keys[0]!.before;
  if (!line.startsWith(lead)) return `the line does not begin with "${lead}"`;
  let at = lead.length;
  for (const [i, key] of keys.entries()) {
    const end = key.after === '' ? line.length : line.indexOf(key.after, at);
    if (end < 0) return `no "${key.after}" after %{${key.name}}`;
    values[i] = line.slice(at, end);
    at = end + key.after.length;
    if (key.padded && key.after !== '') while (line.startsWith(key.after, at)) at += key.after.length;
  }
  return undefined;
}

function assemble(keys: readonly Key[], values: readonly string[]): DecodedLine['document'] {
  const document: Draft = {};
  const appended = new Set<string>();
  keys.forEach((key, i) => {
    if (key.use === 'take') put(document, key.name, values[i]!);
    else if (key.use === 'append') appended.add(key.name);
    else if (key.use === 'valueOf') {
      const named = values[keys.findIndex((other) => names(other, key.name))]!;
      if (named !== '') put(document, named, values[i]!);
    }
  });
  for (const name of appended) put(document, name, joined(keys, values, name));
  return document;
}

function joined(keys: readonly Key[], values: readonly string[], name: string): string {
  return keys
    .map((key, i) => ({ key, value: values[i]! }))
    .filter(({ key }) => key.name === name && (key.use === 'append' || key.use === 'take'))
    .sort((a, b) => a.key.order - b.key.order)
    .map(({ key, value }, i) => (i === 0 ? value : (key.before || key.after) + value))
    .join('');
}
