/**
 * Fills values, which come from log lines, into a runbook. Prose shows any value. Code and link addresses accept only a value that can be
 * nothing but one plain name there. So log text cannot become a command, an option, another folder or another server.
 */
import type { Value } from '../../event/event.ts';
import { visibleLine } from '../../event/visible.ts';
import type { Inline } from './runbook.ts';

export type RunbookValues = Readonly<Record<string, readonly Value[]>>;

export interface RunbookWords {
  /** Values that prose shows in another form than code. */
  readonly readable?: Readonly<Record<string, string>>;
  /** Returns the text that stands for a missing value. Default: English. */
  readonly missing?: (name: string) => string;
}

/** Fills the placeholders of one runbook. */
export interface Filler {
  prose(name: string): Inline;
  code(text: string): string;
  /** Returns the address with its values, or why there is none: a value is missing, or an address must not hold it. */
  href(text: string): { readonly href: string } | { readonly missing: string } | { readonly refused: true };
  /** Returns the values that code or an address asked for and could not hold, for a list below the steps. */
  unfilled(): readonly { readonly name: string; readonly value: string }[];
}

/**
 * Matches a value that code may hold. It begins with a letter or a digit: a hyphen would make it an option, a dot a hidden file, an
 * underscore every index of Elasticsearch, a colon a branch of git to be deleted. It does not end in a dot or a colon, which would join it
 * to the next text. Two dots side by side would mean the folder above or a range.
 */
const PLAIN_WORD = /^(?!.*\.\.)(?=.{1,128}$)[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9_-])?$/u;
const PLACEHOLDER = /\{\{\s*([\w@][\w.@-]*)\s*\}\}/gu;
/** Matches an address whose host ends with a placeholder instead of the author's text. */
const HOST_OF_VALUE = /^https?:\/\/[^/?#\\]*\}\}(?::\d*)?(?:[/?#\\]|$)/iu;
/** Maximum UTF-16 units of a value. */
const VALUE_LENGTH_MAX = 300;

export function createFiller(values: RunbookValues, words: RunbookWords): Filler {
  const { readable = {}, missing = missingInEnglish } = words;
  const unfilled = new Map<string, string>();
  const valuesOf = (name: string): readonly Value[] =>
    Object.hasOwn(values, name) ? values[name]!.filter((value) => value !== '') : [];
  const shown = (name: string): string | undefined => {
    const of = valuesOf(name);
    return of.length === 0 ? undefined : visibleLine(of.map(String).join(', '), VALUE_LENGTH_MAX);
  };
  const list = (name: string): void => void unfilled.set(name, shown(name) ?? missing(name));
  return {
    prose(name) {
      const value = Object.hasOwn(readable, name) ? readable[name] : shown(name);
      return value === undefined ? { kind: 'text', text: missing(name) } : { kind: 'value', text: value };
    },
    code: (text) =>
      text.replace(PLACEHOLDER, (whole, name: string) => {
        const of = valuesOf(name);
        const only = of.length === 1 ? String(of[0]) : undefined;
        if (only !== undefined && PLAIN_WORD.test(only)) return only;
        list(name);
        return whole;
      }),
    href(text) {
      let lacking: string | undefined;
      let isRefused = HOST_OF_VALUE.test(text);
      const href = text.replace(PLACEHOLDER, (_whole, name: string) => {
        const [value] = valuesOf(name);
        if (value === undefined) lacking ??= name;
        else if (isPartOfAddress(String(value))) return encodeURIComponent(String(value));
        else isRefused = true;
        if (value !== undefined) list(name);
        return '';
      });
      if (lacking !== undefined) return { missing: missing(lacking) };
      return isRefused ? { refused: true } : { href };
    },
    unfilled: () => [...unfilled].map(([name, value]) => ({ name, value })),
  };
}

/**
 * Returns true if an address may hold the value. A shortened value would lead to another page. Servers decode percent forms, some of them
 * twice, and then read `..` as the folder above.
 */
function isPartOfAddress(value: string): boolean {
  if (visibleLine(value, VALUE_LENGTH_MAX) !== value) return false;
  const decoded = value.replace(/%(?:25)*2e/giu, '.').replace(/%(?:25)*(?:2f|5c)/giu, '/');
  return !decoded.split(/[/\\]/u).some((part) => part === '.' || part === '..');
}

const missingInEnglish = (name: string): string => `(no ${name})`;
