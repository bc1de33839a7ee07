import { expect, test } from 'vitest';
import { z } from 'zod';
import { keepSecret } from './redact.ts';
import { Nonsense, oneLine, readBytes, understood, understoodJson } from './answer.ts';

const shape = z.object({ ok: z.boolean(), items: z.array(z.object({ id: z.int() })).optional() });

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield await Promise.resolve(Buffer.alloc(1_000, 'x'));
}

test('an answer is read up to its bound; one without an end is given up there', async () => {
  await expect(readBytes(endless(), 10_000)).rejects.toThrow('longer than 10000 bytes');
  const whole = (async function* () {
    yield await Promise.resolve(Buffer.from('ab'));
    yield Buffer.from('c');
  })();
  expect((await readBytes(whole, 3)).toString()).toBe('abc');
});

test.each([
  ['', 'the answer is empty'],
  ['<html>\n<body>Sign in\u001b[2J</body>', 'the answer is no JSON: <html> <body>Sign in\\u{1b}[2J</body>'],
  ['null', 'the answer has not the expected form: null'],
  ['[]', 'the answer has not the expected form: []'],
  ['{"ok":true,"items":[{"id":1},{"id":"x"}]}', 'the answer has not the expected form (at items.1.id)'],
  [`{"ok":"${'y'.repeat(9_000)}"}`, 'the answer has not the expected form (at ok)'],
  [`${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'the answer has not the expected form'],
])('what does not fit is nonsense, told in one bounded line: %.40s', (text, told) => {
  let error: unknown;
  try {
    understoodJson(shape, text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(Nonsense);
  const { message } = error as Nonsense;
  expect(message).toContain(told);
  expect(message.length).toBeLessThan(350);
  expect(message).not.toMatch(/\p{Cc}/u);
});

test('what fits is taken, without what nobody asked for', () => {
  expect(understood(shape, { ok: true, items: [{ id: 1, more: 2 }], __proto__: null })).toEqual({
    ok: true,
    items: [{ id: 1 }],
  });
});

test('an answer that quotes a credential of ours is told without it, wherever it would be cut', () => {
  keepSecret('our-own-token-of-many-letters');
  for (let before = 0; before < 130; before += 1)
    for (const most of [20, 120])
      expect(oneLine(`${'x'.repeat(before)} our-own-token-of-many-letters and more`, most)).not.toMatch(
        /our-o/u,
      );
});

test('a line of somebody else is cut at a character', () => {
  expect(oneLine('😀😀😀', 4)).toBe('😀…');
});

test.each([
  ['line ends and indents', ' a\r\n\t b\u2028\ufeffc ', 'a b c'],
  ['controls and directions', 'a\u202eb\0c\u001b[2J', 'a\\u{202e}b\\u{0}c\\u{1b}[2J'],
  ['what is drawn as nothing', 'a\u3164\u115f\uffa0b', 'a\\u{3164}\\u{115f}\\u{ffa0}b'],
  ['a tower of marks', `e${'\u0301'.repeat(6)}`, `e${'\u0301'.repeat(4)}\\u{301}\\u{301}`],
])('%s of somebody else are shown as in all texts of others', (_what, text, shown) => {
  expect(oneLine(text, 200)).toBe(shown);
});
