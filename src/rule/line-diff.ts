/** The difference of two texts, line by line, in the unified form that `diff -u` writes and `patch` reads. */

const AROUND = 3;
/** Above so many pairs of lines, the differing part is shown as replaced whole. */
const PAIRS_MAX = 4_000_000;

type Line = readonly [sign: ' ' | '-' | '+', text: string];

/** Returns the difference; empty if the texts are equal. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return '';
  const lines = differences(linesOf(before), linesOf(after));
  return [`--- ${name}\n`, `+++ ${name}\n`, ...hunks(lines).map(hunkText)].join('');
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split(/(?<=\n)/));

function differences(before: readonly string[], after: readonly string[]): readonly Line[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (text: string): Line => [' ', text];
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** Finds the changed lines by the longest common subsequence. */
function middle(before: readonly string[], after: readonly string[]): readonly Line[] {
  const [rows, columns] = [before.length, after.length];
  if (rows * columns > PAIRS_MAX)
    return [...before.map((text): Line => ['-', text]), ...after.map((text): Line => ['+', text])];
  const width = columns + 1;
  const common = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      common[i * width + j] =
        before[i] === after[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    if (i < rows && j < columns && before[i] === after[j]) {
      lines.push([' ', before[i]!]);
      i++;
      j++;
    } else if (j === columns || (i < rows && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      lines.push(['-', before[i++]!]);
    } else {
      lines.push(['+', after[j++]!]);
    }
  }
  return lines;
}

interface Hunk {
  /** Number of lines of the two texts before it. */
  readonly skipped: readonly [before: number, after: number];
  readonly lines: Line[];
}

/** Returns the changed lines with the lines around them. Changes that are near each other stand together. */
function hunks(lines: readonly Line[]): readonly Hunk[] {
  const shown = new Uint8Array(lines.length);
  for (const [i, [sign]] of lines.entries())
    if (sign !== ' ') shown.fill(1, Math.max(0, i - AROUND), i + AROUND + 1);
  const found: Hunk[] = [];
  let [before, after] = [0, 0];
  for (const [i, line] of lines.entries()) {
    if (shown[i] === 1) {
      const last = found.at(-1);
      if (last !== undefined && shown[i - 1] === 1) last.lines.push(line);
      else found.push({ skipped: [before, after], lines: [line] });
    }
    if (line[0] !== '+') before++;
    if (line[0] !== '-') after++;
  }
  return found;
}

function hunkText({ skipped, lines }: Hunk): string {
  const range = (from: number, absent: '-' | '+'): string => {
    const count = lines.filter(([sign]) => sign !== absent).length;
    return `${count === 0 ? from : from + 1},${count}`;
  };
  const head = `@@ -${range(skipped[0], '+')} +${range(skipped[1], '-')} @@\n`;
  const body = lines.map(
    ([sign, text]) => `${sign}${text}${text.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`,
  );
  return head + body.join('');
}
