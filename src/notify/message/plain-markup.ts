/** Plain text without colours: the text part of a mail, and the markup that is left when a template or a channel's own markup fails. */
import type { Markup } from './markup.ts';

const same = (text: string): string => text;

export const plain: Markup = {
  value: same,
  prose: same,
  code: same,
  strong: same,
  link: (label, href) => (label === href ? href : `${label} <${href}>`),
  heading: (text) => `\n${text}`,
  paragraph: same,
  quote: (text) => `  | ${text}`,
  item: (text, depth, number) => `${'  '.repeat(depth)}${number === undefined ? '-' : `${number}.`} ${text}`,
  codeBlock: (text) =>
    text
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\n'),
};
