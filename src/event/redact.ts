/**
 * Cuts credentials out of every text that leaves the process. These are the credentials of the configuration, in whatever form they come
 * back (an error of a library, an answer that quotes the request), and texts that look like a credential. Known credentials are kept for
 * the whole process, since texts leave it at places that know nothing of the configuration: the log, pages, the command line, messages, the
 * state.
 */

import { jsonText, visibleText } from './visible.ts';

export const REDACTED = '[redacted]';

/** For each text that must not be seen, the text shown in its place. */
const known = new Map<string, string>();
/** Expressions made from `known` when they are needed. `escaped` is for texts with escapes of HTML or JSON, and takes longer. */
let patterns: { plain?: RegExp; escaped?: RegExp } = {};
let beginningsOfKnown: Beginnings | undefined;

/** Shorter secrets would cut holes into ordinary words. No credential that protects anything is so short. */
const LENGTH_MIN = 4;
/** A shorter secret is found only as a word of its own. */
const LENGTH_ANYWHERE_MIN = 8;

/** From now on no text shows the value: as it is, percent-encoded or decoded, escaped as in JSON, or in base64. `shownAs` replaces it. */
export function keepSecret(value: string, shownAs = REDACTED): void {
  if (value.length < LENGTH_MIN) return;
  for (const form of formsOf(value)) if (!known.has(form)) known.set(form, shownAs);
  patterns = {};
  beginningsOfKnown = undefined;
}

/** Returns the texts that must not be seen with those that are shown instead, for `takeSecrets` in another thread. */
export function keptSecrets(): ReadonlyMap<string, string> {
  return new Map(known);
}

/** Takes over what another thread keeps secret. */
export function takeSecrets(secrets: ReadonlyMap<string, string>): void {
  for (const [form, shownAs] of secrets) known.set(form, shownAs);
  patterns = {};
  beginningsOfKnown = undefined;
}

function formsOf(value: string): ReadonlySet<string> {
  const plain = new Set([value, decoded(value)]);
  const forms = [...plain].flatMap((text) => {
    const percent = encodeURIComponent(text.toWellFormed());
    const strict = percent.replace(
      /[!'()*]/gu,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    const base64 = Buffer.from(text).toString('base64');
    return [
      ...[text, percent, strict, percent.replace(/%20/gu, '+')],
      ...[encodeURI(text.toWellFormed()), new URLSearchParams([['', text]]).toString().slice(1)],
      ...[base64, base64.replace(/=+$/u, ''), Buffer.from(text).toString('base64url')],
    ];
  });
  const within = [...plain].flatMap(insideBase64);
  const lower = forms.map((form) => form.replace(/%[0-9A-F]{2}/gu, (code) => code.toLowerCase()));
  const all = [...forms, ...lower, ...within];
  const inJson = all.flatMap((form) => [JSON.stringify(form), jsonText(form)]);
  return new Set([...all, ...inJson.map((form) => form.slice(1, -1)), visibleText(value)]);
}

/** Returns the base64 forms of a text beside other bytes (`user:password`), as far as their characters do not depend on those bytes. */
function insideBase64(text: string): readonly string[] {
  return [0, 1, 2]
    .map((before) => {
      const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
      const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
      return whole.slice(before === 0 ? 0 : 4);
    })
    .filter((form) => form.length >= LENGTH_ANYWHERE_MIN);
}

/** Resolves percent codes. Returns the text itself if it holds a `%` that is not part of one. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns a text without the credentials of the configuration. */
export function redactKnown(text: string): string {
  if (known.size === 0) return text;
  const isEscaped = ESCAPE.test(text);
  const pattern = (patterns[isEscaped ? 'escaped' : 'plain'] ??= anyOf(isEscaped));
  const whole = text.replace(pattern, (found) => known.get(found) ?? REDACTED);
  return whole.includes(CUT_MARK) ? whole.split(CUT_MARK).map(withoutBeginning).join(CUT_MARK) : whole;
}

const CUT_MARK = '…';
/** Shorter beginnings reveal nothing, and many words begin so. */
const BEGINNING_LENGTH_MIN = 6;

/** Removes the beginning of a secret at the end of a part: the text may have been cut within the secret. The last part was not cut. */
function withoutBeginning(text: string, index: number, parts: readonly string[]): string {
  if (index === parts.length - 1) return text;
  const { byBeginning, max } = beginnings();
  for (let from = Math.max(0, text.length - max + 1); from <= text.length - BEGINNING_LENGTH_MIN; from += 1) {
    const forms = byBeginning.get(text.slice(from, from + BEGINNING_LENGTH_MIN));
    if (forms?.some((form) => form.length > text.length - from && form.startsWith(text.slice(from))) === true)
      return text.slice(0, from) + REDACTED;
  }
  return text;
}

interface Beginnings {
  readonly byBeginning: ReadonlyMap<string, readonly string[]>;
  readonly max: number;
}

function beginnings(): Beginnings {
  if (beginningsOfKnown !== undefined) return beginningsOfKnown;
  // An address begins with its host, which is no secret. Secrets in the address are known by themselves.
  const secrets = [...known].flatMap(([form, shownAs]) => (shownAs === REDACTED ? [form] : []));
  const forms = secrets.filter((form) => form.length > BEGINNING_LENGTH_MIN);
  beginningsOfKnown = {
    byBeginning: Map.groupBy(forms, (form) => form.slice(0, BEGINNING_LENGTH_MIN)),
    max: forms.reduce((max, { length }) => Math.max(max, length), 0),
  };
  return beginningsOfKnown;
}

const ESCAPE = /&(?:#|[a-z]{2,6};)|\\(?:u[0-9a-f]|\/)/iu;

function anyOf(isEscaped: boolean): RegExp {
  const longFirst = [...known.keys()].sort((a, b) => b.length - a.length);
  return new RegExp(longFirst.map((form) => alternative(form, isEscaped)).join('|'), 'gu');
}

function alternative(form: string, isEscaped: boolean): string {
  const text = isEscaped
    ? form.replace(/[^A-Za-z0-9]/gu, (char) => (isLone(char) ? char : escapesOf(char)))
    : literally(form);
  return form.length >= LENGTH_ANYWHERE_MIN ? text : `(?<![A-Za-z0-9])${text}(?![A-Za-z0-9])`;
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');

/** True for half of a surrogate pair. No text that leaves has one, and none has an escape of one. */
const isLone = (char: string): boolean => !char.isWellFormed();

const named: ReadonlyMap<string, string> = new Map([
  ...([['&', 'amp'] as const, ['<', 'lt'], ['>', 'gt'], ['"', 'quot'], ["'", 'apos']] as const),
  ...([['/', 'sol'] as const, ['+', 'plus'], ['=', 'equals']] as const),
]);

/** Returns an expression for a character: as it is, and as pages of HTML (a proxy that quotes the request) and any writer of JSON escape it. */
function escapesOf(char: string): string {
  const code = char.codePointAt(0)!;
  const anyCase = (hex: string): string =>
    hex.replace(/[a-f]/gu, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const hex = code.toString(16);
  const name = named.get(char);
  const ways = [
    literally(char),
    `&#0*${code};`,
    `&#[xX]0*${anyCase(hex)};`,
    ...(name === undefined ? [] : [`&${name};`]),
    `\\\\u${anyCase(hex.padStart(4, '0'))}`,
    ...(char === '/' ? ['\\\\/'] : []),
  ];
  return `(?:${ways.join('|')})`;
}

/** Credentials as they stand in texts: in URLs, Slack tokens, Authorization headers, key=value. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/[^\s/:@]*:)[^\s/@]+@/gu, '$1[redacted]@'],
  [/\bxox[a-z]-[\w-]+/gu, REDACTED],
  [/\b(Bearer|Basic|ApiKey)\s+[\w+/=.~-]+/gu, '$1 [redacted]'],
  [/\b((?:access_)?token|sign|secret|password|api_key)=[^\s&"']+/giu, '$1=[redacted]'],
];

/** Returns a text without the credentials of the configuration, and without texts that look like one. */
export function redactText(text: string): string {
  return SECRET_TEXTS.reduce((clean, [looks, by]) => clean.replace(looks, by), redactKnown(text));
}

/** As `redactText`, for the first `max` characters of a text of any length; `…` replaces the rest. */
export function redactBeginning(text: string, max: number): string {
  return redactText(text.length > max ? `${text.slice(0, max)}${CUT_MARK}` : text);
}

/** Returns the same value with every text in it changed by `change`. Names of properties stay. For plain data. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => mapTexts(each, change)) as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, mapTexts<unknown>(each, change)]),
  ) as T;
}

/**
 * Changes the texts between double quotes by `change`. In JSON and in Prometheus' exposition these are the data. Numbers and words outside
 * are the form of the document, and stay. `written`: writes a changed text in the format of the document, by default as JSON.
 */
export function mapQuoted(
  document: string,
  change: (text: string) => string,
  written: (text: string) => string = jsonText,
): string {
  return document.replace(/"(?:[^"\\]|\\[^])*"/gu, (quoted) => {
    const inner = parsed(quoted);
    if (inner === undefined) return `"${change(quoted.slice(1, -1))}"`;
    const changed = change(inner);
    return changed === inner ? quoted : written(changed);
  });
}

function parsed(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
