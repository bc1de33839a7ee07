/** `npm run licences`: writes THIRD-PARTY.md, the packages that come with the product and their licences. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { neededPackages } from './lock-file.ts';

export const LICENCES_FILE = 'THIRD-PARTY.md';

/** Licences that ask for no more than their text and a notice. Another one is a decision of people, not of an update. */
export const ALLOWED_LICENCES: readonly string[] = [
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'CC0-1.0',
  'BlueOak-1.0.0',
];

/** Name, version and licence of each, sorted. */
export function licences(): readonly (readonly [name: string, version: string, licence: string])[] {
  const rows = [...neededPackages()].map(([place, { version, license = 'unknown' }]) => {
    return [
      place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
    ] as const;
  });
  const unique = new Map(rows.map((row) => [row.join(' '), row]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

export function licencesPage(): string {
  const rows = licences().map(([name, version, licence]) => `- ${name} ${version}: ${licence}`);
  const head = [
    '# Packages that come with Tocsin',
    'Made by `npm run licences` from package-lock.json. Each package holds the text of its licence.',
  ];
  return `${[...head, rows.join('\n')].join('\n\n')}\n`;
}

if (import.meta.main)
  writeFileSync(join(resolve(import.meta.dirname, '../..'), LICENCES_FILE), licencesPage());
