import { describe, expect, it } from 'vitest';
import { hiddenCharacters } from './hidden-characters.ts';

const kinds = (text: string): readonly string[] =>
  hiddenCharacters(text).map(({ kind, start }) => `${kind} ${start}`);

describe('characters that nobody sees', () => {
  it.each(['\u202a', '\u202e', '\u2066', '\u2069', '\u200e', '\u200f', '\u061c'])(
    'those that turn the direction of writing are found: %j',
    (character) => {
      expect(kinds(`ab${character}c`)).toEqual(['direction 2']);
    },
  );

  it.each([
    '\u200b',
    '\u2060',
    '\u00ad',
    '\u034f',
    '\u3164',
    '\u180e',
    '\ufeff',
    '\u{e0041}',
    '\ufe0f',
    '\u200d',
  ])('those that are drawn as nothing are found within a word: %j', (character) => {
    expect(kinds(`ERR${character}OR`)).toEqual(['nothing 3']);
  });

  it('those that act on a terminal are found', () => {
    expect(kinds('a\u001b[2J\u009b1m')).toEqual(['control 1', 'control 5']);
  });

  it.each(['👨‍👩‍👧', '❤️', '1️⃣', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', 'نامه‌ای', 'क्‍ष', '葛\u{e0100}', '\ufeffrule'])(
    'those that change how what stands before them is drawn are none: %s',
    (text) => {
      expect(kinds(text)).toEqual([]);
    },
  );
});
