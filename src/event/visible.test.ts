import { expect, test } from 'vitest';
import { jsonText, shorten, visibleLine, visibleText } from './visible.ts';

test.each([
  ['a colour', '\u001b[31mred', '\\u{1b}[31mred'],
  ['a control of eight bits', '\u009b2J', '\\u{9b}2J'],
  ['a return to the beginning of the line', 'a\rb', 'a\\u{d}b'],
  ['line ends', 'a\n\n  b\r\nc', 'a ⏎ b ⏎ c'],
  ['line ends of Unicode', 'a\u2028b\u2029c\u0085d', 'a\\u{2028}b\\u{2029}c\\u{85}d'],
  ['a tab', 'a\tb', 'a\\tb'],
  ['a direction', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
  ['what is drawn as nothing', 'a\u200bb\u{e0041}\u3164', 'a\\u{200b}b\\u{e0041}\\u{3164}'],
  ['what is no character', 'a\uffffb\u{1fffe}', 'a\\u{ffff}b\\u{1fffe}'],
  ['half a character', 'a\ud800b', 'a\ufffdb'],
  ['a tower of marks', `e${'\u0301'.repeat(6)}`, `e${'\u0301'.repeat(4)}\\u{301}\\u{301}`],
])('%s is shown by its code, on one line', (_what, text, shown) => {
  expect(visibleLine(text)).toBe(shown);
  expect(visibleLine(shown)).toBe(shown);
});

test.each(['支付成功，单号 ORD-1', 'Tiếng Việt', 'हिन्दी', 'a\u0301', '🔥🚒 ⚠️', 'C:\\new'])(
  'what people write stays as it is: %s',
  (text) => {
    expect(visibleLine(text)).toBe(text);
  },
);

test('text of many lines keeps them, and its tabs', () => {
  expect(visibleText('a\r\n\tb\u001bc\n')).toBe('a\n\tb\\u{1b}c\n');
});

test('a cut is told, and is never inside a character', () => {
  expect(visibleLine('abcdef', 4)).toBe('abc…');
  expect(shorten('ab😀d', 4)).toBe('ab…');
});

test('JSON says the same with nothing in it that acts on a screen', () => {
  const value = { 'k\u009b': ['\u001b]0;x\u0007', '\u2028\u202e\u200b\u{e0041}\u007f', 'ok 支付 🔥'] };
  const json = jsonText(value, 2);
  expect(JSON.parse(json)).toEqual(value);
  expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u);
  expect(json).toContain('ok 支付 🔥');
});
