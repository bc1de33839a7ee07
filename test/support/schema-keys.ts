/** The keys that the configuration may have, as its schema has them: what tests hold documents and tables to. */
import { fileSchema } from '../../src/config/schema.ts';
import type { SecretKind } from '../../src/config/values.ts';

/** As much of a zod schema as the walk looks at. */
interface Part {
  meta(): { readonly secret?: SecretKind; readonly fallback?: unknown } | undefined;
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, Part>>;
    readonly innerType?: Part;
    readonly in?: Part;
    readonly out?: Part;
    readonly valueType?: Part;
    readonly element?: Part;
    readonly options?: readonly Part[];
    readonly defaultValue?: unknown;
  };
}

export interface SchemaKey {
  /** `channels.webhook.NAME.url`, `routes[].to`. */
  readonly path: string;
  readonly fallback: unknown;
  /** What of its value nobody may see. */
  readonly secret: SecretKind | undefined;
}

/** Every key of the file that holds a value, and its default. */
function keysOf(part: Part, path = '', fallback?: unknown): SchemaKey[] {
  const { def } = part;
  const secret = secretOf(part);
  const said = part.meta()?.fallback ?? fallback;
  if (said !== fallback) return keysOf(part, path, said);
  if (def.shape !== undefined) {
    const inner = Object.entries(def.shape);
    const own = path === '' || inner.length > 0 ? [] : [{ path, fallback, secret }];
    return [...own, ...inner.flatMap(([name, each]) => keysOf(each, path === '' ? name : `${path}.${name}`))];
  }
  if (def.innerType !== undefined) return keysOf(def.innerType, path, def.defaultValue ?? fallback);
  if (def.type === 'pipe')
    return keysOf(def.in!.def.type === 'transform' ? def.out! : def.in!, path, fallback);
  if (def.type === 'record') return keysOf(def.valueType!, `${path}.NAME`);
  if (def.type === 'array' && def.element!.def.shape !== undefined) return keysOf(def.element!, `${path}[]`);
  if (def.type === 'union') {
    const blocks = def.options!.filter((option) => option.def.shape !== undefined);
    return [{ path, fallback, secret }, ...blocks.flatMap((block) => keysOf(block, path))];
  }
  return [{ path, fallback, secret }];
}

/** What the schema says of the value, or of each of a list, through all that wraps it. */
function secretOf(part: Part): SecretKind | undefined {
  const { innerType, element } = part.def;
  const within = innerType ?? element;
  return part.meta()?.secret ?? (within && secretOf(within));
}

/** All of them, in the order of the schema. */
export function schemaKeys(): readonly SchemaKey[] {
  return keysOf(fileSchema as unknown as Part);
}
