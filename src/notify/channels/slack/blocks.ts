/**
 * Turns the filled Slack template into Block Kit, within its limits: 50 blocks, 3,000 characters a section, 150 a header, and 12,000 in
 * all. Slack refuses more in all, although this limit is not documented (bolt-js#2509).
 */
import { shorten } from '../../../event/visible.ts';
import type { FilledTemplate } from '../../templates/engine.ts';
import { lineOf, piecesOf } from './pieces.ts';

export type SlackBlock =
  | {
      readonly type: 'header';
      readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: true };
    }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | { readonly type: 'divider' };

/** `verbatim`: Slack makes no links or mentions of its own from the text. */
interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

const SECTION_LENGTH_MAX = 2_900;
const HEADER_LENGTH_MAX = 150;
const CONTEXT_MAX = 10;
const BLOCKS_MAX = 47;
const TOTAL_LENGTH_MAX = 12_000;
const FENCE = '```';

export interface Blocks {
  readonly blocks: readonly SlackBlock[];
  /** True if some of the text was left out. */
  readonly cut: boolean;
}

/** A part that becomes one or more blocks. Its text is finished mrkdwn. */
export interface SlackPart {
  readonly kind: 'header' | 'small' | 'section';
  readonly text: string;
}

/**
 * Makes the blocks. `note`: small print in finished markup that says where to find the rest. It stands at the end if something was left
 * out.
 */
export function toBlocks(parts: readonly SlackPart[], note: string): Blocks {
  const small = parts.filter(({ kind }) => kind !== 'section');
  let room = TOTAL_LENGTH_MAX - weightOf(note) - small.reduce((size, { text }) => size + weightOf(text), 0);
  let cut = false;
  let isShort = false;
  const blocks: SlackBlock[] = [];
  for (const { kind, text } of parts) {
    if (kind === 'header') {
      blocks.push(header(text));
    } else if (kind === 'small') {
      blocks.push({ type: 'context', elements: contextElements(text) });
    } else {
      const { pieces, lost } = piecesOf(text, SECTION_LENGTH_MAX);
      isShort ||= lost;
      for (const piece of pieces) {
        const weight = weightOf(piece);
        if (weight > room || blocks.length >= BLOCKS_MAX) {
          cut = true;
          break;
        }
        room -= weight;
        blocks.push({ type: 'section', text: mrkdwn(piece) });
      }
    }
  }
  if (cut || isShort) blocks.push({ type: 'context', elements: [mrkdwn(note)] });
  return { blocks, cut };
}

/**
 * Returns the parts between the lines `---` of the template itself, except those in its code. No line of a value or of a runbook separates
 * parts.
 */
export function partsOf({ skeleton, finish }: FilledTemplate): readonly SlackPart[] {
  const parts: string[][] = [[]];
  let isCode = false;
  for (const line of skeleton.split('\n')) {
    if (line.startsWith(FENCE)) isCode = !isCode;
    if (line === '---' && !isCode) parts.push([]);
    else parts.at(-1)!.push(line);
  }
  return parts
    .map((lines): SlackPart => {
      const text = lines.join('\n').replace(/^\n+/u, '');
      const kind = text.startsWith('# ') ? 'header' : text.startsWith('-# ') ? 'small' : 'section';
      const own = kind === 'header' ? text.slice(2) : kind === 'small' ? text.replace(/^-# /gmu, '') : text;
      return { kind, text: finish(own).replace(/^\n+|\s+$/gu, '') };
    })
    .filter(({ text }) => text !== '');
}

/** Returns the weight of a text as Slack counts all blocks together: its length in JSON. */
const weightOf = (text: string): number => JSON.stringify(text).length;

function header(text: string): SlackBlock {
  // A header is plain text, so the escapes for mrkdwn are reversed.
  const plain = text
    .replaceAll('`', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return {
    type: 'header',
    text: { type: 'plain_text', text: shorten(plain, HEADER_LENGTH_MAX), emoji: true },
  };
}

function contextElements(part: string): readonly Mrkdwn[] {
  return part
    .split('\n')
    .flatMap((line) => lineOf(line, SECTION_LENGTH_MAX).pieces)
    .slice(0, CONTEXT_MAX)
    .map(mrkdwn);
}

function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}
