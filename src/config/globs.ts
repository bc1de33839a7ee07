/**
 * Refuses globs whose search would not end. The library that expands globs tries every way in which wildcards can share a name, and writes
 * out every name that braces stand for.
 */

const LENGTH_MAX = 1_000;
const NAMES_MAX = 200;
const STARS_MAX = 3;
const DEPTH_MAX = 2;

/** Returns the problem of a glob, in words that follow the glob in a sentence; undefined where there is none. */
export function globProblem(glob: string): string | undefined {
  if (glob.length > LENGTH_MAX) return `is longer than ${LENGTH_MAX} characters`;
  if (/[?*+!]\(/u.test(glob)) return 'has a group that repeats, as `+(a|b)`: write out what it may be';
  if (namesOf(glob) > NAMES_MAX) return `stands for more than ${NAMES_MAX} names in braces`;
  const parts = glob.split('/');
  if (parts.filter((part) => part === '**').length > DEPTH_MAX)
    return `has \`**\` more than ${DEPTH_MAX} times`;
  const stars = Math.max(...parts.map((part) => (part === '**' ? 0 : part.split('*').length - 1)));
  return stars > STARS_MAX ? `has more than ${STARS_MAX} \`*\` in one name` : undefined;
}

/** Returns an upper bound for the number of names that the braces stand for. */
function namesOf(glob: string): number {
  let names = 1;
  for (const [, inner] of glob.matchAll(/\{([^{}]*)/gu)) names *= 1 + (inner!.match(/,/gu)?.length ?? 0);
  for (const [, after] of glob.matchAll(/\}([^{}]*)/gu)) names *= 1 + (after!.match(/,/gu)?.length ?? 0);
  for (const [, from, to] of glob.matchAll(/(-?\d+)\.\.(-?\d+)/gu))
    names *= 1 + Math.abs(Number(to) - Number(from));
  for (const [, from, to] of glob.matchAll(/(?<![a-z])([a-z])\.\.([a-z])(?![a-z])/giu))
    names *= 1 + Math.abs(to!.charCodeAt(0) - from!.charCodeAt(0));
  return names;
}
