/**
 * Checks the text outside of the braces of a template. It is the message's own markup, in which a value may become a link or an attribute.
 */

/** Values that are addresses. Tocsin made them, or read them from a runbook as http or https. */
const ADDRESSES = [
  'kibanaUrl',
  'runbookUrl',
  'alertUrl',
  '@root.kibanaUrl',
  '@root.runbookUrl',
  '@root.alertUrl',
];

/** Matches the place where the address of a link begins: an attribute in HTML, `](` in Markdown, `<` in Slack's text. */
const ADDRESS_BEGINS =
  /(?:\]\(|<|(?:^|[\s"'/])(?:href|src|srcset|action|formaction|background|poster|data|xlink:href)\s*=\s*["']?)\s*$/iu;

/** Maximum characters of an address. A longer text is not an address for people. */
const ADDRESS_LENGTH_MAX = 2_000;
const ATTRIBUTE_WITHOUT_QUOTES =
  /^\/?(?:href|src|srcset|action|formaction|background|poster|data|xlink:href)=/iu;

/** Returns true if the text ends within the address of a link: the address has begun, and no white space or other end has come. */
export function isWithinAddress(before: string): boolean {
  let from = before.length;
  while (from > 0 && before.length - from < ADDRESS_LENGTH_MAX && !/[\s"'()<>|]/u.test(before[from - 1]!))
    from--;
  const rest = before.slice(from);
  // In HTML a `<` begins a tag.
  const isTag = before[from - 1] === '<' && rest !== '' && !/^[a-z][a-z0-9+.-]*:/iu.test(rest);
  if (ATTRIBUTE_WITHOUT_QUOTES.test(rest)) return true;
  return !isTag && ADDRESS_BEGINS.test(before.slice(Math.max(0, from - 200), from));
}

/** Longest scheme, with its entities and the white space that HTML readers ignore. */
const SCHEME_LENGTH_MAX = 400;

/** Returns the problem with the text up to here, undefined if there is none. The text before `from` was checked before. */
export function contentProblem(name: string, text: string, from: number): string | undefined {
  const seen = text.slice(Math.max(0, from - SCHEME_LENGTH_MAX));
  const plain = seen
    .replace(/&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));?/giu, (_, hex: string | undefined, decimal: string) =>
      characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
    )
    .replace(/&(?:tab|newline);?/giu, '')
    .replace(/&colon;?/giu, ':')
    .replace(/[\s\p{Cc}]/gu, '');
  const scheme = /(?:javascript|vbscript):/iu.exec(plain)?.[0] ?? /["'(<=|](data:)/iu.exec(plain)?.[1];
  if (scheme !== undefined) return `\`${scheme}\` is no web or mail address`;
  if (name !== 'email') return undefined;
  const tag = /<(?:script|iframe|frame|object|embed|form|base|link|svg|math|meta[^>]*http-equiv)\b/iu.exec(
    seen,
  )?.[0];
  if (tag !== undefined) return `\`${tag}\` has no place in a mail`;
  const handler = /<[a-z][^>]*[\s"'/](on[a-z]+)\s*=/iu.exec(seen)?.[1];
  return handler === undefined ? undefined : `\`${handler}\` has no place in a mail`;
}

const characterOf = (code: number): string => (code > 0x10ffff ? '' : String.fromCodePoint(code));

/** Returns the problem with a value at the end of this text, undefined if there is none. */
export function addressProblem(
  channel: string,
  before: string,
  value: string,
  isHelper: boolean,
): string | undefined {
  if (ADDRESS_BEGINS.test(before.slice(-200)) && (isHelper || !ADDRESSES.includes(value)))
    return `\`${value}\` stands where a link begins: a log line could say where it leads`;
  if (channel !== 'email') return undefined;
  const tag = before.slice(before.lastIndexOf('<'));
  const isInTag = before.includes('<') && !tag.includes('>');
  const isQuoted = (tag.split('"').length - 1) % 2 === 1 || (tag.split("'").length - 1) % 2 === 1;
  return isInTag && !isQuoted ? `\`${value}\` stands in a tag without quotes` : undefined;
}
