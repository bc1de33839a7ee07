/**
 * Decodes lines of logfmt: `level=error msg="order timed out" order_id=A17 retried`. A key without `=` is true. The first of equal keys
 * counts.
 */
import { closingQuote, put, unescape } from './line-decoder.ts';
import type { DecodedLine, Draft } from './line-decoder.ts';

export function decodeLogfmt(line: string): DecodedLine | string {
  const document: Draft = {};
  const key = /[^\s="]+(=?)/y;
  let pairs = 0;
  for (let at = skipSpace(line, 0); at < line.length; at = skipSpace(line, at)) {
    key.lastIndex = at;
    const match = key.exec(line);
    if (match === null) return `no key at character ${at + 1}`;
    at = key.lastIndex;
    const name = match[0].slice(0, match[0].length - match[1]!.length);
    let value: string | true = true;
    if (match[1] === '=') {
      const end = endOfValue(line, at);
      if (end < 0) return `no closing quote for the one at character ${at + 1}`;
      value = line[at] === '"' ? unescape(line.slice(at + 1, end - 1)) : line.slice(at, end);
      at = end;
      pairs += 1;
    }
    if (!Object.hasOwn(document, name)) put(document, name, value);
  }
  return pairs === 0 ? 'no key=value pair' : { document, json: false };
}

function skipSpace(line: string, from: number): number {
  let at = from;
  while (at < line.length && isSpace(line.charCodeAt(at))) at += 1;
  return at;
}

const isSpace = (unit: number): boolean => unit === 32 || (unit >= 9 && unit <= 13);

/** Returns the index after the value that begins at `from`, -1 when its quote is not closed. */
function endOfValue(line: string, from: number): number {
  if (line[from] === '"') {
    const quote = closingQuote(line, from + 1);
    return quote < 0 ? -1 : quote + 1;
  }
  let at = from;
  while (at < line.length && !isSpace(line.charCodeAt(at))) at += 1;
  return at;
}
