/**
 * The texts of a notice by where they come from. The rest of it (kinds, states, names, ids, times) is what the program works by, and may
 * never change on the way to a channel.
 */
import type { Value } from '../event/event.ts';
import { mapTexts } from '../event/redact.ts';
import type { Notice } from './notice.ts';

export interface TextChanges {
  /** What log lines said: group values, samples, what placeholders take, figures, why a result may be wrong. */
  readonly fromLog: (text: string) => string;
  /** What the authors of rules and runbooks wrote, and links. */
  readonly fromAuthors: (text: string) => string;
}

export function changeTexts(notice: Notice, { fromLog, fromAuthors }: TextChanges): Notice {
  const { rule, episode, runbook, samples, values, because, kibanaUrl, alertUrl } = notice;
  const { figures, ...life } = episode;
  return {
    ...notice,
    rule: {
      ...rule,
      ...(rule.title !== undefined && { title: fromAuthors(rule.title) }),
      ...(rule.owner !== undefined && { owner: fromAuthors(rule.owner) }),
      ...(rule.whenText !== undefined && { whenText: fromAuthors(rule.whenText) }),
      ...(rule.letTexts !== undefined && { letTexts: mapTexts(rule.letTexts, fromAuthors) }),
      alertText: fromAuthors(rule.alertText),
      labels: mapTexts(rule.labels, fromAuthors),
    },
    episode: {
      ...life,
      group: changeValues(episode.group, fromLog),
      ...(figures !== undefined && { figures: changeValues(figures, fromLog) }),
      samples: changeSamples(episode.samples, fromLog),
    },
    samples: changeSamples(samples, fromLog),
    values: changeLists(values, fromLog),
    ...(because !== undefined && { because: fromLog(because) }),
    ...(runbook !== undefined && {
      runbook: {
        ...runbook,
        markdown: fromAuthors(runbook.markdown),
        ...(runbook.url !== undefined && { url: fromAuthors(runbook.url) }),
      },
    }),
    ...(kibanaUrl !== undefined && { kibanaUrl: fromAuthors(kibanaUrl) }),
    ...(alertUrl !== undefined && { alertUrl: fromAuthors(alertUrl) }),
  };
}

type Change = (text: string) => string;

function changeSamples(samples: Notice['samples'], change: Change): Notice['samples'] {
  return samples.map((sample) => ({
    ...sample,
    excerpt: change(sample.excerpt),
    fields: changeLists(sample.fields, change),
  }));
}

function changeLists(
  lists: Readonly<Record<string, readonly Value[]>>,
  change: Change,
): Readonly<Record<string, readonly Value[]>> {
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.map((value) => changeValue(value, change))]),
  );
}

function changeValues(values: Readonly<Record<string, Value>>, change: Change): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, changeValue(value, change)]),
  );
}

/** A number stays one unless its digits are what must not be seen: a card number need not be a text. */
export function changeValue(value: Value, change: Change): Value {
  if (typeof value === 'boolean') return value;
  const text = String(value);
  const changed = change(text);
  return changed === text ? value : changed;
}
