/** Turns issues of zod into words: the key, the problem, and the fix. It knows neither lines nor the file. */
import { z } from 'zod';
import { nearest } from '../event/did-you-mean.ts';

/** A problem at a key of the file. */
export interface KeyProblem {
  readonly path: readonly PropertyKey[];
  /** True where the problem is at the key itself, false where it is at the value. */
  readonly atKey: boolean;
  readonly message: string;
  readonly fix: string;
}

type Issue = z.core.$ZodIssue;

/** Maximum number of problems of one file that are shown. */
export const PROBLEMS_MAX = 100;

/**
 * Explains the first issues; `more` is the number of the others. `root`: the schema that found the issues. `input`: the value that the
 * schema was given.
 */
export function explainIssues(
  issues: readonly Issue[],
  root: z.ZodType,
  input: unknown,
): { readonly problems: readonly KeyProblem[]; readonly more: number } {
  const problems: KeyProblem[] = [];
  let more = 0;
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
    const room = Math.max(0, PROBLEMS_MAX - problems.length);
    more += Math.max(0, (keys?.length ?? 1) - room);
    if (room === 0) continue;
    const some = keys === undefined ? issue : { ...issue, keys: keys.slice(0, room) };
    problems.push(...explain(some, [], root, input));
  }
  return { problems, more };
}

function explain(
  issue: Issue,
  above: readonly PropertyKey[],
  root: z.ZodType,
  input: unknown,
): readonly KeyProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys' || issue.code === 'invalid_union') {
    const asList = blockForList(path, root, valueAt(input, path));
    if (asList !== undefined) return [asList];
  }
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, root));
  if (issue.code === 'invalid_union') {
    // The branch that accepts this kind of value has the useful problem. Where no branch does, the words of the union explain it.
    const branch = issue.errors.find((errors) => errors.every((each) => !isRefusalOfKind(each)));
    if (branch !== undefined) return branch.flatMap((each) => explain(each, path, root, input));
  }
  return [wrongValue(issue, path, root, valueAt(input, path))];
}

/** Returns the problem of a block that stands where a list of such blocks belongs; undefined for any other value. */
function blockForList(path: readonly PropertyKey[], root: z.ZodType, value: unknown): KeyProblem | undefined {
  const schema = schemaAt(root, path);
  const items = schema?.meta()?.['itemKeys'];
  if (schema === undefined || !Array.isArray(items) || kindOf(value) !== BLOCK || value === null)
    return undefined;
  const block = inner(schema);
  const shape = block instanceof z.ZodObject ? (block.shape as Record<string, z.ZodType>) : {};
  const given = Object.keys(value as object);
  const isWhole = Object.keys(shape).every(
    (key) => shape[key]!.safeParse(undefined).success || given.includes(key),
  );
  const first = given.find((key) => items.includes(key) && !(isWhole && Object.hasOwn(shape, key)));
  if (first === undefined) return undefined;
  return {
    path,
    atKey: false,
    message: `\`${pathText(path)}\` is a block with \`${first}\`, expected a list`,
    fix: `make it a list, with a dash before each step: \`- ${first}: …\``,
  };
}

const isRefusalOfKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');

function unknownKey(path: readonly PropertyKey[], key: string, root: z.ZodType): KeyProblem {
  const at = schemaAt(root, path);
  const parent = at === undefined ? undefined : inner(at);
  const known = parent instanceof z.ZodObject ? Object.keys(parent.shape) : [];
  const meant = nearest(key, known);
  const where = path.length === 0 ? 'at the top level' : `in \`${pathText(path)}\``;
  const list =
    known.length === 0 ? 'nothing is known here: leave it empty' : `known here: ${known.join(', ')}`;
  return {
    path: [...path, key],
    atKey: true,
    message: `unknown key \`${shortened(key)}\` ${where}`,
    fix: meant === undefined ? `remove it; ${list}` : `did you mean \`${meant}\`? ${list}`,
  };
}

function wrongValue(issue: Issue, path: readonly PropertyKey[], root: z.ZodType, value: unknown): KeyProblem {
  const schema = schemaAt(root, path);
  const name = pathText(path);
  const { what, example } = words(schema);
  const key = keyText(path.at(-1));
  const fix = example === undefined ? `write ${what}` : `write ${what}, for example \`${key}${example}\``;
  if (value === undefined) {
    return { path: path.slice(0, -1), atKey: true, message: `\`${name}\` is missing`, fix };
  }
  if (value === null) return { path, atKey: true, message: `\`${name}\` is empty`, fix };
  const quotes = issue.code === 'invalid_type' && issue.expected === 'string' && typeof value !== 'object';
  if (quotes) {
    return {
      path,
      atKey: false,
      message: `\`${name}\` is ${kindOf(value)}, expected ${what}`,
      fix: example === undefined ? 'put the value in quotes' : fix,
    };
  }
  if (path.length === 0) {
    return {
      path,
      atKey: false,
      message: `the file is ${kindOf(value)}, expected keys`,
      fix: 'begin with `sources:`',
    };
  }
  const notWord = ['invalid_value', 'invalid_union', 'custom'].includes(issue.code);
  if (notWord && typeof value === 'string') {
    const meant = nearest(value, wordsOf(schema));
    const reason = issue.code === 'custom' ? reasonOf(issue) : '';
    return {
      path,
      atKey: false,
      message: `\`${name}\` is ${JSON.stringify(shortened(value))}, expected ${what}${reason}`,
      fix: meant === undefined ? fix : `did you mean \`${meant}\`?`,
    };
  }
  const got = value === '' || (Array.isArray(value) && value.length === 0) ? 'empty' : kindOf(value);
  return { path, atKey: false, message: `\`${name}\` is ${got}, expected ${what}`, fix };
}

/** Returns the reason that the parser of the value gave. */
function reasonOf({ params }: z.core.$ZodIssueCustom): string {
  const reason: unknown = params?.['reason'];
  return typeof reason === 'string' ? `: ${reason}` : '';
}

/** Shortens a text for a message, because it may be of any length. */
function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100).toWellFormed()}…` : text;
}

const BLOCK = 'a block of keys';

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return BLOCK;
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? String(value) : 'a number';
}

/** Returns the words that a value may be. */
function wordsOf(schema: z.ZodType | undefined): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodPipe) return wordsOf(schema.in as z.ZodType);
  if (schema instanceof z.ZodUnion) return (schema.options as readonly z.ZodType[]).flatMap(wordsOf);
  return [];
}

function words(schema: z.ZodType | undefined): { readonly what: string; readonly example?: string } {
  const meta = schema?.meta();
  if (typeof meta?.['what'] === 'string') {
    return { what: meta['what'], ...(typeof meta['example'] === 'string' && { example: meta['example'] }) };
  }
  if (schema instanceof z.ZodEnum) return { what: `one of ${schema.options.join(', ')}` };
  if (schema instanceof z.ZodArray) return { what: 'a list' };
  if (schema instanceof z.ZodRecord) return { what: 'a block of names' };
  if (schema instanceof z.ZodObject) return { what: `a block with ${Object.keys(schema.shape).join(', ')}` };
  return { what: 'a text' };
}

/** Returns the schema at a key. It looks through optional, default and transform, and into the block of a union. */
export function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = root;
  for (const key of path) {
    schema = child(schema, key);
    if (schema === undefined) return undefined;
  }
  return unwrap(schema);
}

function child(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const parent = inner(schema, key);
  if (parent instanceof z.ZodObject) {
    // A key of the file may have the name of something that every object has, such as `constructor`.
    return Object.hasOwn(parent.shape, key)
      ? (parent.shape as Record<PropertyKey, z.ZodType>)[key]
      : undefined;
  }
  if (parent instanceof z.ZodRecord) return parent.valueType as z.ZodType;
  if (parent instanceof z.ZodArray) return parent.element as z.ZodType;
  return undefined;
}

/** Removes wrappers until the schema has words of its own. */
function unwrap(schema: z.ZodType): z.ZodType {
  let at = schema;
  while (at.meta()?.['what'] === undefined) {
    const next = within(at);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Removes all wrappers, and goes into the block or list among the branches of a union. `key`: where it is known; a list has numbers. */
function inner(schema: z.ZodType, key?: PropertyKey): z.ZodType {
  let at = schema;
  for (;;) {
    if (at instanceof z.ZodUnion) {
      const branches = at.options as readonly z.ZodType[];
      const lists = branches.filter((branch) => branch instanceof z.ZodArray);
      const blocks = branches.filter((branch) => branch instanceof z.ZodObject);
      at = (typeof key === 'number' ? [...lists, ...blocks] : [...blocks, ...lists])[0] ?? at;
      if (at instanceof z.ZodUnion) return at;
    }
    const next = within(at);
    if (next === undefined) return at;
    at = next;
  }
}

function within(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return schema.unwrap() as z.ZodType;
  }
  if (schema instanceof z.ZodNullable) return schema.unwrap() as z.ZodType;
  if (schema instanceof z.ZodPipe) {
    return (schema.out instanceof z.ZodTransform ? schema.in : schema.out) as z.ZodType;
  }
  return undefined;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

const keyText = (key: PropertyKey | undefined): string => (typeof key === 'string' ? `${key}: ` : '');

/** Formats a path as `routes[0].to`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : (i === 0 ? '' : '.') + shortened(String(key))))
    .join('');
}
