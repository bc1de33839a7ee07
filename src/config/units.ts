/** Sizes as people write them in the configuration. */

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
