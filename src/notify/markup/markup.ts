/**
 * How a channel writes text: its escaping and its forms. `value` and `code` are the only ways for log text into a message, so
 * each must make it inert on its channel. What a method gives is finished markup and is never escaped again.
 */
import type { Block, Inline, Runbook } from '../runbook.ts';

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

/** Blocks of a runbook as finished markup, one string each, cut at a block so that it stays within `limit` UTF-16 units. */
export function writeRunbook(
  runbook: Runbook,
  markup: Markup,
  limit: number,
): { readonly parts: readonly string[]; readonly cut: boolean } {
  const parts: string[] = [];
  let size = 0;
  for (const block of runbook.blocks) {
    const part = writeBlock(block, markup);
    size += part.length + 1;
    if (size > limit) return { parts, cut: true };
    parts.push(part);
  }
  return { parts, cut: false };
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
