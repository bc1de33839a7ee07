/** Reads tocsin.yaml: every problem in one run, each with its line, or the validated configuration. Never both, never a throw. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';
import type { Field } from '../event/event.ts';
import { makeSchema } from '../event/schema.ts';
import { buildConfig } from './build.ts';
import { checkConfig } from './checks.ts';
import type { Config } from './config.ts';
import { explainIssues, type KeyProblem } from './issues.ts';
import type { ConfigProblem } from './problem.ts';
import { fileSchema, type ConfigFile } from './schema.ts';
import { unset as unsetText } from './secret.ts';
import { keepSecretsOf } from './secret-places.ts';

export interface LoadOptions {
  /** `optional`: a `${NAME}` that is not set is no problem (`tocsin check` needs no credentials). */
  readonly environment?: 'required' | 'optional';
}

/** `problems` is empty exactly when `config` is given. */
export function loadConfig(
  file: string,
  env: NodeJS.ProcessEnv,
  options: LoadOptions = {},
): { readonly config?: Config; readonly problems: readonly ConfigProblem[] } {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { problems: [unreadable(path, error as NodeJS.ErrnoException)] };
  }
  return parseConfig(text, path, env, options);
}

function unreadable(file: string, error: NodeJS.ErrnoException): ConfigProblem {
  if (error.code === 'ENOENT') {
    return {
      file,
      path: '',
      message: 'there is no such configuration file',
      fix: '`tocsin init` writes a commented one to start from; `--config FILE` names another',
    };
  }
  return {
    file,
    path: '',
    message: `cannot be read (${error.code ?? error.message})`,
    fix: 'make it a readable file',
  };
}

/** The same from text; `file` gives the place of relative paths and the name in messages. */
export function parseConfig(
  text: string,
  file: string,
  env: NodeJS.ProcessEnv,
  options: LoadOptions = {},
): { readonly config?: Config; readonly problems: readonly ConfigProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        file,
        ...place(error.pos[0]),
        path: '',
        message: `not valid YAML: ${withoutToken(error.message)}`,
        fix: 'see the line; quote texts that hold `#`, `: `, `{`, `[`, `%`, `@` or `"`',
      })),
    };
  }
  const { missing, unset, values } = substitute(document, env, options.environment ?? 'required');
  const problems: ConfigProblem[] = missing.map(({ node, ...problem }) => ({
    file,
    ...place(node.range?.[0] ?? 0),
    path: '',
    ...problem,
  }));
  const found = validate(document, file, new Set(values.keys()));
  for (const problem of found.problems) {
    const at = locate(document, problem);
    if (found.config !== undefined && at.node !== undefined && unset.has(at.node)) continue;
    problems.push({
      file,
      ...place(at.offset),
      path: problem.path.join('.'),
      message: named(problem.message, values),
      fix: named(problem.fix, values),
    });
  }
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return problems.length === 0 && found.config !== undefined
    ? { config: found.config, problems: [] }
    : { problems };
}

/** What the parser says without the token that it quotes, unless that is a sign: nobody knows yet whether it is a secret. */
function withoutToken(message: string): string {
  return message.replace(/: "(?!\W{1,2}"$)[^]*$/u, '');
}

function validate(
  document: Document.Parsed,
  file: string,
  environment: ReadonlySet<string>,
): { readonly config?: Config; readonly problems: readonly KeyProblem[] } {
  const input: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  keepSecretsOf(input, environment);
  const parsed = fileSchema.safeParse(input);
  if (!parsed.success) return { problems: explainIssues(parsed.error.issues, fileSchema, input) };
  return {
    config: buildConfig(parsed.data, file, schemaOf(parsed.data)),
    problems: checkConfig(parsed.data),
  };
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

const variable = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/gu;

/** Puts the values of `${NAME}` into the document (`$${NAME}` stays as `${NAME}`). */
function substitute(document: Document.Parsed, env: NodeJS.ProcessEnv, environment: 'required' | 'optional') {
  const missing: MissingVariable[] = [];
  const unset = new Set<Node>();
  /** By value: the name of its variable. */
  const values = new Map<string, string>();
  visit(document, {
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      node.value = node.value.replace(variable, (whole, escape: string, name: string) => {
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

/** The text with `${NAME}` in place of what an environment variable holds: what is wrong is that variable, and its value may be secret. */
function named(text: string, values: ReadonlyMap<string, string>): string {
  const byLength = [...values].filter(([value]) => value.length >= 4).sort(([a], [b]) => b.length - a.length);
  return byLength.reduce((shown, [value, name]) => {
    const inJson = JSON.stringify(value).slice(1, -1);
    return [value, inJson].reduce((rest, each) => rest.replaceAll(each, `\${${name}}`), shown);
  }, text);
}

/** Where the file shows a key or its value: the deepest part of the path that is there. */
function locate(document: Document.Parsed, { path, atKey }: KeyProblem): { offset: number; node?: Node } {
  let at: unknown = document.contents;
  let keyOffset = 0;
  for (const key of path) {
    if (isAlias(at)) at = at.resolve(document);
    if (isMap(at)) {
      const pair = at.items.find(
        ({ key: name }) => String(isScalar(name) ? name.value : name) === String(key),
      );
      if (pair === undefined) return { offset: keyOffset };
      keyOffset = (pair.key as Node | null)?.range?.[0] ?? keyOffset;
      at = pair.value;
    } else if (isSeq(at) && typeof key === 'number') {
      at = at.items[key];
      keyOffset = (at as Node | null | undefined)?.range?.[0] ?? keyOffset;
    } else {
      return { offset: keyOffset };
    }
  }
  const node = isScalar(at) || isMap(at) || isSeq(at) ? at : undefined;
  const offset = atKey ? keyOffset : (node?.range?.[0] ?? keyOffset);
  return { offset, ...(node !== undefined && { node }) };
}
