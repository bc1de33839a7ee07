/**
 * Text analysis: exactly what Lucene's StandardAnalyzer (Elasticsearch's `standard` with its defaults) makes of a text, so that a
 * phrase means the same in the stream and in Kibana. No stop words, nothing folded but case.
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

/** The same on the UTF-8 bytes [start, end); token ranges are byte offsets within `bytes`. */
export function analyzeBytes(bytes: Uint8Array, start = 0, end = bytes.length): readonly TextToken[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tokens: TextToken[] = [];
  scanBytes(bytes, start, end, (from, to) => {
    const text = lowerCase(buffer.toString('utf8', from, to));
    tokens.push({ text, position: tokens.length, start: from, end: to });
  });
  return tokens;
}

/** The tokens' texts alone, in order: what matching a phrase needs. */
export function tokenTexts(text: string): readonly string[] {
  const lower = lowerCase(text);
  const texts: string[] = [];
  scanText(text, (start, end) => {
    texts.push(lower.slice(start, end));
  });
  return texts;
}

/**
 * Lower case per code point, as Lucene's LowerCaseFilter: a final capital sigma becomes U+03C3 and U+0130 becomes `i`, where
 * JavaScript looks at the neighbours and gives two code points. Every unit stays where it is.
 */
export function lowerCase(text: string): string {
  const plain = NEEDS_CARE.test(text) ? text.replaceAll('\u03a3', '\u03c3').replaceAll('\u0130', 'i') : text;
  return plain.toLowerCase();
}

const NEEDS_CARE = /[\u03a3\u0130]/;
