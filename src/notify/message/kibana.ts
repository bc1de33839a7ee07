/** A link that opens the log lines of an alert in Kibana's Discover. */
import type { Episode } from '../../event/alert.ts';
import type { Value } from '../../event/event.ts';

export interface KibanaTarget {
  /** Base address of Kibana. */
  readonly url: string;
  /** Id of the data view. */
  readonly dataView: string;
}

/** The fields of a notice that hold the link. */
export interface KibanaLink {
  readonly kibanaUrl: string;
  /** Present if the link lacks some of the group's values, which were too long or are masked. It then shows lines of other groups too. */
  readonly kibanaWider?: true;
}

/**
 * Returns the link. It uses Kibana's redirect app and Discover's locator, which keep working across versions, unlike Discover's own
 * address. `kql` is the rule's condition; the group's values are added to it. The time range is that of the episode and of the window
 * before its firing. A link that would be too long leaves out the condition. If that is not enough, it leaves out the longest values.
 */
export function kibanaLink(
  target: KibanaTarget,
  kql: string,
  episode: Episode,
  windowMs: number,
): KibanaLink {
  const firedAtMs = episode.firedAtMs ?? episode.firstEvent.timeMs;
  const fromMs = Math.min(episode.firstEvent.timeMs, firedAtMs - windowMs);
  const toMs = Math.max(
    firedAtMs,
    episode.resolvedAtMs ?? 0,
    ...episode.samples.map((sample) => sample.timeMs),
  );
  const group = Object.entries(episode.group).map(([field, value]) => `${field}:${kqlValue(value)}`);
  const linkFor = (condition: string, filters: readonly string[]): string => {
    const isAlone = condition === '' || filters.length === 0;
    const query = [...(condition === '' ? [] : [isAlone ? condition : `(${condition})`]), ...filters];
    return discover(target, query.join(' and '), fromMs, toMs);
  };
  const whole = [kql, ''].map((condition) => linkFor(condition, group)).find(isShort);
  if (whole !== undefined) return { kibanaUrl: whole };
  const condition = isShort(linkFor(kql, [])) ? kql : '';
  let kept: readonly string[] = [];
  for (const filter of group.toSorted((a, b) => a.length - b.length)) {
    const more = group.filter((each) => each === filter || kept.includes(each));
    if (!isShort(linkFor(condition, more))) break;
    kept = more;
  }
  return { kibanaUrl: linkFor(condition, kept), kibanaWider: true };
}

/** Returns a link to the lines of the last day that a condition selects. */
export function searchLink(target: KibanaTarget, kql: string): string {
  return locator(target, kql, { from: 'now-24h', to: 'now', mode: 'relative' });
}

/** A longer link does not fit a block of Slack. */
const LINK_LENGTH_MAX = 2_500;

const isShort = (link: string): boolean => link.length <= LINK_LENGTH_MAX;

function discover(target: KibanaTarget, query: string, fromMs: number, toMs: number): string {
  return locator(target, query, {
    from: new Date(fromMs).toISOString(),
    // In some versions Kibana's range ends before `to`.
    to: new Date(toMs + 1).toISOString(),
    mode: 'absolute',
  });
}

function locator(target: KibanaTarget, query: string, timeRange: Readonly<Record<string, string>>): string {
  const params = { dataViewId: target.dataView, query: { language: 'kuery', query }, timeRange };
  const search = `l=DISCOVER_APP_LOCATOR&v=8.19.0&p=${strictEncode(JSON.stringify(params))}`;
  return `${target.url.replace(/\/+$/u, '')}/app/r?${search}`;
}

function kqlValue(value: Value): string {
  if (typeof value !== 'string') return String(value);
  return `"${value.replace(/["\\]/gu, '\\$&').replace(/\r/gu, '\\r').replace(/\n/gu, '\\n').replace(/\t/gu, '\\t')}"`;
}

/** Encodes these characters too, since chats end a link at them. */
function strictEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/gu,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
