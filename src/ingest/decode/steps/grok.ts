/** Texts by patterns of grok. */
import { expandGrok, type GrokCapture, type GrokPatterns } from '../../../config/decode/grok/expand.ts';
import type { JsonValue } from '../../../event/event.ts';
import { Pattern, PUT_TOGETHER } from '../../../event/pattern.ts';
import { put, type Draft } from '../line-decoder.ts';
import { groupsOf, type TextParser } from './step.ts';

/** Throws RangeError for a pattern that cannot be used. */
export function grokParser(source: string, own: GrokPatterns): TextParser {
  const { regex, captures } = expandGrok(source, own);
  if (captures.length === 0)
    throw new RangeError(`grok "${source}" names no field: write %{NAME:field} for each that you want`);
  const pattern = new Pattern(regex, PUT_TOGETHER);
  const fields = Map.groupBy(captures, ({ field }) => field);
  return (text) => {
    const groups = groupsOf(pattern, text);
    if (typeof groups === 'string') return groups;
    const document: Draft = {};
    for (const [field, ofField] of fields) {
      const value = valueOf(ofField, groups);
      if (value !== undefined) put(document, field, value);
    }
    return document;
  };
}

/** Returns the values of a field, as a list where several parts have it and took part in the match. */
function valueOf(
  captures: readonly GrokCapture[],
  groups: Readonly<Record<string, string>>,
): JsonValue | undefined {
  const values: JsonValue[] = [];
  for (const { group, type } of captures) {
    const text = groups[group];
    if (text !== undefined) values.push(type === 'string' ? text : numberIn(text, type));
  }
  return values.length > 1 ? values : values[0];
}

const NUMBERS = { int: /^\s*[+-]?\d+/u, float: /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/u };

/** Returns the number that a text begins with; the text where it is none, or one that a double does not hold. */
function numberIn(text: string, type: 'int' | 'float'): number | string {
  const number = Number(NUMBERS[type].exec(text)?.[0] ?? NaN);
  return (type === 'int' ? Number.isSafeInteger(number) : Number.isFinite(number)) ? number : text;
}
