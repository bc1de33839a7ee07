import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { unifiedDiff } from './line-diff.ts';

const numbered = (count: number, change: (i: number) => string = (i) => `${i}`): string =>
  Array.from({ length: count }, (_, i) => `${change(i)}\n`).join('');

it('shows what changed with three lines around, near changes together and far ones apart', () => {
  const after = numbered(30, (i) => (i === 4 || i === 8 || i === 25 ? `new ${i}` : `${i}`));
  const hunks = unifiedDiff('x.rule', numbered(30), after);
  expect(hunks.match(/^@@.*$/gm)).toEqual(['@@ -2,11 +2,11 @@', '@@ -23,7 +23,7 @@']);
  expect(hunks).toContain(' 3\n-4\n+new 4\n 5\n');
});

it.each([
  ['', 'a\nb\n'],
  ['a\nb\n', ''],
  ['a\nb', 'a\nb\n'],
  ['a\r\nb\r\n', 'a\nb\n'],
  [numbered(50), numbered(50, (i) => `${i % 7 === 0 ? 'x' : i}`) + 'more\n'],
  [numbered(3000, (i) => `a${i}`), numbered(3000, (i) => `b${i}`)],
])('gives what patch needs to make one text of the other (%#)', (before, after) => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-diff-'));
  try {
    const file = join(dir, 'x');
    writeFileSync(file, before);
    execFileSync('git', ['apply', '--unidiff-zero', '-p0', '-'], {
      cwd: dir,
      input: unifiedDiff('x', before, after),
    });
    expect(readFileSync(file, 'utf8')).toBe(after);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('is empty where nothing differs', () => {
  expect(unifiedDiff('x', 'a\n', 'a\n')).toBe('');
});
