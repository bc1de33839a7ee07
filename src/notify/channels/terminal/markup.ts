/** Text for a terminal, with colours if the terminal has them. Log text has passed `visible` before, so it contains no escape sequence. */
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
