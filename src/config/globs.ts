/**
 * Globs whose search would not end: the library that expands them tries every way that wildcards can share a name, and writes out every
 * name that braces stand for.
 */

const MOST_CHARACTERS = 1_000;
const MOST_NAMES = 200;
const MOST_STARS = 3;
const MOST_DEEP = 2;

/** What is wrong with a glob, in words that follow it; undefined where nothing is. */
export function globProblem(glob: string): string | undefined {
  if (glob.length > MOST_CHARACTERS) return `is longer than ${MOST_CHARACTERS} characters`;
  if (/[?*+!]\(/u.test(glob)) return 'has a group that repeats, as `+(a|b)`: write out what it may be';
  if (namesOf(glob) > MOST_NAMES) return `stands for more than ${MOST_NAMES} names in braces`;
  const parts = glob.split('/');
  if (parts.filter((part) => part === '**').length > MOST_DEEP)
    return `has \`**\` more than ${MOST_DEEP} times`;
  const stars = Math.max(...parts.map((part) => (part === '**' ? 0 : part.split('*').length - 1)));
  return stars > MOST_STARS ? `has more than ${MOST_STARS} \`*\` in one name` : undefined;
}

/** At most so many names do the braces stand for. */
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
