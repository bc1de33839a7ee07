/**
 * Prints a rule file in the one layout of `tocsin fmt`: one clause on a line, two spaces for each level, an empty line between blocks.
 * Comments stay beside their code. Empty lines between clauses stay, at most one. Printing a printed text changes nothing.
 */
import type { Condition, Span } from './ast.ts';
import type {
  Clause,
  DefaultsBlock,
  Entry,
  FileComment,
  RuleBlock,
  RuleFile,
  SharedLet,
  WrittenStep,
  Text,
} from './file.ts';
import { printSpec } from './alert-parts.ts';
import { printCondition, printDuration, printLiteral, quote } from './print.ts';

const WIDTH = 100;

/** Returns the text of a file whose every part was read. */
export function printRuleFile(file: RuleFile): string {
  const printer = new Printer(file.comments);
  const parts = [...file.blocks, ...file.lets].sort((a, b) => a.span.start - b.span.start);
  for (const [i, block] of parts.entries()) {
    const before = parts[i - 1];
    const next = parts[i + 1]?.span.start ?? Infinity;
    // Only between two shared lets there need be no empty line.
    printer.lead(block.span, '', before !== undefined && (isBlock(block) || isBlock(before)));
    if (!isBlock(block)) {
      printer.line(letText(block), block.span, next);
      continue;
    }
    const head =
      block.kind === 'defaults'
        ? 'defaults'
        : `rule ${block.name.text}${block.title === undefined ? '' : ` ${quote(block.title.text)}`}`;
    printer.line(`${head} {`, headSpan(block), startOf(block.clauses[0], block.span));
    for (const [j, clause] of block.clauses.entries())
      printClause(printer, clause, startOf(block.clauses[j + 1], block.span));
    printer.close('}', block.span, next);
  }
  return printer.finish();
}

const isBlock = (part: DefaultsBlock | RuleBlock | SharedLet): part is DefaultsBlock | RuleBlock =>
  'clauses' in part;

function letText({ name, condition }: SharedLet): string {
  if (condition === undefined) throw new Error(`the condition of ${name.text} was not read`);
  return conditionText(`let ${name.text} = `, condition);
}

function startOf(next: { readonly span: Span } | undefined, around: Span): number {
  return next?.span.start ?? around.end;
}

function printClause(printer: Printer, clause: Clause, next: number): void {
  printer.lead(clause.span, '  ', false);
  if (clause.kind !== 'test') {
    printer.line(`  ${clauseText(clause)}`, clause.span, next);
    return;
  }
  printer.line(
    `  test ${quote(clause.name.text)} {`,
    clause.name.span,
    startOf(clause.steps[0], clause.span),
  );
  for (const [i, step] of clause.steps.entries()) {
    printer.lead(step.span, '    ', false);
    printer.line(`    ${stepText(step)}`, step.span, startOf(clause.steps[i + 1], clause.span));
  }
  printer.close('  }', clause.span, next);
}

/** Returns the span of everything before a block's own clauses. */
function headSpan(block: DefaultsBlock | RuleBlock): Span {
  if (block.kind === 'rule') return block.title?.span ?? block.name.span;
  const { start, line, column } = block.span;
  const length = 'defaults'.length;
  return { ...block.span, end: start + length, endLine: line, endColumn: column + length };
}

function clauseText(clause: Exclude<Clause, { readonly kind: 'test' }>): string {
  switch (clause.kind) {
    case 'severity':
    case 'owner':
      return `${clause.kind} ${clause.value.text}`;
    case 'labels':
      return `labels ${entriesText(clause.entries)}`;
    case 'from':
      return `from ${clause.sources.map((source) => source.text).join(', ')}`;
    case 'let':
      return conditionText(`let ${clause.name.text} = `, clause.condition);
    case 'when':
      return conditionText('when ', clause.condition);
    case 'alert':
      return `alert ${printSpec(clause.spec)}`;
    case 'for':
    case 'cooldown':
      return `${clause.kind} ${printDuration(clause.duration)}`;
    case 'resolve':
      return clause.after === undefined ? 'resolve never' : `resolve after ${printDuration(clause.after)}`;
    case 'notify':
      return `notify ${clause.receivers
        .map(({ channel, target }) =>
          target === undefined ? channel.text : `${channel.text}:${textOf(target)}`,
        )
        .join(', ')}`;
    case 'runbook':
      return `runbook ${quote(clause.path.text)}`;
    case 'max_groups':
      return `max_groups ${clause.value.text}`;
  }
}

/** Prints a condition on one line if it fits, else one operand on each line. */
function conditionText(head: string, condition: Condition): string {
  const text = `${head}${printCondition(condition)}`;
  if (text.length + 2 <= WIDTH || (condition.kind !== 'and' && condition.kind !== 'or')) return text;
  const operator = condition.kind === 'and' ? 'AND' : 'OR';
  const operands = condition.operands.map((operand) => {
    // Printed among other operands, this one has the parentheses that it needs.
    const alone = { ...condition, operands: [operand] };
    return printCondition(alone);
  });
  return `${head}${operands.join(`\n    ${operator} `)}`;
}

function stepText(step: WrittenStep): string {
  switch (step.kind) {
    case 'at': {
      const times =
        step.times === undefined
          ? ''
          : ` x ${step.times.count.text} every ${printDuration(step.times.every)}`;
      return `at ${printDuration(step.at)}${times} ${entriesText(step.event)}`;
    }
    case 'expect': {
      const when = step.at === undefined ? '' : ` at ${printDuration(step.at)}`;
      return `expect ${step.outcome}${when}${step.group === undefined ? '' : ` ${entriesText(step.group)}`}`;
    }
    case 'expect_nothing':
      return `expect nothing${step.after === undefined ? '' : ` after ${printDuration(step.after)}`}`;
    case 'replay':
      return `replay ${quote(step.path.text)}`;
  }
}

function entriesText(entries: readonly Entry[]): string {
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(({ key, value }) => `${textOf(key)}: ${printLiteral(value)}`).join(', ')} }`;
}

function textOf(text: Text): string {
  return text.quoted ? quote(text.text) : text.text;
}

/** Writes lines, and puts each comment at its place in the text. */
class Printer {
  readonly #comments: readonly FileComment[];
  readonly #lines: string[] = [];
  #next = 0;
  /** Line of the source on which the part printed last ends. */
  #lastLine = 0;

  constructor(comments: readonly FileComment[]) {
    this.#comments = comments;
  }

  /** Prints the comments before the part that begins at `span`, and the empty line before it. */
  lead(span: Span, indent: string, newBlock: boolean): void {
    let block = newBlock;
    for (;;) {
      const comment = this.#comments[this.#next];
      if (comment === undefined || comment.span.start >= span.start) break;
      this.#gap(comment.span.line, block);
      block = false;
      this.#lines.push(indent + comment.text.trimEnd());
      this.#lastLine = comment.span.line;
      this.#next++;
    }
    this.#gap(span.line, block);
  }

  /**
   * Prints a line for the part at `span`; comments inside it go above. A comment behind it on the same line stays there, unless something
   * else (from offset `next`) stands between.
   */
  line(text: string, span: Span, next: number): void {
    const indent = /^ */.exec(text)![0];
    for (const comment of this.#takeBefore(span.end)) this.#lines.push(indent + comment.text.trimEnd());
    this.#lines.push(...text.split('\n'));
    this.#lastLine = span.endLine;
    this.#trailing(next);
  }

  /** Prints the closing brace of the part at `span`; comments before the brace stay inside. */
  close(text: string, span: Span, next: number): void {
    const indent = /^ */.exec(text)![0];
    for (const comment of this.#takeBefore(span.end)) {
      this.#gap(comment.span.line, false);
      this.#lines.push(`${indent}  ${comment.text.trimEnd()}`);
      this.#lastLine = comment.span.line;
    }
    this.#lines.push(text);
    this.#lastLine = span.endLine;
    this.#trailing(next);
  }

  finish(): string {
    for (const comment of this.#comments.slice(this.#next)) {
      this.#gap(comment.span.line, false);
      this.#lines.push(comment.text.trimEnd());
      this.#lastLine = comment.span.line;
    }
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
  }

  #gap(line: number, newBlock: boolean): void {
    const last = this.#lines.at(-1);
    if (last === undefined || last === '') return;
    const inside = last.endsWith('{') && !newBlock;
    if (newBlock || (!inside && line > this.#lastLine + 1)) this.#lines.push('');
  }

  #takeBefore(end: number): readonly FileComment[] {
    const from = this.#next;
    while ((this.#comments[this.#next]?.span.start ?? Infinity) < end) this.#next++;
    return this.#comments.slice(from, this.#next);
  }

  #trailing(next: number): void {
    const comment = this.#comments[this.#next];
    if (comment === undefined || comment.span.line !== this.#lastLine || comment.span.start >= next) return;
    this.#lines.push(`${this.#lines.pop()!} ${comment.text.trimEnd()}`);
    this.#next++;
  }
}
