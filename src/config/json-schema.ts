/**
 * The JSON Schema of tocsin.yaml, by which editors complete keys and show what is wrong. It is made of the schema that reads the file, so it
 * knows the shape and no more: what needs two values, the environment or the disk, `tocsin check` alone finds.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import { fileSchema } from './schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Name of its file in the package. */
export const JSON_SCHEMA_FILE = 'tocsin.schema.json';

/** Returns the schema, in draft 7, which is what editors know best. */
export function configJsonSchema(): object {
  const { $schema, ...rest } = jsonSchemaOf(fileSchema);
  return {
    $schema,
    title: 'tocsin.yaml',
    description: 'The configuration of Tocsin. Each key is explained in docs/configuration.md.',
    ...rest,
  };
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const block = maybeEmptyBlock(zodSchema);
      if (block !== undefined) Object.assign(jsonSchema, nothingOr(jsonSchemaOf(block)));
      inWordsOfJson(jsonSchema);
    },
  });
}

/** Returns the block that may be written with nothing in it (`maybeEmpty`): what comes before the step that fills it in is not known. */
function maybeEmptyBlock(schema: z.core.$ZodType): z.ZodType | undefined {
  if (!(schema instanceof z.ZodPipe) || !(schema.in instanceof z.ZodTransform)) return undefined;
  return schema.out as z.ZodType;
}

function nothingOr({ $schema: _, ...block }: JsonSchema): object {
  return { ...block, type: ['object', 'null'] };
}

/** Puts what `meta` says into the words of JSON Schema. */
function inWordsOfJson(schema: JsonSchema): void {
  const { what, example, shape, oneOfKeys } = schema as Meta;
  for (const key of ['what', 'example', 'shape', 'secret', 'oneOfKeys', 'itemKeys'])
    Reflect.deleteProperty(schema, key);
  if (what !== undefined) schema.description ??= what;
  if (example !== undefined) schema.examples = [parse(example)];
  // A value may also be, or hold, an environment variable.
  if (shape !== undefined) Object.assign(schema, { minLength: 1, pattern: `${shape}|\\$\\{` });
  if (oneOfKeys !== undefined) schema.oneOf = oneOfKeys.map((key) => ({ required: [key] }));
}

interface Meta {
  readonly what?: string;
  readonly example?: string;
  readonly shape?: string;
  readonly oneOfKeys?: readonly string[];
}
