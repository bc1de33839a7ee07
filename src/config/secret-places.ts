/**
 * Finds the values of the file that are secret according to the schema (`secret` in the meta of a key). They are known before anything is
 * checked, so that not even messages about a wrong configuration show a secret.
 */
import { keepAddressSecret, keepPair, keepWholeAddressSecret } from './address.ts';
import { keepSecret } from '../event/redact.ts';
import { schemaAt } from './issues.ts';
import { fileSchema } from './schema.ts';
import { UNSET } from './secret.ts';
import type { SecretKind } from './values.ts';

/** Keeps all secret values secret. `input`: the file as it was read. `environment`: the values of the variables that it names. */
export function keepSecretsOf(input: unknown, environment: ReadonlySet<string>): void {
  walk(input, [], environment);
}

function walk(value: unknown, path: readonly PropertyKey[], environment: ReadonlySet<string>): void {
  if (typeof value === 'object' && value !== null) {
    const { username, password } = value as Record<string, unknown>;
    if (typeof username === 'string' && typeof password === 'string') keepPair(username, password);
    for (const [key, inner] of Object.entries(value)) {
      walk(inner, [...path, Array.isArray(value) ? Number(key) : key], environment);
    }
    return;
  }
  const kind = schemaAt(fileSchema, path)?.meta()?.['secret'] as SecretKind | undefined;
  // A password of digits without quotes is a number. That is a mistake, but it is still a password.
  if (kind !== undefined && (typeof value === 'string' || typeof value === 'number')) {
    keep[kind](String(value), environment);
  }
}

const keep: Readonly<Record<SecretKind, (text: string, environment: ReadonlySet<string>) => void>> = {
  value: (text) => {
    if (text !== UNSET) keepSecret(text);
  },
  address: keepAddressSecret,
  whole_address: (text) => {
    if (text !== UNSET) keepWholeAddressSecret(text);
  },
};
