/**
 * Text analysis. It makes exactly the tokens that Lucene's StandardAnalyzer makes (Elasticsearch's `standard` with its defaults), so that a
 * phrase means the same in the stream and in Kibana. There are no stop words, and only letter case is folded.
 */
import { scanBytes, scanText } from './scan.ts';

export interface TextToken {
  /** Lower-cased. */
  readonly text: string;
  /** Counts from 0. */
  readonly position: number;
  /** Range [start, end) in the text: UTF-16 units of a string, or bytes. */
  readonly start: number;
  readonly end: number;
}

export function analyze(text: string): readonly TextToken[] {
  const lower = lowerCase(text);
  const tokens: TextToken[] = [];
  scanText(text, (start, end) => {
    tokens.push({ text: lower.slice(start, end), position: tokens.length, start, end });
  });
  return tokens;
}

/** Analyses the UTF-8 bytes [start, end). Token ranges are byte offsets within `bytes`. */
export function analyzeBytes(bytes: Uint8Array, start = 0, end = bytes.length): readonly TextToken[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tokens: TextToken[] = [];
  scanBytes(bytes, start, end, (from, to) => {
    const text = lowerCase(buffer.toString('utf8', from, to));
    tokens.push({ text, position: tokens.length, start: from, end: to });
  });
  return tokens;
}

/** Returns the texts of the tokens, in order. Matching a phrase needs no more. */
export function tokenTexts(text: string): readonly string[] {
  const lower = lowerCase(text);
  const texts: string[] = [];
  scanText(text, (start, end) => {
    texts.push(lower.slice(start, end));
  });
  return texts;
}

/**
 * Returns the lower case of each code point, as Lucene's LowerCaseFilter does. A final capital sigma becomes U+03C3, and U+0130 becomes
 * `i`; JavaScript would look at the neighbours and give two code points. The number of units stays the same.
 */
export function lowerCase(text: string): string {
  const plain = NEEDS_CARE.test(text) ? text.replaceAll('\u03a3', '\u03c3').replaceAll('\u0130', 'i') : text;
  return plain.toLowerCase();
}

const NEEDS_CARE = /[\u03a3\u0130]/;
