/** Texts by patterns of grok. */
import { expandGrok, type GrokPatterns } from '../../../config/decode/grok/expand.ts';
import { Pattern, PUT_TOGETHER } from '../../../event/pattern.ts';
import type { Draft } from '../line-decoder.ts';
import { groupsOf, type TextParser } from './step.ts';

/** Throws RangeError for a pattern that cannot be used. */
export function grokParser(source: string, own: GrokPatterns): TextParser {
  const { regex, captures } = expandGrok(source, own);
  if (captures.length === 0)
    throw new RangeError(`grok "${source}" names no field: write %{NAME:field} for each that you want`);
  const pattern = new Pattern(regex, PUT_TOGETHER);
  const parts = captures.map((capture) => ({
    ...capture,
    isShared: captures.some(({ group, field }) => field === capture.field && group !== capture.group),
  }));
  return (text) => {
    const groups = groupsOf(pattern, text);
    if (typeof groups === 'string') return groups;
    const document: Draft = {};
    for (const { group, field, type, isShared } of parts) {
      const found = groups[group];
      if (found === undefined) continue;
      const value = type === 'string' ? found : numberIn(found, type);
      // No field is called `__proto__`: expandGrok refuses it.
      document[field] = isShared && Object.hasOwn(document, field) ? [document[field]!, value].flat() : value;
    }
    return document;
  };
}

const NUMBERS = { int: /^\s*[+-]?\d+/u, float: /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/u };

/** Returns the number that a text begins with; the text where it is none, or one that a double does not hold. */
function numberIn(text: string, type: 'int' | 'float'): number | string {
  const number = Number(NUMBERS[type].exec(text)?.[0] ?? NaN);
  return (type === 'int' ? Number.isSafeInteger(number) : Number.isFinite(number)) ? number : text;
}
