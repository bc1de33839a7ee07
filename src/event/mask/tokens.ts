/** Finds tokens, passwords and keys in log lines: by the name before them, or by their own form. */
import { backslashesBefore } from './backslashes.ts';

/** Names whose values give access to something. They may also be names of fields and keys of a document. */
const NAMES =
  '(?:passw(?:or)?d|passwd|pwd)(?:[_-]?(?:confirm(?:ation)?|repeat|again|verify|hash|\\d{1,2}))?|passphrase|secret|token|(?:api|access|private|secret|signing|encryption)[_-]?key|authorization|credentials?|session[_-]?id|cookie';

const SECRET_NAME = new RegExp(`(?:^|[^A-Za-z]|[a-z])(?:${NAMES})$`, 'iu');

/** Returns true if the values of a field of this name are tokens, whatever they look like: `password`, `user.accessToken`. */
export function namesToken(name: string): boolean {
  return SECRET_NAME.test(name.slice(-64));
}

/** A name, and the signs between it and its value: `password=`, `"password": ` (also inside JSON inside JSON), `"password"=>`. */
const HEAD = new RegExp(`(${NAMES})\\\\*["']?[ \\t]{0,8}[:=]{1,2}>?[ \\t]{0,8}`, 'giu');

/** The words that say how a value is meant. They are shown. */
const SCHEME = /(?:bearer|basic|apikey|digest|token|negotiate|ntlm|oauth|aws4-hmac-sha256)[ \t]{1,8}/iuy;
const MASKED = /\\*["']?\[token\]/uy;
const QUOTE = /(\\*)(["'])/uy;
const WORD = /[^\s,;&"'}\])\\]+/uy;
/** Cookies: `a=1; b=2`. */
const COOKIES = /[^\s,;&"'}\])\\]+(?:;[ \t]{0,8}[^\s,;="'\\]+=[^\s,;"'\\]*)*/uy;
/** Parameters such as `name="x", response=y`, as Digest and AWS write credentials. Also an unknown scheme with its parameters. */
const PARAMETER = String.raw`[\w-]+=(?:\\*"[^"\\]*\\*"|[^\s,"'\\]+)`;
const PARAMETERS = `${PARAMETER}(?:,[ \\t]{0,8}${PARAMETER})*`;
const CREDENTIALS = new RegExp(
  `(?:[A-Za-z][\\w-]{0,30}[ \\t]{1,8}(?=${PARAMETER}|[\\w+/=.~-]{8}))?(?:${PARAMETERS}|${WORD.source})`,
  'uy',
);

function maskNamed(text: string): string {
  let shown = '';
  let end = 0;
  HEAD.lastIndex = 0;
  for (let found = HEAD.exec(text); found !== null; found = HEAD.exec(text)) {
    const from = behind(SCHEME, text, HEAD.lastIndex) ?? HEAD.lastIndex;
    const isMasked = behind(MASKED, text, from) !== undefined;
    const value = isMasked ? undefined : valueAt(text, from, found[1]!.toLowerCase());
    if (value === undefined) continue;
    shown += `${text.slice(end, value.from)}[token]`;
    end = value.to;
    HEAD.lastIndex = value.to;
  }
  return shown + text.slice(end);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Finds a value: a quoted text, a list, an object, or everything up to the next blank or sign. */
function valueAt(text: string, from: number, name: string): Span | undefined {
  QUOTE.lastIndex = from;
  const quoted = QUOTE.exec(text);
  if (quoted !== null) {
    const begin = QUOTE.lastIndex;
    return { from: begin, to: endOfQuoted(text, begin, quoted[2]!, quoted[1]!.length) };
  }
  if (text[from] === '[' || text[from] === '{') return { from, to: endOfBrackets(text, from) };
  const to = behind(plainValue(name), text, from);
  return to === undefined ? undefined : { from, to };
}

function plainValue(name: string): RegExp {
  if (name === 'cookie') return COOKIES;
  return name === 'authorization' ? CREDENTIALS : WORD;
}

/** Returns the end of the match that begins at `at`. */
function behind(sticky: RegExp, text: string, at: number): number | undefined {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : undefined;
}

/**
 * Returns the end of a text whose quotes stand behind `escapes` backslashes. If it has no end, returns the end of the text around it, or of
 * the whole text.
 */
function endOfQuoted(text: string, begin: number, sign: string, escapes: number): number {
  for (let at = text.indexOf(sign, begin); at >= 0; at = text.indexOf(sign, at + 1)) {
    const before = backslashesBefore(text, at, begin);
    if (endsText(before, escapes)) return at - escapes;
    if (before < escapes) return at - before;
  }
  return text.length;
}

/**
 * Each level of quoting doubles the backslashes and adds one. So a quote within the text has more of them, and backslashes before its end
 * are as many again.
 */
const endsText = (before: number, escapes: number): boolean => before % (2 * (escapes + 1)) === escapes;

/** Returns the end of the list or object that begins at `begin`. Brackets within quotes do not count. */
function endOfBrackets(text: string, begin: number): number {
  let depth = 0;
  let escapes: number | undefined;
  for (let at = begin; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '[' || char === '{') depth += 1;
    else if ((char === ']' || char === '}') && --depth === 0) return at + 1;
    else if (char === '"') {
      const before = backslashesBefore(text, at, begin);
      escapes ??= before;
      if (before < escapes) return at - before;
      at = endOfQuoted(text, at + 1, char, escapes) + escapes;
    }
  }
  return text.length;
}

const FORMS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/gu,
    '[token]',
  ],
  [
    new RegExp(
      `(<[\\w.:-]{0,64}(?:${NAMES})(?:\\s[^<>]{0,200})?>)(?:<!\\[CDATA\\[[^]*?(?:\\]\\]>|$)|[^<]+)`,
      'giu',
    ),
    '$1[token]',
  ],
  [/\b(Bearer|Basic|ApiKey)([ \t]{1,8})[\w+/=.~-]{4,}/giu, '$1$2[token]'],
  [/\beyJ[\w-]{6,}(?:\.[\w-]*){0,4}/gu, '[token]'],
  [/(?<![\p{L}\p{N}])(?:AKIA|ASIA)[A-Z0-9]{12,}/gu, '[token]'],
  [
    /(?<![\p{L}\p{N}])(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|sk-|[sr]k_(?:live|test)_|AIza|npm_|SG\.)[\w.-]{10,}/gu,
    '[token]',
  ],
  // A password may hold characters that end it in a correct address. A port does not begin a password.
  [
    /(:\/\/[^\s/:@"'[]{0,200}:)(?!\[token\]|\d{1,5}[/?#])(?:[^\s"'?#]{1,200}|[^\s/"']{1,200})@/gu,
    '$1[token]@',
  ],
  // A user without a password: a long one, or one with a digit, is more likely a token than a name.
  [/(\bhttps?:\/\/)(?:(?=[^\s/:@"'?#]{0,200}\d)[^\s/:@"'?#]{8,200}|[^\s/:@"'?#]{16,200})@/giu, '$1[token]@'],
];

export function maskTokens(text: string): string {
  return FORMS.reduce((rest, [form, by]) => rest.replace(form, by), maskNamed(text));
}
