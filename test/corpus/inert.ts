/** What must hold of every text that a person or a program gets to see, whatever stands in it. */
import { expect } from 'vitest';

/** Acts without being seen: on a terminal, on the writing direction, on the lines around it. A tab is a blank, no more. */
const ACTING =
  /(?!\n|\t|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|\p{M}{6}/u;

/** Nothing in a text for people acts, and none of its lines was made by somebody else. */
export function expectInert(text: string, what: string): void {
  const at = ACTING.exec(text);
  if (at !== null) {
    const code = at[0].codePointAt(0)!.toString(16);
    expect.fail(
      `${what}: U+${code} in ${JSON.stringify(text.slice(Math.max(0, at.index - 60), at.index + 60))}`,
    );
  }
  expect(text, what).not.toMatch(/^(?:(?:┃ )?(?:-?#+ )?| {2}fix: )FORGED/mu);
}

/** JSON a line, nothing in which acts on a screen; the values. */
export function expectInertJson(text: string, what: string): readonly unknown[] {
  expectInert(text, what);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
