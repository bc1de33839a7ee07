/**
 * Finds `key=value` pairs in running text. A key begins the text, or follows white space, a comma, a semicolon, a bar or an opening
 * bracket. A value is quoted, or ends at one of these or at a closing bracket. A key that the decoder has already found is never
 * overwritten.
 */
import { closingQuote, put, unescape } from './line-decoder.ts';
import type { Draft } from './line-decoder.ts';

/** Adds the pairs of `text` to the document. The first of equal keys counts. */
export function addKeyValues(text: string, document: Draft): void {
  const key = /(?<![^\s,;|([{<])[A-Za-z_@][\w.@/-]*=(?!=)/g;
  const bare = /[^\s,;|()[\]{}<>"']+/y;
  for (let match = key.exec(text); match !== null; match = key.exec(text)) {
    const name = match[0].slice(0, -1);
    const from = key.lastIndex;
    const quote = text[from];
    let value: string | undefined;
    if (quote === '"' || quote === "'") {
      const end = quote === '"' ? closingQuote(text, from + 1) : text.indexOf("'", from + 1);
      if (end < 0) continue;
      value = quote === '"' ? unescape(text.slice(from + 1, end)) : text.slice(from + 1, end);
      key.lastIndex = end + 1;
    } else {
      bare.lastIndex = from;
      value = bare.exec(text)?.[0];
      if (value !== undefined) key.lastIndex = bare.lastIndex;
    }
    if (value !== undefined && !Object.hasOwn(document, name)) put(document, name, value);
  }
}
