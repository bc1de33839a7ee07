/**
 * Cuts finished mrkdwn into pieces of bounded length. It cuts between atoms: a link, a code, a strong or an escaped character stays whole.
 * A code block, a code or a word that is longer than a piece is closed at the end of the piece and opened again in the next one.
 */

/** A text in pieces. `lost`: true if an address was too long for a piece, so that only its label is left. */
export interface Pieces {
  readonly pieces: readonly string[];
  readonly lost: boolean;
}

const FENCE = '```';
/** A code, a link, a strong, an escaped character, space, or a word. */
const ATOMS = /`[^`]*`|<[^<>]*>|\*[^*]+\*|&(?:amp|lt|gt);|\s+|[^\s`<>*&]+|[\s\S]/gu;
const UNITS = /&(?:amp|lt|gt);|[\s\S]/gu;

/** Cuts a text into pieces of whole lines where lines fit. A piece has at most `max` UTF-16 units; the service counts at most as many. */
export function piecesOf(text: string, max: number): Pieces {
  // A piece keeps room to close a code block and to open it again.
  const room = max - 2 * FENCE.length - 2;
  const pieces: string[] = [];
  let lost = false;
  let current = '';
  let isCode = false;
  const add = (line: string): void => {
    if (current.length + line.length + FENCE.length + 2 > max) {
      pieces.push(isCode ? `${current}\n${FENCE}` : current);
      current = isCode ? `${FENCE}\n${line}` : line;
    } else {
      current = current === '' ? line : `${current}\n${line}`;
    }
  };
  for (const line of text.split('\n')) {
    if (line.startsWith(FENCE)) {
      add(line);
      isCode = !isCode;
    } else {
      const cut = isCode ? { pieces: runs(line, room), lost: false } : lineOf(line, room);
      cut.pieces.forEach(add);
      lost ||= cut.lost;
    }
  }
  return { pieces: [...pieces, current].filter((piece) => piece.trim() !== ''), lost };
}

/** Cuts one line outside of code blocks into pieces. */
export function lineOf(line: string, max: number): Pieces {
  if (line.length <= max) return { pieces: [line], lost: false };
  // The next piece of a quote is a quote too.
  const quote = line.startsWith('> ') ? '> ' : '';
  const pieces: string[] = [];
  let lost = false;
  let current = '';
  const add = (atom: string): void => {
    if (current.length + atom.length > max) {
      pieces.push(current.trimEnd());
      current = quote + atom.trimStart();
    } else {
      current += atom;
    }
  };
  for (const [atom] of line.matchAll(ATOMS)) {
    if (atom.length <= max - quote.length) add(atom);
    else {
      const parts = partsOf(atom, max - quote.length);
      parts.pieces.forEach(add);
      lost ||= parts.lost;
    }
  }
  return { pieces: [...pieces, current], lost };
}

/** Cuts an atom that is longer than a piece. */
function partsOf(atom: string, max: number): Pieces {
  const inside = atom.slice(1, -1);
  if (atom.startsWith('`')) return { pieces: runs(inside, max - 2).map((run) => `\`${run}\``), lost: false };
  if (atom.startsWith('<')) return { ...lineOf(inside.slice(inside.indexOf('|') + 1), max), lost: true };
  if (atom.startsWith('*')) return lineOf(inside, max);
  return { pieces: runs(atom, max), lost: false };
}

/** Cuts a text between whole characters. An escaped character counts as long as it is written. */
function runs(text: string, max: number): readonly string[] {
  if (text.length <= max) return [text];
  const found: string[] = [];
  let current = '';
  for (const [unit] of text.matchAll(UNITS)) {
    if (current.length + unit.length > max) {
      found.push(current);
      current = '';
    }
    current += unit;
  }
  return [...found, current];
}
