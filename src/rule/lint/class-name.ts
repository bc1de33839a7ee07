/** A full class name is one word: NullPointerException does not find java.lang.NullPointerException, nor the other way round. */
import { conditionsOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import type { Lint } from './lint.ts';
import { phrasesOf } from './words.ts';

const FULL = /^(?:[a-z_]\w*\.){1,20}([A-Z]\w*)$/u;
const SHORT = /^[A-Z]\w+(?:Exception|Error)$/u;

/** Packages of well-known classes. */
const PACKAGES: readonly (readonly [names: RegExp, name: string])[] = [
  [/^(?:Socket|Connect|UnknownHost|NoRouteToHost|Bind)/u, 'java.net'],
  [/^(?:IO|EOF|FileNotFound|UncheckedIO)/u, 'java.io'],
  [/^SQL/u, 'java.sql'],
  [/^(?:Timeout|Execution|RejectedExecution|Cancellation)Exception/u, 'java.util.concurrent'],
  [/^(?:NoSuchElement|ConcurrentModification)/u, 'java.util'],
];

export const lintClassName: Lint = ({ block }, { schema }) =>
  conditionsOf(block).flatMap((condition) => {
    const phrases = phrasesOf(condition, schema);
    const beside = phrases.flatMap(({ tokens }) => (tokens.length === 1 ? tokens : []));
    return phrases.flatMap(({ value, tokens }) => {
      if (tokens.length !== 1) return [];
      const simple = FULL.exec(value.text)?.[1];
      if (simple === undefined && !SHORT.test(value.text)) return [];
      const other = simple ?? `${packageOf(value.text)}.${value.text}`;
      const named = simple?.toLowerCase();
      const hasOther = beside.some((token) =>
        named === undefined ? token.endsWith(`.${value.text.toLowerCase()}`) : token === named,
      );
      if (hasOther) return [];
      return [
        warnAt(
          value.span,
          'TOC311',
          `\`${value.text}\` is one word: a line that says \`${other}\` is not found`,
          `to find both write ("${value.text}" OR "${other}")`,
        ),
      ];
    });
  });

function packageOf(name: string): string {
  return PACKAGES.find(([names]) => names.test(name))?.[1] ?? 'java.lang';
}
