/**
 * The contract of kinds (of channels, sources, archives). Each kind has one file, which says how its block in tocsin.yaml is written, what
 * is built from it, and which problems it can have. `kinds.ts` of each folder lists the kinds; everything else follows from that list.
 */
import type { z } from 'zod';
import type { Path, Report } from './problem.ts';

/** The folders that relative paths of the file lead to. */
export interface Folders {
  readonly dataDir: string;
  /** Makes a path absolute that is relative to the folder of tocsin.yaml. */
  readonly at: (path: string) => string;
}

export interface Kind<Schema extends z.ZodType, Built> {
  readonly schema: Schema;
  /** Builds the configuration of the kind. `block` has the shape of `schema`, but may still have every problem that `check` looks for. */
  build(block: z.output<Schema>, places: Folders): Built;
  /** Reports problems beyond the shape. `path`: the path of the block. */
  check?(block: z.output<Schema>, path: Path, report: Report): void;
}

type Kinds<Built> = Readonly<Record<string, Kind<z.ZodType, Built>>>;

/** Returns the keys of a block in which every kind may be given. */
export function keysOf<K extends Readonly<Record<string, { readonly schema: z.ZodType }>>>(kinds: K) {
  const keys = Object.entries(kinds).map(([name, { schema }]) => [name, schema.optional()]);
  return Object.fromEntries(keys) as { [Name in keyof K]: z.ZodOptional<K[Name]['schema']> };
}

/** Marks a block of `keysOf` in which exactly one kind is given (`checkOneOf`), for the JSON Schema of the file. */
export const oneKindOf = (kinds: object) => ({ oneOfKeys: Object.keys(kinds) });

/** Builds the configuration of each kind that is given. */
export function buildAll<All>(kinds: Kinds<All[keyof All]>, block: object, places: Folders): All {
  return Object.fromEntries(
    givenOf(kinds, block).map(({ name, kind, inner }) => [name, kind.build(inner, places)]),
  ) as All;
}

/**
 * Builds the one kind that is given. A block without a kind is a problem (`checkOneOf`); here it counts as an empty block of the kind
 * `usual`, so that the rest can be checked.
 */
export function buildOne<Built>(kinds: Kinds<Built>, block: object, usual: string, places: Folders): Built {
  const [given] = givenOf(kinds, block);
  if (given !== undefined) return given.kind.build(given.inner, places);
  const kind = kinds[usual]!;
  return kind.build(kind.schema.parse({}), places);
}

/** Reports the problems of all kinds that are given. */
export function checkKinds(kinds: Kinds<unknown>, block: object, path: Path, report: Report): void {
  for (const { name, kind, inner } of givenOf(kinds, block)) kind.check?.(inner, [...path, name], report);
}

/** Reports a problem unless exactly one kind is given. */
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
