/**
 * Findings about the sources of a configuration, beside those about its rules: what the steps of a source cannot give (`tocsin check`). They
 * stand at the keys of tocsin.yaml, or at the rule that asks for too much.
 */
import type { Config, SourceConfig } from '../config/config.ts';
import { namesOfTime } from '../config/time-path.ts';
import { placeOfKey } from '../config/place.ts';
import { pathsOf } from '../event/field-path.ts';
import { readTextFile } from '../event/text-file.ts';
import type { Rule } from '../rule/ast.ts';
import { warnAt, type Diagnostic } from '../rule/diagnostics.ts';
import { fieldsOfInterest } from '../rule/interest.ts';
import { namesInLines } from './decoding.ts';

type Names = ReadonlySet<string>;

const BYTES_MAX = 2 ** 20;
/** Fields that every line has, whatever its steps give. */
const ALWAYS_THERE = new Set(['message', '@timestamp']);
/** Names under which programs write times. */
const TIME_NAMES = ['time', 'timestamp', '@timestamp', 'ts', 'date', 'datetime', 'when'];

/** Returns warnings about times and fields that no step of a source can give. */
export function sourceFindings(config: Config, rules: readonly Rule[]): readonly Diagnostic[] {
  const names = namesInLines(config);
  const finding = configFindings(config);
  const timeless = config.sources.flatMap((source) => {
    const given = names.get(source.name);
    if (given === undefined || source.timestamp.isArrival === true) return [];
    if (source.timestamp.path.some((path) => namesOfTime(path).every((part) => given.has(part)))) return [];
    return [
      finding(source.name, 'timestamp', {
        code: 'TOC401',
        severity: 'warning',
        ...timeless401(source, given),
      }),
    ];
  });
  return [...timeless, ...rules.flatMap((rule) => fieldless(rule, config, names))];
}

/** Returns a function that makes a finding at a key of a source, or at the source where it has no such key. */
export function configFindings({
  file,
}: Pick<Config, 'file'>): (
  source: string,
  key: string,
  found: Pick<Diagnostic, 'code' | 'severity' | 'message' | 'hint'>,
) => Diagnostic {
  const text = configText({ file });
  return (source, key, found) => {
    const { line, column } = placeOfKey(text, ['sources', source, key]);
    return { ...found, file, line, column, endLine: line, endColumn: column + 1 };
  };
}

/** Returns the text of the configuration; empty where it cannot be read any more. */
export function configText({ file }: Pick<Config, 'file'>): string {
  const read = readTextFile(file, BYTES_MAX);
  return 'text' in read ? read.text : '';
}

function timeless401({ name, timestamp }: SourceConfig, given: Names): Pick<Diagnostic, 'message' | 'hint'> {
  const asked = timestamp.path.map((path) => namesOfTime(path).join(' and ')).join(', ');
  const meant = TIME_NAMES.find((each) => given.has(each));
  return {
    message: `no step of \`${name}\` gives \`${asked}\`, where its time is looked for: the time of every line would be inferred`,
    hint:
      meant === undefined
        ? 'let a step give it, or write `timestamp: { field: arrival }` where lines have no time'
        : `write \`timestamp: { field: ${meant} }\``,
  };
}

/** Returns a warning for each field of the rule that none of its sources can give. */
function fieldless(
  rule: Rule,
  { schema }: Config,
  names: ReadonlyMap<string, Names | undefined>,
): readonly Diagnostic[] {
  const from = rule.from.length === 0 ? [...names.keys()] : rule.from;
  const given = from.map((source) => names.get(source));
  if (given.length === 0 || given.includes(undefined)) return [];
  const asked = new Set([...fieldsOfInterest(rule), ...rule.alert.by.map((field) => field.name)]);
  return [...asked].flatMap((name) => {
    const field = schema.byName.get(name);
    if (field === undefined || ALWAYS_THERE.has(name)) return [];
    if (pathsOf(field).some((path) => given.some((each) => each!.has(path)))) return [];
    return [
      warnAt(
        rule.span,
        'TOC402',
        `no step of ${from.map((source) => `\`${source}\``).join(', ')} gives \`${name}\`, which \`${rule.name}\` asks for`,
        'let a step of `decode` give it, or name its `path` under `fields`',
      ),
    ];
  });
}
