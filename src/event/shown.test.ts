import { expect, test } from 'vitest';
import { isShown, joined, shown, shownLines, styled } from './shown.ts';

const HOSTILE = 'a\u001b[2J\nforged\u202e';
const VISIBLE = 'a\\u{1b}[2J ⏎ forged\\u{202e}';

test('the lines of a template are its own, and what is put into them is visible on one line', () => {
  expect(shown`x ${HOSTILE}\n${3} ${true}\n`.text).toBe(`x ${VISIBLE}\n3 true\n`);
  expect(shown`[${shown`${HOSTILE}\n`}]`.text).toBe(`[${VISIBLE}\n]`);
});

test('parts are joined by what stands between them, each visible', () => {
  expect(joined([HOSTILE, shown`b`, 1], shown`\n`).text).toBe(`${VISIBLE}\nb\n1`);
});

test('lines that are shown as lines keep their ends and nothing else', () => {
  expect(shownLines(HOSTILE).text).toBe('a\\u{1b}[2J\nforged\\u{202e}');
});

test('a style is added around what is visible', () => {
  expect(styled(HOSTILE, (text) => `\u001b[1m${text}\u001b[22m`).text).toBe(`\u001b[1m${VISIBLE}\u001b[22m`);
});

test('what only looks like it is none', () => {
  expect(isShown(shown``)).toBe(true);
  expect([{ text: 'x' }, 'x', undefined].map(isShown)).toEqual([false, false, false]);
});
