/** Finds where a text stops being JSON. `JSON.parse` does not always say it. */

const SPACE = /[\t\n\r ]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The things that may come next; `first` in a list or an object: its end too. */
type Next = 'value' | 'firstValue' | 'key' | 'firstKey' | 'colon' | 'comma' | 'end';

/** Returns the index in the text at which it can no longer become JSON; undefined where it is JSON. */
export function jsonPlace(text: string): number | undefined {
  const open: ('[' | '{')[] = [];
  let next: Next = 'value';
  let at = after(SPACE, text, 0)!;
  while (at < text.length) {
    const char = text[at]!;
    const isFirst = next === 'firstKey' || next === 'firstValue';
    if (next === 'end') return at;
    if (char === closing(open.at(-1)) && (next === 'comma' || isFirst)) {
      open.pop();
      next = afterValue(open);
      at += 1;
    } else if (next === 'comma') {
      if (char !== ',') return at;
      next = open.at(-1) === '{' ? 'key' : 'value';
      at += 1;
    } else if (next === 'colon') {
      if (char !== ':') return at;
      next = 'value';
      at += 1;
    } else if (next === 'key' || next === 'firstKey') {
      const end = char === '"' ? endOfString(text, at) : { wrong: at };
      if (typeof end === 'object') return end.wrong;
      next = 'colon';
      at = end;
    } else if (char === '{' || char === '[') {
      open.push(char);
      next = char === '{' ? 'firstKey' : 'firstValue';
      at += 1;
    } else {
      const end = char === '"' ? endOfString(text, at) : (after(SCALAR, text, at) ?? { wrong: at });
      if (typeof end === 'object') return end.wrong;
      next = afterValue(open);
      at = end;
    }
    at = after(SPACE, text, at)!;
  }
  return next === 'end' ? undefined : text.length;
}

const afterValue = (open: readonly string[]): Next => (open.length === 0 ? 'end' : 'comma');

const closing = (opened: '[' | '{' | undefined): string | undefined =>
  opened === undefined ? undefined : opened === '[' ? ']' : '}';

function after(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** `from`: the quote that begins the string. Returns the index behind the one that ends it, or where the string is wrong. */
function endOfString(text: string, from: number): number | { readonly wrong: number } {
  for (let at = from + 1; at < text.length;) {
    if (text[at] === '"') return at + 1;
    if (text.charCodeAt(at) < 0x20) return { wrong: at };
    if (text[at] === '\\') {
      const end = after(ESCAPE, text, at);
      if (end === undefined) return { wrong: at };
      at = end;
    } else at += 1;
  }
  return { wrong: text.length };
}
