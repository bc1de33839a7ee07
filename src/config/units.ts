/** Durations and sizes as people write them in the configuration. */

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `30s`, `1h30m`, `7d` in ms: units from large to small, each once. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/u.exec(text);
  if (match === null || text === '') return undefined;
  const units = ['d', 'h', 'm', 's', 'ms'];
  const ms = units.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unitMs[unit]!, 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

const unitBytes: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `512MiB` in bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)(KiB|MiB|GiB|TiB)$/u.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * unitBytes[match[2]!]!;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
