/** The small parts of a tree (names, literals, durations) out of tokens. */
import type { Duration, FieldName, LetRef, Literal, Span } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { durationMs, UNIT_MS } from '../../event/duration.ts';
import type { Text } from '../file.ts';
import { write, type Hint } from '../mending.ts';
import type { Token } from './lexer.ts';
import type { List } from './node.ts';
import type { SourceText } from '../source-text.ts';
import { spanOf } from '../source-text.ts';

/** Returns the items of a chained list, first to last. */
export function listOf<T>(list: List<T> | null): T[] {
  const items: T[] = [];
  for (let link = list; link !== null; link = link.before) items.push(link.item);
  return items.reverse();
}

const LITERALS = { string: 'string', number: 'number', prefix: 'prefix' } as const;

/** Builds the parts of one block. It knows the text that places refer to, and keeps the findings that it makes on the way. */
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
    const ms = durationMs(token.text);
    if (ms !== undefined && ms <= DURATION_MAX_MS) return { ms, text: token.text, span };
    this.diagnostics.push(
      isInOrder(token.text)
        ? at(
            span,
            'TOC117',
            `\`${token.text}\` is longer than ten years`,
            write(span, '3650d', 'at most 3650d'),
          )
        : at(span, 'TOC117', `\`${token.text}\` names its units out of order`, inOrder(span, token.text)),
    );
    return { ms: 1, span };
  }
}

/** Ten years. A longer duration is a slip; the bound also keeps every sum of times exact. */
const DURATION_MAX_MS = 3650 * UNIT_MS.d;

/** The fix: the units of `text`, the largest first. The fix has only words if a unit stands twice. */
function inOrder(span: Span, text: string): Hint {
  const parts = [...text.matchAll(/\d+([a-z]+)/g)];
  const units = Object.keys(UNIT_MS);
  const sorted = parts.toSorted(([, a], [, b]) => units.indexOf(a!) - units.indexOf(b!));
  const meant = sorted.map(([part]) => part).join('');
  return isInOrder(meant)
    ? write(span, meant, `largest unit first, each once: ${meant}`)
    : 'largest unit first, each once: 1h30m';
}

/** True where the units of a duration token go from large to small, each once. */
function isInOrder(text: string): boolean {
  const ranks = [...text.matchAll(/[a-z]+/g)].map(([unit]) => Object.keys(UNIT_MS).indexOf(unit));
  return ranks.every((rank, i) => i === 0 || rank > ranks[i - 1]!);
}
