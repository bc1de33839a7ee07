/** Proposes the fields of a configuration by what the documents of a sample have. */
import { usualFields } from '../../../config/decode/usual-fields.ts';
import { fieldValue } from '../../../event/field-value.ts';
import type { FieldType, JsonValue } from '../../../event/event.ts';
import { parseIso8601 } from '../../../event/iso8601.ts';
import type { SampleDocuments } from './documents.ts';

export interface ProposedField {
  readonly name: string;
  readonly path: readonly string[];
  readonly type: FieldType;
  readonly normalise?: 'upper';
}

/** More fields than these are left to people. */
const FIELDS_MAX = 30;
/** A field of less of the documents is an exception. */
const SHARE_MIN = 0.01;

/** Names of numbers that are names of something: nobody adds them up. */
const NUMERAL =
  /(?:^|[._\s-])(?:id|code|status|pid|tid|port|thread|version|v|zip|phone|errno|no|number|line|event)$|(?:[a-z]Id|Code|Status)$/u;

/** `times`: the paths that hold the time of a line. `levelPath`: where its level stands. */
export function guessFields(
  documents: SampleDocuments,
  times: ReadonlySet<string>,
  levelPath?: string,
): readonly ProposedField[] {
  const usual = usualOf(documents, levelPath);
  const taken = new Set([...usual.flatMap(({ path }) => path), ...times, 'container.time', 'syslog.time']);
  const others = [...documents.values]
    .filter(([path, values]) => !taken.has(path) && values.length >= documents.count * SHARE_MIN)
    .toSorted((a, b) => b[1].length - a[1].length)
    .flatMap(([path, values]) => {
      const name = nameFor(path);
      return name === undefined ? [] : [{ name, path: [path], type: typeOf(path, values) }];
    });
  const byName = new Map<string, ProposedField>();
  for (const field of [...usual, ...others])
    if (!byName.has(field.name) && byName.size < FIELDS_MAX) byName.set(field.name, field);
  return [...byName.values()];
}

function usualOf(documents: SampleDocuments, levelPath: string | undefined): readonly ProposedField[] {
  return Object.entries(usualFields).flatMap(([name, { path: paths, ...field }]) => {
    const path = enoughOf(paths, documents);
    if (name === 'level' && levelPath !== undefined && !path.includes(levelPath)) path.push(levelPath);
    // bunyan and pino call it so; elsewhere a name may be anything.
    if (
      name === 'service' &&
      path.length === 0 &&
      ['name', 'hostname', 'pid'].every((each) => documents.values.has(each))
    )
      path.push('name');
    return path.length === 0 ? [] : [{ name, path, ...field }];
  });
}

/** Returns those that have values, up to those with which every document has one. */
function enoughOf(paths: readonly string[], { count, values }: SampleDocuments): string[] {
  let covered = 0;
  return paths.filter((path) => {
    const found = covered < count ? (values.get(path)?.length ?? 0) : 0;
    covered += found;
    return found > 0;
  });
}

/** Returns the name of a field for a path; undefined where none can be made. */
function nameFor(path: string): string | undefined {
  const name = path.replaceAll(/[^\w@.-]+/gu, '_').replaceAll(/(?<=^|\.)[_-]+|_+(?=\.|$)/gu, '');
  return /^[A-Za-z@][\w@-]*(?:\.[\w@-]+)*$/u.test(name) && !/^(?:raw|tocsin|@timestamp)(?:\.|$)/u.test(name)
    ? name
    : undefined;
}

function typeOf(path: string, values: readonly JsonValue[]): FieldType {
  const type =
    (['boolean', 'long', 'double', 'date'] as const).find((each) => isOf(values, each)) ?? 'keyword';
  if ((type === 'long' || type === 'double') && NUMERAL.test(path)) return 'keyword';
  if (type !== 'keyword') return type;
  const texts = values.filter((value) => typeof value === 'string');
  const sentences = texts.filter((text) => text.length > 200 || text.trim().split(/\s+/u).length > 3);
  return sentences.length > texts.length / 4 ? 'text' : 'keyword';
}

function isOf(values: readonly JsonValue[], type: 'boolean' | 'long' | 'double' | 'date'): boolean {
  const field = { name: 'x', type, paths: ['x'] };
  return values.every((value) => {
    // Any number is a date, and a year alone is one too.
    if (type === 'date' && !(typeof value === 'string' && value.length >= 16 && parseIso8601(value)))
      return false;
    if (type === 'boolean' && value === '') return false;
    return fieldValue(field, { document: { x: value } }).values.length > 0;
  });
}
