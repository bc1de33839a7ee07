/** A word is found only as a whole word: `timeout` does not find order_timeout, which is one word. */
import { conditionsOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import type { Lint, LongerWords } from './lint.ts';
import { phrasesOf } from './words.ts';

/** Words that mostly stand in logs as a part of a longer one. */
const PARTS = new Set(['timeout', 'exception', 'rollback', 'overflow', 'deadlock', 'oom', 'econn', 'errno']);

export const lintSubstring: Lint = ({ block, longer: longerOf }, { schema }) =>
  conditionsOf(block).flatMap((condition) => {
    const phrases = phrasesOf(condition, schema);
    const beside = new Set(phrases.flatMap(({ tokens }) => tokens));
    return phrases.flatMap(({ value, tokens }) => {
      const [token] = tokens;
      if (tokens.length !== 1 || token === undefined) return [];
      const longer = longerOf.get(token) ?? [];
      // An author who also names the longer word knows the difference.
      if (longer.some((word) => beside.has(word)) || (longer.length === 0 && !PARTS.has(token))) return [];
      const example = longer[0] ?? `order_${token}`;
      return [
        warnAt(
          value.span,
          'TOC310',
          `\`${value.text}\` is found as a word of its own only, not in \`${example}\`, which is one word`,
          `if that is meant, name it: ("${value.text}" OR "${example}"); tocsin analyze shows the words of a line`,
        ),
      ];
    });
  });

/** Returns, for each part, the tokens that are made of several parts and have this one. */
export function longerWords(tokens: Iterable<string>): LongerWords {
  const longer = new Map<string, string[]>();
  for (const token of new Set(tokens)) {
    const parts = token.split(/[^\p{L}\p{N}]+/u);
    if (parts.length < 2) continue;
    for (const part of new Set(parts)) {
      const known = longer.get(part);
      if (known === undefined) longer.set(part, [token]);
      else known.push(token);
    }
  }
  return longer;
}
