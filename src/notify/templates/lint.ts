/**
 * Checks a user's template in its syntax tree before it is ever used. A template may contain known helpers, escaped values, bounded loops,
 * and links to web and mail addresses. Everything else is refused, with its place and the fix.
 */
import Handlebars from 'handlebars';
import { codePointName, hiddenCharacters } from '../../event/hidden-characters.ts';
import { addressProblem, contentProblem, isWithinAddress } from './lint-text.ts';

export interface TemplateProblem {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly fix: string;
}

type Program = hbs.AST.Program;
type Statement = hbs.AST.Statement;
type Expression = hbs.AST.Expression;

/** Helpers that the engine registers beside the blocks (engine.ts). */
export const HELPER_NAMES = ['strong', 'code', 'codeBlock', 'heading', 'quote', 'link', 'eq'] as const;
export const BLOCK_NAMES = ['if', 'unless', 'each', 'with'] as const;
/** Handlebars' own helpers that are removed. */
export const REMOVED_NAMES = ['log', 'lookup', 'helperMissing', 'blockHelperMissing'] as const;

const BLOCK_DEPTH_MAX = 12;
const LOOP_DEPTH_MAX = 2;
const CALL_DEPTH_MAX = 4;
const PROBLEMS_MAX = 20;

const isOneOf = (names: readonly string[], name: string): boolean => names.includes(name);
const DATA_NAMES = ['root', 'index', 'key', 'first', 'last'];
const PROTOTYPE_NAMES = /^(?:constructor|prototype|__.*__)$/u;

/** Returns all problems of a template. `name`: name of its channel. */
export function lintTemplate(name: string, source: string): readonly TemplateProblem[] {
  const hidden = hiddenCharacters(source, PROBLEMS_MAX)
    .filter(({ kind }) => kind !== 'nothing')
    .map(({ start, codePoint }): TemplateProblem => {
      const before = source.slice(0, start).split('\n');
      const message = `a character that is not seen stands here: ${codePointName(codePoint)}`;
      return { line: before.length, column: before.at(-1)!.length + 1, message, fix: 'delete it' };
    });
  if (hidden.length > 0) return hidden;
  const deep = nestedTooDeep(source);
  if (deep !== undefined) return [deep];
  let program: Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return [unreadable(error)];
  }
  const linter = new Linter(name, source.split(/\r\n?|\n/u));
  linter.program(program, { blocks: 0, loops: 0 });
  return linter.problems.slice(0, PROBLEMS_MAX);
}

/**
 * Maximum depth that Handlebars gets to parse. It needs quadratic time and more for nested blocks, so a deeper text is never passed to it.
 */
const PARSED_DEPTH_MAX = 60;

function nestedTooDeep(source: string): TemplateProblem | undefined {
  const tag = /\{\{+~?\s*(?:(?<open>#|\^(?=\s*[\w[])|else\s+[\w[])|(?<close>\/))?(?<rest>[^}]*)/gu;
  /** One number for each open block: how many levels it counts for. `else if` opens one more level in it. */
  const open: number[] = [];
  let depth = 0;
  for (const { index, groups, 0: text } of source.matchAll(tag)) {
    const { open: opens, close, rest = '' } = groups ?? {};
    if (opens?.startsWith('else') === true && open.length > 0) {
      open[open.length - 1]! += 1;
      depth += 1;
    } else if (opens !== undefined) {
      open.push(1);
      depth += 1;
    } else if (close !== undefined) depth -= open.pop() ?? 0;
    if (depth <= PARSED_DEPTH_MAX && rest.split('(').length <= PARSED_DEPTH_MAX) continue;
    const before = source.slice(0, index).split('\n');
    const what = text.includes('(') && depth <= PARSED_DEPTH_MAX ? 'helpers' : 'blocks';
    return {
      line: before.length,
      column: before.at(-1)!.length + 1,
      message: `${what} are nested too deep`,
      fix: 'write it flatter',
    };
  }
  return undefined;
}

function unreadable(error: unknown): TemplateProblem {
  if (error instanceof RangeError)
    return { line: 1, column: 1, message: 'blocks are nested too deep', fix: 'write it flatter' };
  const { message, lineNumber, column } = error as Error & { lineNumber?: number; column?: number };
  const line = lineNumber ?? Number(/on line (\d+)/u.exec(message)?.[1] ?? 1);
  return {
    line,
    column: (column ?? 0) + 1,
    message: 'this cannot be read as a template: a block or a brace is not closed, or closed twice',
    fix: 'see this line and those before it: each {{#…}} has its {{/…}}',
  };
}

interface Depth {
  readonly blocks: number;
  readonly loops: number;
}

class Linter {
  readonly problems: TemplateProblem[] = [];
  readonly #name: string;
  readonly #lines: readonly string[];
  /** The text of the message before the current place. A value stands in it as a letter. */
  #before = '';

  constructor(name: string, lines: readonly string[]) {
    this.#name = name;
    this.#lines = lines;
  }

  program({ body }: Program, depth: Depth): void {
    for (const statement of body) {
      if (this.problems.length >= PROBLEMS_MAX) return;
      this.#statement(statement, depth);
    }
  }

  #statement(statement: Statement, depth: Depth): void {
    switch (statement.type) {
      case 'ContentStatement':
        this.#content(statement as hbs.AST.ContentStatement);
        return;
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        this.#mustache(statement as hbs.AST.MustacheStatement);
        return;
      case 'BlockStatement':
        this.#block(statement as hbs.AST.BlockStatement, depth);
        return;
      default:
        this.#tell(statement, 'includes and decorators are not known here', 'write the text out');
    }
  }

  #content(statement: hbs.AST.ContentStatement): void {
    const from = this.#before.length;
    this.#before += statement.value;
    const problem = contentProblem(this.#name, this.#before, from);
    if (problem !== undefined)
      this.#tell(statement, problem, 'link to http:, https: or mailto: addresses only');
  }

  #mustache(statement: hbs.AST.MustacheStatement): void {
    const { path, params, hash } = statement;
    if (!statement.escaped)
      this.#tell(
        statement,
        `${this.#textOf(statement)} passes a value on as it is, whatever a log line puts into it`,
        'write it with two braces: {{title}}',
      );
    if (path.type === 'PathExpression') this.#expression(path, params, hash, 0);
    else this.#tell(path, 'a name stands between the braces', 'write the text without braces');
    const address = addressProblem(this.#name, this.#before, nameOf(path), params.length > 0);
    if (address !== undefined)
      this.#tell(
        statement,
        address,
        'write {{kibanaUrl}}, {{runbookUrl}}, {{alertUrl}} or {{link label address}}',
      );
    this.#before += 'x';
  }

  #block(statement: hbs.AST.BlockStatement, { blocks, loops }: Depth): void {
    const { path, params, program, inverse } = statement;
    const name = nameOf(path);
    const depth = { blocks: blocks + 1, loops: loops + (name === 'each' ? 1 : 0) };
    if (!isOneOf(BLOCK_NAMES, name))
      this.#tell(statement, `there is no block \`${name}\``, `blocks are ${BLOCK_NAMES.join(', ')}`);
    if (depth.blocks > BLOCK_DEPTH_MAX) {
      this.#tell(statement, `blocks are nested deeper than ${BLOCK_DEPTH_MAX}`, 'write it flatter');
      return;
    }
    if (depth.loops > LOOP_DEPTH_MAX) {
      this.#tell(
        statement,
        `a loop stands in more than ${LOOP_DEPTH_MAX - 1} loop`,
        'loop over one list within another at most',
      );
      return;
    }
    for (const param of params) this.#value(param, 0);
    // Either may be missing, although the types say otherwise.
    for (const part of [program, inverse] as readonly (Program | undefined)[]) {
      this.#wholeAddress(statement);
      if (part !== undefined) this.program(part, depth);
    }
    this.#wholeAddress(statement);
  }

  /**
   * Only a rendered message shows which part of a block is written. If an address continued behind a block, nobody could tell how it
   * begins.
   */
  #wholeAddress(statement: hbs.AST.BlockStatement): void {
    if (this.problems.length < PROBLEMS_MAX && isWithinAddress(this.#before))
      this.#tell(statement, 'a block begins or ends within an address', 'put the whole link into the block');
  }

  /** Checks a value, or a helper with its arguments. */
  #expression(
    path: Expression,
    params: readonly Expression[],
    hash: hbs.AST.Hash | undefined,
    deep: number,
  ): void {
    const name = nameOf(path);
    if (isOneOf(REMOVED_NAMES, name)) {
      this.#tell(path, `there is no helper \`${name}\``, `helpers are ${HELPER_NAMES.join(', ')}`);
      return;
    }
    if (params.length === 0 && hash === undefined) {
      this.#value(path, deep);
      return;
    }
    if (!isOneOf(HELPER_NAMES, name))
      this.#tell(path, `there is no helper \`${name}\``, `helpers are ${HELPER_NAMES.join(', ')}`);
    if (hash !== undefined) this.#tell(path, `\`${name}\` takes no names`, 'give it values alone');
    for (const param of params) this.#value(param, deep);
    const href = params[1];
    if (
      name === 'link' &&
      href?.type === 'StringLiteral' &&
      !isAddress((href as hbs.AST.StringLiteral).value)
    )
      this.#tell(
        href,
        `a link leads to ${JSON.stringify((href as hbs.AST.StringLiteral).value.slice(0, 100))}, which is no web or mail address`,
        'link to http:, https: or mailto: addresses only',
      );
  }

  #value(node: Expression, deep: number): void {
    if (node.type === 'SubExpression') {
      const { path, params, hash } = node as hbs.AST.SubExpression;
      if (deep >= CALL_DEPTH_MAX) this.#tell(node, 'helpers are nested too deep', 'write it flatter');
      else this.#expression(path, params, hash, deep + 1);
      return;
    }
    if (node.type !== 'PathExpression') return;
    const { parts, data, original } = node as hbs.AST.PathExpression;
    const named = parts.filter((part): part is string => typeof part === 'string');
    const reached = named.find((part) => PROTOTYPE_NAMES.test(part));
    if (reached !== undefined)
      this.#tell(node, `\`${reached}\` is no value of a message`, 'name what docs/runbooks.md lists');
    if (data && !isOneOf(DATA_NAMES, named[0] ?? ''))
      this.#tell(
        node,
        `there is no \`${original}\``,
        `known are ${DATA_NAMES.map((name) => `@${name}`).join(', ')}`,
      );
  }

  #textOf({ loc }: hbs.AST.Node): string {
    const { start, end } = loc;
    const last = end.line === start.line ? end.column : undefined;
    return (this.#lines[start.line - 1] ?? '').slice(start.column, last).slice(0, 100);
  }

  #tell({ loc }: hbs.AST.Node, message: string, fix: string): void {
    this.problems.push({ line: loc.start.line, column: loc.start.column + 1, message, fix });
  }
}

/** Returns the name of a path in any spelling (`[log]`); empty if it is not a path. */
function nameOf(path: Expression): string {
  if (path.type !== 'PathExpression') return '';
  const { parts, depth, data, original } = path as hbs.AST.PathExpression;
  return depth > 0 || data ? original : parts.join('.');
}

/** Returns true if people can open the address. */
export function isAddress(href: string): boolean {
  return /^(?:https?:\/\/[^/\s]|mailto:[^\s])/iu.test(href);
}
