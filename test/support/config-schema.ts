/** `npm run schema`: writes the JSON Schema of tocsin.yaml, which the package publishes. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configJsonSchema, JSON_SCHEMA_FILE } from '../../src/config/json-schema.ts';

export const configSchemaText = (): string => `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`;

if (import.meta.main)
  writeFileSync(join(resolve(import.meta.dirname, '../..'), JSON_SCHEMA_FILE), configSchemaText());
