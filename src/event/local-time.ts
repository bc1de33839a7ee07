/** Times as people read them: in a time zone, with the offset of that zone at that time. Programs read times in UTC. */

/** Returns the offset of a zone east of UTC at an instant. */
type Offsets = (ms: number) => number;

const zones = new Map<string, Offsets>();

/** Returns `2026-11-23 20:03:11 +08:00`. `timezone` is an IANA name; if absent, the time zone of the process. */
export function localTime(ms: number, timezone?: string): string {
  const offsetMs = offsetIn(ms, timezone);
  const local = new Date(ms + offsetMs).toISOString();
  return `${local.slice(0, -'.000Z'.length).replace('T', ' ')} ${offsetMs === 0 ? 'UTC' : offsetText(offsetMs)}`;
}

/** Returns `2026-11-23T20:03:11.204+08:00`: ISO 8601, as the command line accepts it. */
export function localIso(ms: number, timezone?: string): string {
  const offsetMs = offsetIn(ms, timezone);
  const local = new Date(ms + offsetMs).toISOString();
  return offsetMs === 0 ? local : `${local.slice(0, -1)}${offsetText(offsetMs)}`;
}

function offsetIn(ms: number, timezone: string | undefined): number {
  if (timezone === undefined) return wholeMinutes(-new Date(ms).getTimezoneOffset() * 60_000);
  let offsets = zones.get(timezone);
  if (offsets === undefined) zones.set(timezone, (offsets = offsetsOf(timezone)));
  return offsets(ms);
}

function offsetsOf(timezone: string): Offsets {
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (ms) => {
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /([+-])(\d+):(\d+)/u.exec(name) ?? [];
    const size = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
    return sign === '-' ? -size : size;
  };
}

/** Cuts the seconds of an offset. Some offsets of long ago had seconds, but nobody writes them. */
const wholeMinutes = (ms: number): number => Math.trunc(ms / 60_000) * 60_000;

function offsetText(offsetMs: number): string {
  const pad = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const minutes = Math.abs(offsetMs) / 60_000;
  return `${offsetMs < 0 ? '-' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`;
}
