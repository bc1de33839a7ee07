/**
 * From the text of the Slack template to Block Kit, within its limits: 50 blocks, 3,000 characters a section, 150 a header,
 * and 12,000 in all (more is refused, though nothing documents it: bolt-js#2509).
 */
import { shorten } from '../visible.ts';

export type Block =
  | {
      readonly type: 'header';
      readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: true };
    }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | { readonly type: 'divider' };

/** `verbatim`: Slack makes no links or mentions of its own out of the text. */
interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

const sectionMost = 2_900;
const headerMost = 150;
const contextMost = 10;
const blocksMost = 48;
const totalMost = 12_000;

export function toBlocks(text: string): readonly Block[] {
  const parts = text
    .split(/^---$/mu)
    .map((part) => part.replace(/^\n+|\s+$/gu, ''))
    .filter((part) => part !== '');
  const small = parts.filter((part) => part.startsWith('-# ') || part.startsWith('# '));
  let room = totalMost - small.reduce((size, part) => size + part.length, 0);
  const blocks: Block[] = [];
  for (const part of parts) {
    if (part.startsWith('# ')) {
      blocks.push(header(part.slice(2)));
    } else if (part.startsWith('-# ')) {
      blocks.push({ type: 'context', elements: part.split('\n').slice(0, contextMost).map(contextElement) });
    } else {
      for (const piece of split(part, sectionMost)) {
        if (piece.length > room || blocks.length >= blocksMost) break;
        room -= piece.length;
        blocks.push({ type: 'section', text: mrkdwn(piece) });
      }
    }
  }
  return blocks;
}

function header(text: string): Block {
  // A header is plain text: what the template escaped for mrkdwn is turned back.
  const plain = text
    .replaceAll('`', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return { type: 'header', text: { type: 'plain_text', text: shorten(plain, headerMost), emoji: true } };
}

function contextElement(line: string): Mrkdwn {
  return mrkdwn(shorten(line.replace(/^-# /u, ''), sectionMost));
}

function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** Pieces of whole lines; a code block that is cut is closed and opened again. */
function split(text: string, limit: number): readonly string[] {
  const fence = '```';
  const pieces: string[] = [];
  let current = '';
  let inCode = false;
  for (const line of text.split('\n').map((each) => shorten(each, limit - 2 * fence.length - 2))) {
    if (current.length + line.length + fence.length + 2 > limit) {
      pieces.push(inCode ? `${current}\n${fence}` : current);
      current = inCode ? `${fence}\n${line}` : line;
    } else {
      current = current === '' ? line : `${current}\n${line}`;
    }
    if (line.trimStart().startsWith(fence)) inCode = !inCode;
  }
  return [...pieces, current].filter((piece) => piece.trim() !== '');
}
