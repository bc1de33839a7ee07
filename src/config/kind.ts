/**
 * The contract of what exists in kinds (channels, sources, archives): one file a kind, which says how its block in tocsin.yaml is
 * written, what becomes of it, and what can be wrong with it. `kinds.ts` of each folder lists them; everything else follows from there.
 */
import type { z } from 'zod';
import type { Path, Report } from './problem.ts';

/** Where relative paths of the file lead. */
export interface Folders {
  readonly dataDir: string;
  /** Relative to the folder of tocsin.yaml. */
  readonly at: (path: string) => string;
}

export interface Kind<Schema extends z.ZodType, Built> {
  readonly schema: Schema;
  /** `block` has the shape of `schema`, but may be wrong in all that `check` looks at. */
  build(block: z.output<Schema>, places: Folders): Built;
  /** What the shape alone does not say. `path` is that of the block. */
  check?(block: z.output<Schema>, path: Path, report: Report): void;
}

type Kinds<Built> = Readonly<Record<string, Kind<z.ZodType, Built>>>;

/** The keys of a block in which every kind may stand. */
export function keysOf<K extends Readonly<Record<string, { readonly schema: z.ZodType }>>>(kinds: K) {
  const keys = Object.entries(kinds).map(([name, { schema }]) => [name, schema.optional()]);
  return Object.fromEntries(keys) as { [Name in keyof K]: z.ZodOptional<K[Name]['schema']> };
}

/** Builds what is given of each kind. */
export function buildAll<All>(kinds: Kinds<All[keyof All]>, block: object, places: Folders): All {
  return Object.fromEntries(
    givenOf(kinds, block).map(({ name, kind, inner }) => [name, kind.build(inner, places)]),
  ) as All;
}

/**
 * Builds the one kind that is given. A block of none is wrong (`checkOneOf`); it counts as an empty one of `usual`, so that the rest
 * can be checked.
 */
export function buildOne<Built>(kinds: Kinds<Built>, block: object, usual: string, places: Folders): Built {
  const [given] = givenOf(kinds, block);
  if (given !== undefined) return given.kind.build(given.inner, places);
  const kind = kinds[usual]!;
  return kind.build(kind.schema.parse({}), places);
}

/** What is wrong with the kinds that are given. */
export function checkKinds(kinds: Kinds<unknown>, block: object, path: Path, report: Report): void {
  for (const { name, kind, inner } of givenOf(kinds, block)) kind.check?.(inner, [...path, name], report);
}

/** Exactly one kind must be given. */
export function checkOneOf(
  kinds: Kinds<unknown>,
  block: object,
  path: Path,
  what: string,
  report: Report,
): void {
  const given = givenOf(kinds, block).map(({ name }) => name);
  if (given.length === 1) return;
  const names = Object.keys(kinds).map((name) => `\`${name}\``);
  const list = `${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`;
  const [, second] = given;
  if (second === undefined) {
    report(
      path,
      `\`${path.join('.')}\` does not say where it is`,
      `give the ${what} exactly one of ${list}`,
      true,
    );
  } else {
    report(
      [...path, second],
      `a ${what} has one kind, this one has ${given.join(' and ')}`,
      `keep one of ${list}`,
      true,
    );
  }
}

interface Given<Built> {
  readonly name: string;
  readonly kind: Kind<z.ZodType, Built>;
  readonly inner: unknown;
}

function givenOf<Built>(kinds: Kinds<Built>, block: object): readonly Given<Built>[] {
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const inner = (block as Readonly<Record<string, unknown>>)[name];
    return inner === undefined ? [] : [{ name, kind, inner }];
  });
}
