/**
 * The built-in plain message: the same facts without template and markup. It is sent when a template fails, so it must not depend on
 * anything that a user can change.
 */
import { oneLine, type Content } from './content.ts';
import { plain } from './plain-markup.ts';
import { writeRunbook } from './markup.ts';

/** Returns the message with as much of the runbook, and then of the log lines, as fits. It says when something is left out. */
export function fittingPlainMessage(content: Content, fits: (text: string) => boolean): string {
  const bare = { ...content, samples: [] };
  const tried = [
    ...[6_000, 3_000, 1_000, 300].map((limit) => plainMessage(content, limit)),
    `${plainMessage(bare, 300)}${content.labels.shortened(content.alertId)}\n`,
  ];
  return tried.find(fits) ?? tried.at(-1)!;
}

export function plainMessage(content: Content, runbookLimit = 6_000): string {
  const { labels } = content;
  const field = (label: string, value: string): readonly string[] =>
    value === '' ? [] : [`${label}${labels.colon}${value}`];
  const written = content.runbook && writeRunbook(content.runbook, plain, runbookLimit);
  const lines = [
    oneLine(content),
    content.sentence,
    ...(content.doubt === '' ? [] : [content.doubt]),
    ...field(labels.because, content.because),
    ...field(labels.why, content.whyNow),
    ...field(labels.severity, content.severityLabel),
    ...field(labels.owner, content.owner),
    ...field(labels.condition, content.condition),
    ...(content.samples.length === 0 ? [] : ['', `${labels.samples}${labels.colon}`]),
    ...content.samples.map((sample) => `  ${sample.time}  ${sample.text}`),
    ...(written ? ['', `${labels.steps}${labels.colon}`, ...written.parts] : []),
    ...(written?.cut === true ? [`${labels.moreInRunbook}${labels.colon}${content.runbookPath}`] : []),
    ...unfilledLines(content),
    '',
    ...field(labels.kibana, content.kibanaUrl),
    ...field(labels.runbook, [content.runbookPath, content.runbookUrl].filter(Boolean).join(' ')),
    ...field(labels.alert, [content.alertId, content.alertUrl].filter(Boolean).join(' ')),
    ...(content.possibleDuplicate === '' ? [] : [content.possibleDuplicate]),
  ];
  return `${lines.join('\n')}\n`;
}

function unfilledLines(content: Content): readonly string[] {
  const unfilled = content.runbook?.unfilled ?? [];
  if (unfilled.length === 0) return [];
  return [
    '',
    `${content.labels.values}${content.labels.colon}`,
    ...unfilled.map(({ name, value }) => `  ${name} = ${value}`),
  ];
}
