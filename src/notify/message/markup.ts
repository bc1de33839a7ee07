/**
 * How a channel writes text: its escaping and its forms. `value` and `code` are the only ways for log text into a message, so
 * each must make it inert on its channel. What a method gives is finished markup and is never escaped again.
 */
import type { Block, Inline, Runbook } from './runbook.ts';

export interface Markup {
  /** Text of unknown origin, within a line. */
  value(text: string): string;
  /** Text of the rule's or runbook's author: the same escaping unless the channel can do better. */
  prose(text: string): string;
  /** Inline code. */
  code(text: string): string;
  strong(text: string): string;
  /** `label` is finished markup; `href` is http, https or mailto. */
  link(label: string, href: string): string;
  heading(text: string, level: number): string;
  paragraph(text: string): string;
  quote(text: string): string;
  item(text: string, depth: number, number?: number): string;
  codeBlock(text: string): string;
}

/** Between two signs, which are formatting only where they touch the text: blanks at its ends, as of a value, stay outside. */
export function around(text: string, sign: string): string {
  const inside = text.trim();
  return inside === '' ? text : text.replace(inside, () => `${sign}${inside}${sign}`);
}

/** Less of a paragraph is not worth its beginning. */
const BEGINNING_LENGTH_MIN = 300;

/**
 * Blocks of a runbook as finished markup, one string each, cut so that they stay within `limit` UTF-16 units. Prose is cut between
 * words, never within a code, a strong or a link. A code block is whole or left out: half a command is worse than none.
 */
export function writeRunbook(
  runbook: Runbook,
  markup: Markup,
  limit: number,
): { readonly parts: readonly string[]; readonly cut: boolean } {
  const parts: string[] = [];
  let size = 0;
  for (const block of runbook.blocks) {
    const part = writeBlock(block, markup);
    const room = limit - size - 1;
    if (part.length > room) {
      const beginning = room < BEGINNING_LENGTH_MIN ? undefined : beginningOf(block, markup, room);
      return { parts: beginning === undefined ? parts : [...parts, beginning], cut: true };
    }
    size += part.length + 1;
    parts.push(part);
  }
  return { parts, cut: false };
}

/** The first words and forms of a block of prose, as many as fit; undefined where that is none. */
function beginningOf(block: Block, markup: Markup, room: number): string | undefined {
  if (block.kind === 'code' || block.kind === 'heading') return undefined;
  const words = block.children.flatMap((child): readonly Inline[] =>
    child.kind === 'text'
      ? (child.text.match(/\s*\S+|\s+$/gu) ?? []).map((text) => ({ ...child, text }))
      : [child],
  );
  // A form adds to its words at least one unit each, so no more of them than that can fit.
  let [fits, tooMany] = [0, Math.min(words.length, room) + 1];
  const written = (count: number): string =>
    writeBlock({ ...block, children: joined(words.slice(0, count)) }, markup);
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (written(middle).length <= room) fits = middle;
    else tooMany = middle;
  }
  return fits === 0 ? undefined : written(fits);
}

/** Texts side by side as one, so that what is written of them is the same as before they were words. */
function joined(children: readonly Inline[]): readonly Inline[] {
  const found: Inline[] = [];
  for (const child of children) {
    const last = found.at(-1);
    if (child.kind === 'text' && last?.kind === 'text')
      found[found.length - 1] = { kind: 'text', text: last.text + child.text };
    else found.push(child);
  }
  return found;
}

function writeBlock(block: Block, markup: Markup): string {
  if (block.kind === 'code') return markup.codeBlock(block.text);
  const text = writeInline(block.children, markup);
  switch (block.kind) {
    case 'heading':
      return markup.heading(text, block.level);
    case 'paragraph':
      return markup.paragraph(text);
    case 'quote':
      return markup.quote(text);
    case 'item':
      return markup.item(text, block.depth, block.number);
  }
}

function writeInline(children: readonly Inline[], markup: Markup): string {
  return children
    .map((child) => {
      switch (child.kind) {
        case 'text':
          return markup.prose(child.text);
        case 'value':
          return markup.value(child.text);
        case 'code':
          return markup.code(child.text);
        case 'strong':
          return markup.strong(writeInline(child.children, markup));
        case 'link':
          return markup.link(writeInline(child.children, markup), child.href);
      }
    })
    .join('');
}
