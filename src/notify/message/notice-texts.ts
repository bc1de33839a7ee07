/**
 * The texts of a notice by where they come from. The rest of it (kinds, states, names, ids, times) is what the program works by, and may
 * never change on the way to a channel.
 */
import type { Episode, Sample } from '../../event/alert.ts';
import type { Value } from '../../event/event.ts';
import { mapTexts } from '../../event/redact.ts';
import type { Notice } from '../notice.ts';

/** What becomes of a text; `name`: of the field that holds it. */
export type Change = (text: string, name?: string) => string;

export interface TextChanges {
  /** What log lines said: group values, samples, what placeholders take, figures, why a result may be wrong. */
  readonly fromLog: Change;
  /** What the authors of rules and runbooks wrote, and links. */
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

/** What log lines said of an episode: its group, its samples, its figures. */
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

/** A number stays one unless its digits are what must not be seen: a card number need not be a text. */
function changeValue(value: Value, change: Change, name: string): Value {
  if (typeof value === 'boolean') return value;
  const text = String(value);
  const changed = change(text, name);
  return changed === text ? value : changed;
}
