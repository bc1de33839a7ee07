/** Text for a terminal: colours where the terminal has them. Log text reaches it only after `visible`, so no escape sequence can. */
import type { Colors } from 'picocolors/types.js';
import type { Markup } from '../../message/markup.ts';
import { plain } from '../../message/plain-markup.ts';

export function terminalMarkup(colors: Colors): Markup {
  return {
    ...plain,
    code: (text) => colors.cyan(text),
    strong: (text) => colors.bold(text),
    link: (label, href) => (label === href ? colors.underline(href) : `${label} ${colors.underline(href)}`),
    heading: (text) => `\n${colors.bold(text)}`,
    quote: (text) => text.replace(/^/gmu, `  ${colors.dim('│')} `),
    codeBlock: (text) =>
      text
        .split('\n')
        .map((line) => `    ${colors.cyan(line)}`)
        .join('\n'),
  };
}
