/** Texts that no one would call a rule file, and some that are nearly one: what every tool of the language must take without harm. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { anyRuleFile } from './any-rule.ts';

const WRITTEN_TEXTS = ['wrong', 'right'].flatMap((folder) => {
  const dir = new URL(`../fixtures/rules/${folder}/`, import.meta.url);
  const names = readdirSync(dir).filter((name) => name.endsWith('.rule'));
  return names.map((name) => readFileSync(new URL(name, dir), 'utf8'));
});

// prettier-ignore
const STRAY_PIECES = ['', '"', '(', ')', '{', '}', 'AND', ' OR ', ' not ', '\n', 'rule r {', '*', '\\', '：', '≥', '\0', '\ud800', '“', '#', ',', ':', '=', ' in ', '1e6', '5', '5m', '%', '\u00a0'];

/** A rule text with some of its pieces cut, doubled, or replaced by what a keyboard or an editor may put there. */
const mutated = fc
  .tuple(
    fc.oneof(fc.constantFrom(...WRITTEN_TEXTS), anyRuleFile()),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...STRAY_PIECES)), { maxLength: 4 }),
  )
  .map(([text, cuts]) =>
    cuts.reduce((now, [place, length, put]) => {
      const from = place % (now.length + 1);
      return now.slice(0, from) + put + now.slice(from + length);
    }, text),
  );

// prettier-ignore
const REPEATED_PIECES = ['(', '((a) OR ', 'NOT (', 'NOT ', '{', '[', 'a ', 'a AND ', 'a OR b AND ', 'a:b OR ', 'level:(', '"', '"a" ', '\\', '#', '# note\n', '\n', '\r', ' ', '支', '\u{1f600}', '1', '5m', '*', 'a*', '：', '“a”', ',', 'a,', 'count > 1 and ', 'rule r {', 'rule r {\n}\n', 'let a = b\n', 'test "t" {\n', 'at 0s { a: b }\n', '}', '-', '\0', '\ud800', '/a[/', 'severty high\n'];
const OPENINGS = ['', 'rule r {\n  when ', 'rule r {\n  alert ', 'rule r {\n', 'rule r {\n  labels {', '# '];
const ENDINGS = ['', '\n}\n', ')', '"\n  alert count >= 5 within 5m by service\n}\n'];

/** One piece over and over: deep nesting, endless lists, and with `mostBytes` of some megabytes texts beyond every bound. */
const repeated = (bytesMax: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...OPENINGS),
      fc.oneof(fc.constantFrom(...REPEATED_PIECES), anyRuleFile()),
      fc.integer({ min: 2, max: Math.floor(Math.log2(bytesMax)) }),
      fc.constantFrom(...ENDINGS),
    )
    .map(([opening, piece, magnitude, ending]) => {
      const times = Math.floor(Math.min(2 ** magnitude, bytesMax) / Math.max(1, piece.length));
      return opening + piece.repeat(times) + ending;
    });

/** Bytes of a file: of texts as above, and any at all. `mostBytes` bounds the repeated ones. */
export const oddRuleBytes = (bytesMax: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    {
      arbitrary: fc.oneof(mutated, fc.string({ unit: 'binary' })).map((text) => Buffer.from(text)),
      weight: 8,
    },
    { arbitrary: fc.uint8Array({ maxLength: 400 }), weight: 1 },
    { arbitrary: repeated(bytesMax).map((text) => Buffer.from(text)), weight: 1 },
  );
