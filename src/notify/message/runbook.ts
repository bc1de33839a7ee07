/**
 * Reads runbooks: a small, well-defined part of Markdown (headings, paragraphs, lists, quotes, fenced code, `code`, **bold**,
 * [links](https://…)). It becomes blocks, with `{{placeholders}}` filled from the alert. A value stays separate from the author's text and
 * is never read as Markdown; runbook-values.ts says where it may stand. Prose says when a value is missing. In code the placeholder then
 * stays, and it is listed.
 */
import { visibleText } from '../../event/visible.ts';
import { createFiller, type Filler, type RunbookValues, type RunbookWords } from './runbook-values.ts';

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
  /** Values to be shown below the steps: code or an address asked for them, but they are missing or must not stand there. */
  readonly unfilled: readonly { readonly name: string; readonly value: string }[];
}

const FRONT_MATTER = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/u;
/** Maximum characters of a runbook that messages show. */
export const SHOWN_LENGTH_MAX = 200_000;

/** Returns `url:` of the front matter of a runbook: the address (http or https) where people read it in a browser. */
export function runbookUrl(markdown: string): string | undefined {
  const address = /^url:\s*["']?(https?:\/\/[^\s"']+)["']?\s*$/mu.exec(headOf(markdown))?.[1];
  // URL.parse writes invisible characters in the address as percent forms.
  return address === undefined ? undefined : (URL.parse(address)?.href ?? undefined);
}

/**
 * Returns the rule's title in the language of the runbook, from its front matter: `title:`, or `title.NAME:` if several rules share the
 * runbook.
 */
export function runbookTitle(markdown: string, rule: string): string | undefined {
  const titles = new Map<string, string>();
  for (const [, name, title] of headOf(markdown).matchAll(/^title(?:\.(\w+))?:[ \t]*(\S.*?)[ \t\r]*$/gmu))
    titles.set(name ?? '', title!);
  return titles.get(rule) ?? titles.get('');
}

function headOf(markdown: string): string {
  return FRONT_MATTER.exec(markdown.slice(0, 4_000))?.[1] ?? '';
}

export function readRunbook(markdown: string, values: RunbookValues, words: RunbookWords = {}): Runbook {
  const fill = createFiller(values, words);
  const blocks: Block[] = [];
  const text = visibleText(markdown.slice(0, SHOWN_LENGTH_MAX));
  const lines = text.replace(FRONT_MATTER, '').split('\n');
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
  // A title at the top is dropped, since the message says it already.
  const titled = blocks[0]?.kind === 'heading' && blocks[0].level === 1;
  return { blocks: titled ? blocks.slice(1) : blocks, unfilled: fill.unfilled() };
}

/** Adds a line outside of code. It begins a block, or continues the block before if `joins` is true. */
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
      ...(item[2] !== undefined && { number: Number(item[2]) }),
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

/** Returns a space for a line end within a paragraph, but nothing after a Chinese character. */
function lineJoint(before: readonly Inline[]): readonly Inline[] {
  const last = before.at(-1);
  const wide = last && 'text' in last && /[\p{Script=Han}\u3000-\u303f\uff00-\uff60]$/u.test(last.text);
  return wide ? [] : [{ kind: 'text', text: ' ' }];
}

const INLINE_FORMS = /`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(([^()\s]+)\)|\{\{\s*([\w@][\w.@-]*)\s*\}\}/gu;

function readInline(text: string, fill: Filler): readonly Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE_FORMS)) {
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

/** Only whole web and mail addresses become links. For any other address, only the label is kept, as text. */
function readLink(label: string, address: string, fill: Filler): readonly Inline[] {
  const children = readInline(label, fill);
  if (!/^(?:https?:\/\/[^/]|mailto:)/iu.test(address)) return children;
  const filled = fill.href(address);
  if ('missing' in filled) return [...children, { kind: 'text', text: ` ${filled.missing}` }];
  return 'href' in filled ? [{ kind: 'link', children, href: filled.href }] : children;
}

function unindent(lines: readonly string[]): readonly string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^\s*/u.exec(line)![0].length);
  const least = Math.min(...indents, 12);
  return lines.map((line) => line.slice(least));
}
