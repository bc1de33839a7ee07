import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyze, analyzeBytes, lowerCase, tokenTexts } from './analyze.ts';

interface Vector {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly positions: readonly number[];
  readonly offsets: readonly (readonly [number, number])[];
}

function fixture(name: string): string[] {
  const file = new URL(`../../../test/fixtures/tokens/${name}.gz`, import.meta.url);
  return gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
}

const VECTORS = fixture('lucene-standard.ndjson').map((line) => JSON.parse(line) as Vector);

/** What the vector says, with offsets as `offset` maps them. */
const expected = (vector: Vector, offset: (units: number) => number) =>
  vector.tokens.map((text, i) => ({
    text,
    position: vector.positions[i],
    start: offset(vector.offsets[i]![0]),
    end: offset(vector.offsets[i]![1]),
  }));

describe("the tokens of Lucene's StandardAnalyzer", () => {
  test('all recorded texts give the recorded tokens, positions and offsets', () => {
    expect(VECTORS).toHaveLength(1797);
    for (const vector of VECTORS) expect(analyze(vector.text)).toEqual(expected(vector, (units) => units));
  });

  test('the bytes of all recorded texts give the same', () => {
    for (const vector of VECTORS) {
      const offset = (units: number) => Buffer.byteLength(vector.text.slice(0, units));
      expect(analyzeBytes(Buffer.from(vector.text))).toEqual(expected(vector, offset));
    }
  });

  test('each token is one segment of the Unicode word-break test, but for a letter, a joiner and an emoji', () => {
    const cases = fixture('WordBreakTest.txt').filter((line) => line.startsWith('÷'));
    expect(cases).toHaveLength(1823);
    const different = cases.filter((line) => {
      const segments = line.split('#')[0]!.split('÷').map(segmentText);
      const text = segments.join('');
      return !analyze(text).every(({ start, end }) => segments.includes(text.slice(start, end)));
    });
    expect(different).toHaveLength(2);
    for (const line of different) expect(line).toMatch(/^÷ 0061 × 200D × /);
  });
});

const segmentText = (segment: string): string =>
  (segment.match(/[0-9A-F]+/g) ?? []).map((hex) => String.fromCodePoint(parseInt(hex, 16))).join('');

describe('texts that could break an analyser', () => {
  test('bytes and strings agree on any text', () => {
    const characters = [...new Set(VECTORS.flatMap((vector) => Array.from(vector.text)))];
    const texts = fc.array(fc.constantFrom(...characters), { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        expect(analyzeBytes(Buffer.from(text)).map((token) => token.text)).toEqual(tokenTexts(text));
      }),
    );
  });

  test('bytes that are no UTF-8 are what U+FFFD is in text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        expect(analyzeBytes(bytes).map((token) => token.text)).toEqual(tokenTexts(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('only the given range of bytes is read', () => {
    const bytes = Buffer.from('xorder timeouty');
    expect(analyzeBytes(bytes, 1, 14)).toEqual([
      { text: 'order', position: 0, start: 1, end: 6 },
      { text: 'timeout', position: 1, start: 7, end: 14 },
    ]);
  });

  test('lone surrogates and NUL separate words', () => {
    expect(tokenTexts('a\ud800b\0c\udc00')).toEqual(['a', 'b', 'c']);
  });

  test('lower case is per code point', () => {
    expect(tokenTexts('İ ΑΣ ẞ')).toEqual(['i', 'ας'.replace('ς', 'σ'), 'ß']);
  });

  test('lower case moves no character', () => {
    const moved: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
      const character = String.fromCodePoint(codePoint);
      if (lowerCase(character).length !== character.length) moved.push(character);
    }
    expect(moved).toEqual([]);
  });

  test('millions of characters without a token take no more than a scan', () => {
    for (const text of ['_'.repeat(1_000_000), '.'.repeat(1_000_000), '#_'.repeat(100_000)]) {
      expect(analyze(text)).toEqual([]);
      expect(analyzeBytes(Buffer.from(text))).toEqual([]);
    }
    expect(tokenTexts(`${'_'.repeat(600)}a`)).toEqual([`${'_'.repeat(254)}a`]);
  });
});
