/**
 * The Markdown of DingTalk's robots. It also accepts some HTML, so `<` is never passed on. Formatting characters in log text are escaped
 * where they could begin a format.
 */
import { around, type Markup } from '../../message/markup.ts';

function inert(text: string): string {
  return text
    .replace(/&(?=#?\w+;)/gu, '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*[\]~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^[#+>-]/gu, '\\$&');
}

export const dingtalkMarkup: Markup = {
  value: inert,
  prose: inert,
  code: (text) => `\`${text.replaceAll('`', 'ˋ').replaceAll('<', '＜')}\``,
  strong: (text) => around(text, '**'),
  link: (label, href) =>
    `[${label}](${href.replaceAll('(', '%28').replaceAll(')', '%29').replaceAll(' ', '%20')})`,
  heading: (text) => `\n${around(text, '**')}\n`,
  paragraph: (text) => `${text}\n`,
  quote: (text) => `> ${text}\n`,
  item: (text, depth, number) => `${'  '.repeat(depth)}${number === undefined ? '-' : `${number}.`} ${text}`,
  codeBlock: (text) => `\n\`\`\`\n${text.replaceAll('```', 'ˋˋˋ')}\n\`\`\`\n`,
};
