/** `npm run licences`: writes THIRD-PARTY.md: the packages that come with the product and their licences, and what of its own code stems from others. */
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

/** Code of ours that was made from the work of others, with what their licences ask to be said. */
const DERIVED = `## Code that stems from others

\`src/config/decode/grok/core.ts\`: the patterns of grok, with their names and fields, stem from
[logstash-patterns-core](https://github.com/logstash-plugins/logstash-patterns-core), Apache-2.0 ([text](LICENSE)). They were changed: written anew for
RE2, without ECS. The notice of that work:

> Elasticsearch
> Copyright 2012-2015 Elasticsearch
>
> This product includes software developed by The Apache Software Foundation (http://www.apache.org/).`;

export function licencesPage(): string {
  const rows = licences().map(([name, version, licence]) => `- ${name} ${version}: ${licence}`);
  const head = [
    '# Packages that come with Tocsin',
    'Made by `npm run licences` from package-lock.json. Each package holds the text of its licence.',
  ];
  return `${[...head, rows.join('\n'), DERIVED].join('\n\n')}\n`;
}

if (import.meta.main)
  writeFileSync(join(resolve(import.meta.dirname, '../..'), LICENCES_FILE), licencesPage());
