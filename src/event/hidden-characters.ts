/**
 * Characters that a reader of a text does not see. Some turn the direction of writing, so that a text reads otherwise than it acts
 * (Unicode's bidirectional controls). Others are drawn as nothing, so that a word is not the word that it seems to be.
 */

export interface HiddenCharacter {
  readonly kind: 'direction' | 'nothing' | 'control';
  /** Offset in UTF-16 units, and the number of units. */
  readonly start: number;
  readonly length: number;
  readonly codePoint: number;
}

const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
const DIRECTION = /\p{Bidi_Control}/u;
const CONTROL = /\p{Cc}/u;

/** A character that joins the parts of an emoji, or letters of a script that needs it, changes what people see. */
const PICTURE_BEFORE = /(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}#*0-9]|\u20e3|\ufe0f|\u200d)$/u;
const JOINING_SCRIPT =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}]$/u;

/** Returns the hidden characters of the text, at most `max`. A byte order mark at its beginning does not count. */
export function hiddenCharacters(text: string, max = Infinity): readonly HiddenCharacter[] {
  const found: HiddenCharacter[] = [];
  for (const { 0: character, index } of text.matchAll(HIDDEN)) {
    if (found.length >= max) break;
    if (index === 0 && character === '\ufeff') continue;
    if (isSeen(character, text.slice(Math.max(0, index - 2), index))) continue;
    found.push({
      kind: DIRECTION.test(character) ? 'direction' : CONTROL.test(character) ? 'control' : 'nothing',
      start: index,
      length: character.length,
      codePoint: character.codePointAt(0)!,
    });
  }
  return found;
}

/** Returns true if the character changes how the text before it is drawn. */
function isSeen(character: string, before: string): boolean {
  const code = character.codePointAt(0)!;
  if (code === 0xfe0e || code === 0xfe0f || code === 0x200d) if (PICTURE_BEFORE.test(before)) return true;
  if (code === 0x200c || code === 0x200d) return JOINING_SCRIPT.test(before);
  // Tag characters of a flag.
  if (code >= 0xe0020 && code <= 0xe007f) return /[\u{1f3f4}\u{e0020}-\u{e007e}]$/u.test(before);
  return (code >= 0xe0100 && code <= 0xe01ef && /\p{Script=Han}$/u.test(before)) || isMongolian(code, before);
}

const isMongolian = (code: number, before: string): boolean =>
  code >= 0x180b && code <= 0x180f && /\p{Script=Mongolian}$/u.test(before);

/** Returns a name such as `U+202E`. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Returns an escape such as `\u{202e}`, as quoted texts of rules write it. */
export function escapeOf(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
