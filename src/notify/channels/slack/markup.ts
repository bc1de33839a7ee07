/**
 * Slack's mrkdwn. `&`, `<` and `>` are escaped, so log text cannot make a mention or a link. Slack cannot escape formatting characters and
 * emoji names; a word that holds them is shown as code.
 */
import { around, type Markup } from '../../message/markup.ts';

// Finds formatting characters and emoji names such as `:fire:`, but not the minutes of a time.
const STRIKE = /[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|(?<!\d):[\w+'-]+:|:[\w+'-]+:(?!\d)/u;

export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function inert(text: string): string {
  return text.replace(/\S+/gu, (word) => (STRIKE.test(word) ? code(word) : escapeSlack(word)));
}

function code(text: string): string {
  return `\`${escapeSlack(text).replaceAll('`', 'ˋ')}\``;
}

/** Returns the text unchanged if it holds code or strong: Slack nests neither of them in strong. */
function strong(text: string): string {
  return /[`*]/u.test(text) ? text : around(text, '*');
}

export const slackMarkup: Markup = {
  value: inert,
  prose: inert,
  code,
  strong,
  link: (label, href) => `<${escapeSlack(href).replaceAll('|', '%7C')}|${label.replaceAll('|', '¦')}>`,
  heading: (text) => `\n${strong(text)}`,
  paragraph: (text) => text,
  quote: (text) => `> ${text}`,
  item: (text, depth, number) =>
    `${'    '.repeat(depth)}${number === undefined ? '•' : `${number}.`} ${text}`,
  codeBlock: (text) => `\`\`\`\n${escapeSlack(text).replaceAll('```', 'ˋˋˋ')}\n\`\`\``,
};
