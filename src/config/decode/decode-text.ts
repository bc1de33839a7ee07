/** Configurations made of nothing but how lines are read, to try that. */
import { stringify } from 'yaml';
import type { Config } from '../config.ts';
import { parseConfig } from '../load.ts';
import type { ConfigProblem } from '../problem.ts';
import { readYaml } from '../yaml-text.ts';
import { usualFields } from './usual-fields.ts';

/** The only source of such a configuration. */
const TRIED_SOURCE = 'tried';

/**
 * Makes a configuration of the YAML of a `decode` (`spring_boot`, `[cri, pino]`), or of the keys of a source (`{ decode: json, timestamp: {
 * field: ts } }`). `place`: where the text came from, for its problems.
 */
export function configOfDecode(
  text: string,
  place: string,
): { readonly config?: Config; readonly problems: readonly ConfigProblem[] } {
  const { document, problems } = readYaml(text);
  if (document === undefined)
    return { problems: problems.map(({ message, fix }) => ({ file: place, path: '', message, fix })) };
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  if (value === null || value === undefined)
    return {
      problems: [
        { file: place, path: '', message: 'nothing is given', fix: 'write for example spring_boot' },
      ],
    };
  const keys = typeof value === 'object' && 'decode' in value ? value : { decode: value };
  const { problems: found, ...made } = configOfKeys(keys, usualFields);
  return { ...made, problems: found.map(({ path, message, fix }) => ({ file: place, path, message, fix })) };
}

/** Makes a configuration of the keys of its only source and of `fields`, both as in tocsin.yaml. */
export function configOfKeys(keys: object, fields: object): ReturnType<typeof parseConfig> {
  const file = stringify({ sources: { [TRIED_SOURCE]: { stdin: {}, ...keys } }, fields });
  return parseConfig(file, '/tocsin.yaml', {}, { environment: 'optional' });
}
