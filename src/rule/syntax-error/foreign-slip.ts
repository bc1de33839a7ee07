/** Slips from other query languages: wildcards within words, regular expressions, fuzzy words, boosts, ranges in brackets. */
import type { Diagnostic } from '../diagnostics.ts';
import { remove, write } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import type { Stop } from './stop.ts';
import { asWritten, atFound, between } from './stop.ts';

/** Returns the error if the found token is one of these slips. */
export function foreignValue(stop: Stop): Diagnostic | undefined {
  const { found, before } = stop;
  if (found === undefined) return undefined;
  if (found.type === 'wildcard') return wildcard(stop, found);
  if (found.type === 'regex')
    return atFound(
      stop,
      'TOC115',
      'regular expressions are not searched for',
      'write the words it would find, joined by OR, or a prefix such as order*',
    );
  if ((found.text === '[' || found.text === '{') && found.type !== 'string' && before?.text === ':')
    return brackets(stop);
  if (found.type !== 'bad') return undefined;
  if (found.text === '~')
    return atFound(
      stop,
      'TOC115',
      '`~` (fuzzy or near) is not searched for',
      remove(withNumber(stop, found), 'write the exact words, without `~`'),
    );
  if (found.text === '^')
    return atFound(
      stop,
      'TOC115',
      '`^` (boost) means nothing to a rule: it fires or it does not',
      remove(withNumber(stop, found)),
    );
  const value = stop.tokens[stop.index + 1];
  if (found.text === '!=' && before?.type === 'word')
    return atFound(
      stop,
      'TOC101',
      '`!=` is no operator here',
      value === undefined
        ? `write NOT ${before.text}:value`
        : write(between(before, value), `NOT ${before.text}:${asWritten(value)}`),
    );
  return undefined;
}

/** Offers a prefix if the stars stand at the end, else the first word. */
function wildcard(stop: Stop, found: Token): Diagnostic {
  const { before } = stop;
  // `path:/api/*/orders` is cut into tokens at its star.
  const begun = before?.type === 'word' && before.end === found.start ? before : undefined;
  const head = (begun?.text ?? '') + /^[^*?]*/u.exec(found.text)![0];
  const isKept =
    /^[\p{L}\p{N}_]+$/u.test(head) || (head !== '' && (begun !== undefined || before?.text === ':'));
  const prefix = `${isKept ? head : (/[\p{L}\p{N}_]+/u.exec(found.text)?.[0] ?? 'order')}*`;
  return atFound(
    stop,
    'TOC114',
    `\`${found.text}\`: only \`word*\`, a \`*\` at the very end, is searched for`,
    write(
      between(begun ?? found, found),
      prefix,
      `write the words in full or a prefix such as ${prefix}; for "the field has a value" write field:*`,
    ),
  );
}

/** Returns the range of the sign together with the number that touches it: `~2`, `^3`. */
function withNumber({ tokens, index }: Stop, found: Token): { readonly start: number; readonly end: number } {
  const next = tokens[index + 1];
  const touches = next?.type === 'number' && next.start === found.end;
  return { start: found.start, end: touches ? next.end : found.end };
}

/** `f:[1 TO 5]`, `f:{1 TO *}`. */
function brackets(stop: Stop): Diagnostic {
  const found = stop.found!;
  const message = 'ranges are written with comparisons';
  const field = stop.tokens[stop.index - 2];
  const rest = stop.source.text.slice(found.start);
  const range = /^([[{])\s*(\S+)\s+TO\s+([^\s\]}]+)\s*([\]}])/u.exec(rest);
  if (field === undefined || range === null)
    return atFound(
      stop,
      'TOC115',
      message,
      `write ${field?.text ?? 'f'} >= 1 AND ${field?.text ?? 'f'} <= 5`,
    );
  const [whole, open, low, high, close] = range as unknown as [string, string, string, string, string];
  const sides = [
    ...(low === '*' ? [] : [`${field.text} ${open === '[' ? '>=' : '>'} ${low}`]),
    ...(high === '*' ? [] : [`${field.text} ${close === ']' ? '<=' : '<'} ${high}`]),
  ];
  const text = sides.length === 0 ? `${field.text}:*` : sides.join(' AND ');
  const place = { start: field.start, end: found.start + whole.length };
  return atFound(stop, 'TOC115', message, write(place, text));
}
