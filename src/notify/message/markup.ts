/**
 * The markup of a channel: its escaping and its forms. Log text gets into a message only through `value` and `code`, so both must make it
 * harmless on their channel. The result of each method is finished markup and is never escaped again.
 */
import type { Block, Inline, Runbook } from './runbook.ts';

export interface Markup {
  /** Text of unknown origin, within a line. */
  value(text: string): string;
  /** Text of the author of the rule or runbook. It is escaped as `value` is, unless the channel can do better. */
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

/** Puts the text between two signs. Signs are formatting only if they touch the text, so blanks at the ends of a value stay outside. */
export function around(text: string, sign: string): string {
  const inside = text.trim();
  return inside === '' ? text : text.replace(inside, () => `${sign}${inside}${sign}`);
}

/** Minimum UTF-16 units of a paragraph's beginning. A shorter one is not shown. */
const BEGINNING_LENGTH_MIN = 300;

/**
 * Writes the blocks of a runbook as finished markup, one string each. They are cut to stay within `limit` UTF-16 units. Prose is cut
 * between words, never within a code, a strong or a link. A code block is whole or left out, since half a command is worse than none.
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

/** Returns as many of the first words and forms of a block of prose as fit, undefined if none fits. */
function beginningOf(block: Block, markup: Markup, room: number): string | undefined {
  if (block.kind === 'code' || block.kind === 'heading') return undefined;
  const words = block.children.flatMap((child): readonly Inline[] =>
    child.kind === 'text'
      ? (child.text.match(/\s*\S+|\s+$/gu) ?? []).map((text) => ({ ...child, text }))
      : [child],
  );
  // Each word adds at least one unit, so at most `room` words can fit.
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

/** Joins neighbouring texts, so that they are written as they were before they were split into words. */
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
