/** The small parts of a tree (names, literals, durations) out of tokens. */
import type { Duration, FieldName, LetRef, Literal, Span } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { readDuration } from '../duration.ts';
import type { Text } from '../file.ts';
import type { Token } from './lexer.ts';
import type { List } from './node.ts';
import type { SourceText } from '../source-text.ts';
import { spanOf } from '../source-text.ts';

/** The items of a chained list, first to last. */
export function listOf<T>(list: List<T> | null): T[] {
  const items: T[] = [];
  for (let link = list; link !== null; link = link.before) items.push(link.item);
  return items.reverse();
}

const LITERALS = { string: 'string', number: 'number', prefix: 'prefix' } as const;

/** Builds one block's parts: knows the text that places refer to, and keeps what was found wrong on the way. */
export class PartBuilder {
  readonly #source: SourceText;
  readonly diagnostics: Diagnostic[] = [];

  constructor(source: SourceText) {
    this.#source = source;
  }

  span(node: { readonly start: number; readonly end: number }): Span {
    return spanOf(this.#source, node.start, node.end);
  }

  text(token: Token): Text {
    return { text: token.value, quoted: token.type === 'string', span: this.span(token) };
  }

  name(token: Token): FieldName & LetRef {
    return { name: token.value, span: this.span(token) };
  }

  literal(token: Token): Literal {
    const kind = token.type in LITERALS ? LITERALS[token.type as keyof typeof LITERALS] : 'word';
    return { kind, text: token.value, span: this.span(token) };
  }

  duration(token: Token): Duration {
    const span = this.span(token);
    const read = readDuration(token.text);
    if (typeof read === 'number') return { ms: read, text: token.text, span };
    this.diagnostics.push(at(span, 'TOC117', read.problem, read.fix));
    return { ms: 1, span };
  }
}
