/** Parses sizes and rates as people write them in the configuration. */

const unitBytes: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

export const SIZE_SHAPE = /^(\d+)(KiB|MiB|GiB|TiB)$/u;
export const RATE_SHAPE = /^([1-9]\d{0,6})\/([sm])$/u;

/** Parses `512MiB` to bytes; undefined for any other text. */
export function parseSize(text: string): number | undefined {
  const match = SIZE_SHAPE.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * unitBytes[match[2]!]!;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Parses `60/m` or `1/s` to a whole number per minute, at least 1; undefined for any other text. */
export function parseRate(text: string): number | undefined {
  const match = RATE_SHAPE.exec(text);
  return match === null ? undefined : Number(match[1]) * (match[2] === 's' ? 60 : 1);
}
