/**
 * Characters in the words, texts and comments of a rule that a reader does not see. A character that turns the direction of writing makes a
 * rule read otherwise than it acts, so it is an error everywhere. A character that is drawn as nothing makes a word that no line has.
 */
import { codePointName, escapeOf, hiddenCharacters } from '../../event/hidden-characters.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at, warnAt } from '../diagnostics.ts';
import { remove, writeOneOf } from '../mending.ts';
import type { SourceText } from '../source-text.ts';
import { spanOf } from '../source-text.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Greatest number of findings about one token: a text may consist of such characters. */
const FINDINGS_MAX = 20;

/** Returns findings for the hidden characters of a token. A token that is one hidden character has its finding already. */
export function hiddenIn(source: SourceText, type: string, range: Range): readonly Diagnostic[] {
  if (type === 'blank' || type === 'bad' || type === 'nl' || type === 'space') return [];
  // Nearly every token has no hidden characters.
  const text = source.text.slice(range.start, range.end);
  if (!/[^\t\n\r -~]/u.test(text)) return [];
  return hiddenCharacters(text, FINDINGS_MAX).flatMap(({ kind, start, length, codePoint }) => {
    const place = { start: range.start + start, end: range.start + start + length };
    const span = spanOf(source, place.start, place.end);
    const name = codePointName(codePoint);
    const mending =
      type === 'string'
        ? writeOneOf(
            place,
            ['', escapeOf(text.slice(start, start + length))],
            `delete it, or write ${escapeOf(text.slice(start, start + length))} where it is meant`,
          )
        : remove(place);
    if (kind === 'direction') {
      const message = `the character ${name} turns the direction of writing: the rule reads otherwise than it acts`;
      return [at(span, 'TOC123', message, mending)];
    }
    if (type === 'comment') return [];
    const message = `a character that is not seen stands in this ${type === 'string' ? 'text' : 'word'}: ${name}`;
    return [warnAt(span, 'TOC107', message, mending)];
  });
}
