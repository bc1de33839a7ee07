/**
 * Changes the texts of a notice by their origin. The program works with the rest (kinds, states, names, ids, times), which must not change
 * on the way to a channel.
 */
import type { Episode, Sample } from '../../event/alert.ts';
import type { Value } from '../../event/event.ts';
import { mapTexts } from '../../event/redact.ts';
import type { Notice } from '../notice.ts';

/** Returns the text to show instead. `name`: the field that holds the text. */
export type Change = (text: string, name?: string) => string;

export interface TextChanges {
  /** Applied to text from log lines: group values, samples, values of placeholders, figures, and `because`. */
  readonly fromLog: Change;
  /** Applied to text of the authors of rules and runbooks, and to links. */
  readonly fromAuthors: (text: string) => string;
}

export function changeTexts(notice: Notice, { fromLog, fromAuthors }: TextChanges): Notice {
  const { rule, episode, runbook, samples, values, because, kibanaUrl, alertUrl } = notice;
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
    episode: changeEpisode(episode, fromLog),
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

/** Changes the text from log lines in an episode: its group, its samples, its figures. */
export function changeEpisode(episode: Episode, change: Change): Episode {
  const { figures, ...life } = episode;
  return {
    ...life,
    group: changeValues(episode.group, change),
    ...(figures !== undefined && { figures: changeValues(figures, change) }),
    samples: changeSamples(episode.samples, change),
  };
}

function changeSamples(samples: readonly Sample[], change: Change): readonly Sample[] {
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
    Object.entries(lists).map(([name, list]) => [
      name,
      list.map((value) => changeValue(value, change, name)),
    ]),
  );
}

function changeValues(values: Readonly<Record<string, Value>>, change: Change): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, changeValue(value, change, name)]),
  );
}

/** A number stays a number unless the change affects its digits: a card number to be masked may be a number. */
function changeValue(value: Value, change: Change, name: string): Value {
  if (typeof value === 'boolean') return value;
  const text = String(value);
  const changed = change(text, name);
  return changed === text ? value : changed;
}
