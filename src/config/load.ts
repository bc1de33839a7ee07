/** Reads tocsin.yaml. Returns either every problem, each with its line, or the validated configuration. Never throws. */
import { resolve } from 'node:path';
import { visit, type Document, type Node, type Scalar } from 'yaml';
import type { Field } from '../event/event.ts';
import { mapTexts, redactKnown } from '../event/redact.ts';
import { makeSchema } from '../event/schema.ts';
import { readTextFile, type FileRefusal } from '../event/text-file.ts';
import { buildConfig } from './build.ts';
import { checkConfig } from './checks.ts';
import type { Config } from './config.ts';
import { explainIssues, PROBLEMS_MAX, type KeyProblem } from './issues.ts';
import { locate } from './place.ts';
import type { ConfigProblem } from './problem.ts';
import { fileSchema, type ConfigFile } from './schema.ts';
import { UNSET as unsetText } from './secret.ts';
import { keepSecretsOf } from './secret-places.ts';
import { readYaml } from './yaml-text.ts';

export interface LoadOptions {
  /** `optional`: a `${NAME}` that is not set is no problem (`tocsin check` needs no credentials). */
  readonly environment?: 'required' | 'optional';
}

const BYTES_MAX = 2 ** 20;

/** Loads the configuration file. `problems` is empty exactly when `config` is given. */
export function loadConfig(
  file: string,
  env: NodeJS.ProcessEnv,
  options: LoadOptions = {},
): { readonly config?: Config; readonly problems: readonly ConfigProblem[] } {
  const path = resolve(file);
  const read = readTextFile(path, BYTES_MAX);
  return 'text' in read ? parseConfig(read.text, path, env, options) : { problems: [refused(path, read)] };
}

function refused(file: string, { kind, problem, fix, line }: FileRefusal): ConfigProblem {
  const isMissing = kind === 'missing';
  return {
    file,
    path: '',
    message: isMissing ? 'there is no such configuration file' : `the file ${problem}`,
    fix: isMissing
      ? '`tocsin init` writes a commented one to start from; `--config FILE` names another'
      : fix,
    ...(line !== undefined && { line }),
  };
}

/** Loads a configuration from its text. `file`: the path that relative paths are relative to and that messages name. */
export function parseConfig(
  text: string,
  file: string,
  env: NodeJS.ProcessEnv,
  options: LoadOptions = {},
): { readonly config?: Config; readonly problems: readonly ConfigProblem[] } {
  const { document, lines, problems: unread } = readYaml(text);
  const told = (offset: number, path: string, message: string, fix: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path: bounded(path), message: bounded(message), fix: bounded(fix) };
  };
  if (document === undefined)
    return { problems: unread.map(({ offset, message, fix }) => told(offset, '', message, fix)) };
  const { missing, unset, values } = substitute(document, env, options.environment ?? 'required');
  const problems = missing.map(({ node, message, fix }) => told(node.range?.[0] ?? 0, '', message, fix));
  const found = validate(document, file, values);
  for (const problem of found.problems) {
    const at = locate(document, problem);
    if (found.config !== undefined && at.node !== undefined && unset.has(at.node)) continue;
    const { message, fix } = problem;
    problems.push(told(at.offset, problem.path.join('.'), named(message, values), named(fix, values)));
  }
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return problems.length === 0 && found.config !== undefined
    ? { config: found.config, problems: [] }
    : { problems: shown(problems, found.more) };
}

/** Returns the first problems. `more`: the number of problems that have not even been put into words. */
function shown(problems: readonly ConfigProblem[], more: number): readonly ConfigProblem[] {
  const left = problems.length - PROBLEMS_MAX + more;
  if (left <= 0) return problems;
  const { file } = problems[0]!;
  const rest = { file, path: '', message: `and ${left} more problems`, fix: 'mend those above first' };
  return [...problems.slice(0, PROBLEMS_MAX), rest];
}

/** Shortens a text for a message, because it repeats text of the file, which may be of any length. */
function bounded(text: string): string {
  const clean = redactKnown(text);
  return clean.length > 600 ? `${clean.slice(0, 600).toWellFormed()}…` : clean;
}

interface Validated {
  readonly config?: Config;
  readonly problems: readonly KeyProblem[];
  /** Number of problems in addition to these. */
  readonly more: number;
}

function validate(
  document: Document.Parsed,
  file: string,
  environment: ReadonlyMap<string, string>,
): Validated {
  // The number of values that aliases stand for was checked when the text was read.
  const input: unknown = document.toJS({ maxAliasCount: -1 }) ?? {};
  keepSecretsOf(input, new Set(environment.keys()));
  const parsed = fileSchema.safeParse(input);
  if (!parsed.success) {
    // The words of the issues show the beginnings of values.
    const shownInput = mapTexts(input, (text) => redactKnown(named(text, environment)));
    return explainIssues(parsed.error.issues, fileSchema, shownInput);
  }
  const config = buildConfig(parsed.data, file, schemaOf(parsed.data));
  return { config, problems: checkConfig(parsed.data, config.channels), more: 0 };
}

function schemaOf({ fields, search_fields: searchFields }: ConfigFile) {
  const list = Object.entries(fields).map(([name, { path, type, normalise }]): Field => ({
    name,
    type,
    paths: path ?? [name],
    ...(normalise !== undefined && { normalise }),
  }));
  const known = searchFields?.filter((name) => ['keyword', 'text'].includes(fields[name]?.type ?? ''));
  return known === undefined ? makeSchema(list) : makeSchema(list, known);
}

interface MissingVariable {
  readonly node: Scalar;
  readonly message: string;
  readonly fix: string;
}

const VARIABLE = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/gu;

/** Puts the values of `${NAME}` into the document (`$${NAME}` becomes `${NAME}`). */
function substitute(document: Document.Parsed, env: NodeJS.ProcessEnv, environment: 'required' | 'optional') {
  const missing: MissingVariable[] = [];
  const unset = new Set<Node>();
  /** The name of the variable, by its value. */
  const values = new Map<string, string>();
  visit(document, {
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      node.value = node.value.replace(VARIABLE, (whole, escape: string, name: string) => {
        if (escape !== '') return whole.slice(1);
        const value = env[name];
        if (value !== undefined && value !== '') {
          values.set(value, name);
          return value;
        }
        unset.add(node);
        if (environment === 'required') {
          missing.push({
            node,
            message: `the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`,
            fix: `set it before starting, for example \`export ${name}=…\`, or write the value here in place of \${${name}}`,
          });
        }
        return unsetText;
      });
    },
  });
  return { missing, unset, values };
}

/** Puts `${NAME}` in place of values of environment variables: the problem is in the variable, and its value may be secret. */
function named(text: string, values: ReadonlyMap<string, string>): string {
  const byLength = [...values].filter(([value]) => value.length >= 4).sort(([a], [b]) => b.length - a.length);
  return byLength.reduce((shown, [value, name]) => {
    const inJson = JSON.stringify(value).slice(1, -1);
    return [value, inJson].reduce((rest, each) => rest.replaceAll(each, `\${${name}}`), shown);
  }, text);
}
