/** HTML for mail. Styles stand at each element, because many mail readers drop style sheets. */
import type { Markup } from '../../message/markup.ts';

const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Courier New',monospace";

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export const htmlMarkup: Markup = {
  value: escapeHtml,
  prose: escapeHtml,
  code: (text) =>
    `<code style="${MONO};font-size:13px;background:#eef1f5;border-radius:4px;padding:1px 5px;overflow-wrap:anywhere">${escapeHtml(text)}</code>`,
  strong: (text) => `<strong>${text}</strong>`,
  link: (label, href) => `<a href="${escapeHtml(href)}" style="color:#1a5fb4">${label}</a>`,
  heading: (text) =>
    `<h3 style="margin:20px 0 6px;font-size:15px;line-height:1.4;color:#1c2430">${text}</h3>`,
  paragraph: (text) => `<p style="margin:6px 0">${text}</p>`,
  quote: (text) =>
    `<blockquote style="margin:8px 0;padding:8px 14px;border-left:3px solid #c3cad5;background:#f6f8fa;color:#3b4554">${text}</blockquote>`,
  // Each step is a row of a table. This keeps numbers and text apart in every mail reader, and a code block may interrupt the list.
  item: (text, depth, number) =>
    `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:4px 0 4px ${depth * 20}px"><tr><td style="vertical-align:top;width:24px;font-weight:600;color:#5a6675">${number === undefined ? '&bull;' : `${number}.`}</td><td>${text}</td></tr></table>`,
  codeBlock: (text) =>
    `<pre style="${MONO};font-size:12.5px;line-height:1.5;margin:8px 0;padding:10px 12px;background:#f3f5f8;border:1px solid #e1e5eb;border-radius:6px;color:#1c2430;white-space:pre-wrap;overflow-wrap:anywhere">${escapeHtml(text)}</pre>`,
};
