/**
 * Runbooks: a small, well-defined part of Markdown (headings, paragraphs, lists, quotes, fenced code, `code`, **bold**,
 * [links](https://…)) read into blocks, with `{{placeholders}}` filled from the alert. A value stays apart from the author's text:
 * it is never read as Markdown, and it enters code only where it cannot be more than one plain word, so that log text never
 * becomes a command. Prose says what has no value; in code its placeholder stays, and it is listed.
 */
import type { Value } from '../event/event.ts';
import { visibleLine } from './visible.ts';

export type Inline =
  | { readonly kind: 'text' | 'value' | 'code'; readonly text: string }
  | { readonly kind: 'strong'; readonly children: readonly Inline[] }
  | { readonly kind: 'link'; readonly children: readonly Inline[]; readonly href: string };

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: 'paragraph' | 'quote'; readonly children: readonly Inline[] }
  | {
      readonly kind: 'item';
      /** The number of an ordered item. */
      readonly number?: number;
      readonly depth: number;
      readonly children: readonly Inline[];
    }
  | { readonly kind: 'code'; readonly text: string };

export interface Runbook {
  readonly blocks: readonly Block[];
  /** Values that code asked for but may not hold or that there are none of, to be shown below the steps. */
  readonly unfilled: readonly { readonly name: string; readonly value: string }[];
}

export type RunbookValues = Readonly<Record<string, readonly Value[]>>;

// A leading hyphen would make an option of a value.
const plainWord = /^(?!-)[A-Za-z0-9._:-]{1,128}$/u;
const placeholder = /\{\{\s*([\w@][\w.@-]*)\s*\}\}/gu;
const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/u;
const valueLimit = 300;
const markdownLimit = 200_000;

/** Front matter of a runbook: `url:` says where people read it in a browser (http or https). */
export function runbookUrl(markdown: string): string | undefined {
  return /^url:\s*["']?(https?:\/\/[^\s"']+)["']?\s*$/mu.exec(headOf(markdown))?.[1];
}

/** Front matter of a runbook: the rule's title in its language, `title:` or, of one of several rules, `title.NAME:`. */
export function runbookTitle(markdown: string, rule: string): string | undefined {
  const titles = new Map<string, string>();
  for (const [, name, title] of headOf(markdown).matchAll(/^title(?:\.(\w+))?:[ \t]*(\S.*?)[ \t\r]*$/gmu))
    titles.set(name ?? '', title!);
  return titles.get(rule) ?? titles.get('');
}

function headOf(markdown: string): string {
  return frontMatter.exec(markdown.slice(0, 4_000))?.[1] ?? '';
}

export interface RunbookWords {
  /** How prose shows some of the values, where that is not as code takes them. */
  readonly readable?: Readonly<Record<string, string>>;
  /** What stands in the place of a value that there is none of; English by default. */
  readonly missing?: (name: string) => string;
}

export function readRunbook(markdown: string, values: RunbookValues, words: RunbookWords = {}): Runbook {
  const fill = createFiller(values, words);
  const blocks: Block[] = [];
  const lines = markdown.slice(0, markdownLimit).replace(frontMatter, '').split(/\r?\n/u);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const fence = /^\s*(```+|~~~+)/u.exec(line)?.[1];
    if (fence !== undefined) {
      const end = lines.findIndex((other, at) => at > i && other.trim() === fence);
      const body = lines.slice(i + 1, end === -1 ? lines.length : end);
      blocks.push({ kind: 'code', text: fill.code(unindent(body).join('\n')) });
      i = end === -1 ? lines.length : end;
    } else {
      addLine(blocks, line, lines[i - 1]?.trim() !== '', fill);
    }
  }
  // A title at the top repeats what the message says already.
  const titled = blocks[0]?.kind === 'heading' && blocks[0].level === 1;
  return { blocks: titled ? blocks.slice(1) : blocks, unfilled: fill.unfilled() };
}

/** A line outside code: begins a block, or goes on with the one before when `joins`. */
function addLine(blocks: Block[], line: string, joins: boolean, fill: Filler): void {
  if (line.trim() === '' || /^<!--.*-->\s*$/u.test(line)) return;
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/u.exec(line);
  if (heading) {
    blocks.push({ kind: 'heading', level: heading[1]!.length, children: readInline(heading[2]!, fill) });
    return;
  }
  const item = /^(\s*)(?:[-*+]|(\d{1,4})[.)])\s+(.*)$/u.exec(line);
  if (item) {
    const depth = Math.min(3, Math.floor(item[1]!.length / 2));
    const children = readInline(item[3]!, fill);
    blocks.push({
      kind: 'item',
      depth,
      children,
      ...(item[2] === undefined ? {} : { number: Number(item[2]) }),
    });
    return;
  }
  const quote = /^>\s?(.*)$/u.exec(line);
  const kind = quote ? 'quote' : 'paragraph';
  const children = readInline(quote ? quote[1]! : line.trim(), fill);
  const last = blocks.at(-1);
  if (joins && last && last.kind !== 'code' && last.kind !== 'heading' && (!quote || last.kind === 'quote')) {
    blocks[blocks.length - 1] = {
      ...last,
      children: [...last.children, ...lineJoint(last.children), ...children],
    };
  } else {
    blocks.push({ kind, children });
  }
}

/** A line end within a paragraph is a space, but not in Chinese. */
function lineJoint(before: readonly Inline[]): readonly Inline[] {
  const last = before.at(-1);
  const wide = last && 'text' in last && /[\p{Script=Han}\u3000-\u303f\uff00-\uff60]$/u.test(last.text);
  return wide ? [] : [{ kind: 'text', text: ' ' }];
}

const inlineForms = /`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(([^()\s]+)\)|\{\{\s*([\w@][\w.@-]*)\s*\}\}/gu;

function readInline(text: string, fill: Filler): readonly Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(inlineForms)) {
    if (match.index > at) found.push({ kind: 'text', text: text.slice(at, match.index) });
    const [, code, strong, label, href, name] = match;
    if (code !== undefined) found.push({ kind: 'code', text: fill.code(code) });
    else if (strong !== undefined) found.push({ kind: 'strong', children: readInline(strong, fill) });
    else if (name !== undefined) found.push(fill.prose(name));
    else found.push(...readLink(label!, href!, fill));
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ kind: 'text', text: text.slice(at) });
  return found;
}

/** Only whole web and mail addresses become links; the label of any other stays as text. */
function readLink(label: string, address: string, fill: Filler): readonly Inline[] {
  const children = readInline(label, fill);
  const { href, missing } = fill.href(address);
  if (!/^(?:https?:\/\/[^/]|mailto:)/iu.test(href)) return children;
  if (missing !== undefined) return [...children, { kind: 'text', text: ` ${missing}` }];
  return [{ kind: 'link', children, href }];
}

interface Filler {
  prose(name: string): Inline;
  code(text: string): string;
  /** `missing`: what to say instead of a link that lacks a value. */
  href(text: string): { readonly href: string; readonly missing?: string };
  unfilled(): readonly { name: string; value: string }[];
}

function createFiller(
  values: RunbookValues,
  { readable = {}, missing = missingInEnglish }: RunbookWords,
): Filler {
  const unfilled = new Map<string, string>();
  const valuesOf = (name: string): readonly Value[] =>
    Object.hasOwn(values, name) ? values[name]!.filter((value) => value !== '') : [];
  const shown = (name: string): string | undefined => {
    const of = valuesOf(name);
    return of.length === 0 ? undefined : visibleLine(of.map(String).join(', '), valueLimit);
  };
  return {
    prose(name) {
      const value = Object.hasOwn(readable, name) ? readable[name] : shown(name);
      return value === undefined ? { kind: 'text', text: missing(name) } : { kind: 'value', text: value };
    },
    code: (text) =>
      text.replace(placeholder, (whole, name: string) => {
        const of = valuesOf(name);
        const only = of.length === 1 ? String(of[0]) : undefined;
        if (only !== undefined && plainWord.test(only)) return only;
        unfilled.set(name, shown(name) ?? missing(name));
        return whole;
      }),
    href(text) {
      let lacking: string | undefined;
      const href = text.replace(placeholder, (whole, name: string) => {
        const [value] = valuesOf(name);
        if (value === undefined) lacking ??= name;
        return value === undefined
          ? whole
          : encodeURIComponent(String(value).toWellFormed().slice(0, valueLimit));
      });
      return lacking === undefined ? { href } : { href, missing: missing(lacking) };
    },
    unfilled: () => [...unfilled].map(([name, value]) => ({ name, value })),
  };
}

const missingInEnglish = (name: string): string => `(no ${name})`;

function unindent(lines: readonly string[]): readonly string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^\s*/u.exec(line)![0].length);
  const least = Math.min(...indents, 12);
  return lines.map((line) => line.slice(least));
}
