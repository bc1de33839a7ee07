/** Finds the name that was probably meant. */

/**
 * Returns the nearest of `names` to the written one, if it is near. At most a quarter of its letters may be wrong, but one always may.
 * Letter case and `-`/`_` do not count; a swap of neighbours counts as one (Damerau's distance, optimal string alignment).
 */
export function nearest(written: string, names: Iterable<string>): string | undefined {
  const plain = fold(written);
  if (plain.length > 60) return undefined;
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const name of names) {
    const candidate = fold(name);
    const most = Math.max(1, Math.floor(Math.max(candidate.length, plain.length) / 4));
    if (Math.abs(candidate.length - plain.length) > most) continue;
    const distance = editDistance(plain, candidate);
    if (distance <= most && distance < Math.min(bestDistance, candidate.length)) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Returns a hint that names the nearest name. If none is near, the hint lists at most `max` names. */
export function suggest(written: string, names: readonly string[], what: string, max = 12): string {
  const near = nearest(written, names);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (names.length === 0) return `there are no ${what}`;
  const listed = names.slice(0, max).join(', ');
  return `${what}: ${listed}${names.length > max ? ', …' : ''}`;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll('-', '_');
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
