/**
 * Cuts a rule text into tokens. Some signs slip in from a keyboard or an input method (full-width punctuation, curly quotes, invisible
 * spaces). They become the token that was meant, and an error names each of them, so that one slip does not hide the errors after it. The
 * lexer never fails: an unknown character becomes a `bad` token, to which the parser can point.
 */
import moo from 'moo';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { remove, write, type Hint } from '../mending.ts';
import { quote } from '../print.ts';
import { hiddenIn } from './hidden.ts';
import type { SourceText } from '../source-text.ts';
import { spanOf } from '../source-text.ts';

type TokenType =
  | 'word'
  | 'string'
  | 'number'
  | 'percent'
  | 'duration'
  | 'prefix'
  | 'wildcard'
  | 'regex'
  | 'and'
  | 'or'
  | 'not'
  | 'op'
  | 'nl'
  | 'bad';

/** A token; `start` and `end` are offsets into the text. */
export interface Token {
  readonly type: TokenType;
  /** The text that is compared with the grammar's literals: as written, or as it was meant if a slip was mended. */
  readonly text: string;
  /** The value that the token stands for: a string without quotes and escapes, a prefix without its `*`. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** A `#` comment, `#` included. */
interface Comment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface LexedText {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  readonly diagnostics: readonly Diagnostic[];
}

// Each repetition is either used up by its token or bounded, so that no text takes quadratic time.
const HEAD = String.raw`[\p{L}\p{M}\p{N}_@.]`;
const CHAR = String.raw`[\p{L}\p{M}\p{N}_@.$\/+\-]`;
const CHAR_OR_STAR = String.raw`[\p{L}\p{M}\p{N}_@.$\/+\-*?]`;
/** A value may begin with a slash only at a place where a value is certain, so that `count(a)/count(b)` stays a ratio. */
const AFTER_COLON = String.raw`(?<=:[ \t]{0,9}\(?[ \t]{0,9}|\bOR[ \t]{1,9})`;
const u = (pattern: string): RegExp => new RegExp(pattern, 'u');

const lexer = moo.compile({
  space: u(String.raw`[ \t]+`),
  comment: u(String.raw`#[^\n\r]*`),
  nl: { match: u(String.raw`\r\n?|\n`), lineBreaks: true },
  string: u(String.raw`"(?:\\[^\n\r]|[^"\\\n\r])*"`),
  unclosed: u(String.raw`"(?:\\[^\n\r]|[^"\\\n\r])*\\?`),
  curly: u(String.raw`[“”„‟«»＂「」『』][^"“”„‟«»＂「」『』\n\r]*[“”„‟«»＂「」『』"]`),
  single: u(String.raw`['‘’‚‛][^'‘’‚‛"\n\r]*['‘’‚‛]`),
  duration: u(String.raw`(?:\d+(?:ms|[smhd]))+(?!${CHAR_OR_STAR})`),
  percent: u(String.raw`\d+(?:\.\d+)?%(?!${CHAR})`),
  regex: u(String.raw`${AFTER_COLON}\/[^\s"\/]{0,99}[*+?\[\]{}|^$\\][^\s"]{0,99}\/(?!${CHAR})`),
  prefix: u(
    String.raw`(?:${HEAD}${CHAR}*|${AFTER_COLON}\/${CHAR}*)\*(?!${CHAR_OR_STAR})(?![ \t]{0,9}baseline\b)`,
  ),
  number: u(String.raw`-?\d+(?:\.\d+)?(?!${CHAR}|%)`),
  wildcard: u(String.raw`(?:${HEAD}${CHAR}*[*?]|(?!\*baseline\b)[*?](?=${CHAR_OR_STAR}))${CHAR_OR_STAR}*|\?`),
  word: {
    match: u(String.raw`${HEAD}${CHAR}*|${AFTER_COLON}\/${CHAR}+`),
    type: moo.keywords({ and: 'AND', or: 'OR', not: 'NOT' }),
  },
  op: ['>=', '<=', '==', '=', '>', '<', ':', '(', ')', '{', '}', ',', '/', '*'],
  fullWidth: u(String.raw`[≥≤]|＞＝|＜＝|[（）｛｝：，、＞＜＝＊／]`),
  blank: u(
    String.raw`[\u00a0\u00ad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb]+`,
  ),
  bad: { match: u(String.raw`&&|\|\||!=|=~|[^]`), lineBreaks: true },
});

const MEANT: Readonly<Record<string, string>> = {
  '（': '(',
  '）': ')',
  '｛': '{',
  '｝': '}',
  '：': ':',
  '，': ',',
  '、': ',',
  '＞': '>',
  '＜': '<',
  '＝': '=',
  '＊': '*',
  '／': '/',
  '＞＝': '>=',
  '＜＝': '<=',
  '≥': '>=',
  '≤': '<=',
};

/** Far more than any file that a person wrote. */
const TOKENS_MAX = 300_000;
/** Greatest number of errors reported for one text: a binary file has an error at every character. */
const ERRORS_MAX = 200;

/** Cuts a whole text. Skips a byte order mark at its start. */
export function lex(source: SourceText): LexedText {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  const diagnostics: Diagnostic[] = [];
  const skipped = source.text.startsWith('\ufeff') ? 1 : 0;
  lexer.reset(source.text.slice(skipped));
  for (let raw = lexer.next(); raw !== undefined; raw = lexer.next()) {
    const start = raw.offset + skipped;
    const end = start + raw.text.length;
    if (raw.type === 'space' || (raw.type === 'nl' && tokens.at(-1)?.type === 'nl')) continue;
    const type = raw.type ?? 'bad';
    for (const found of hiddenIn(source, type, { start, end }))
      if (diagnostics.length < ERRORS_MAX) diagnostics.push(found);
    if (type === 'comment') {
      comments.push({ text: raw.text, start, end });
      continue;
    }
    const read = readToken(source, type, raw.text, start, end);
    if (read.problem !== undefined && diagnostics.length < ERRORS_MAX) diagnostics.push(read.problem);
    if (read.token !== undefined) tokens.push(read.token);
    if (tokens.length > TOKENS_MAX) {
      const message = `the file is too large: more than ${TOKENS_MAX} words and signs`;
      const tooLarge = at(spanOf(source, start, end), 'TOC120', message, 'split it into several rule files');
      return { tokens: [], comments: [], diagnostics: [tooLarge] };
    }
  }
  return { tokens, comments, diagnostics };
}

interface Read {
  readonly token?: Token;
  readonly problem?: Diagnostic;
}

function readToken(source: SourceText, type: string, text: string, start: number, end: number): Read {
  const span = (): ReturnType<typeof spanOf> => spanOf(source, start, end);
  const string = (value: string): Token => ({ type: 'string', text, value, start, end });
  switch (type) {
    case 'string':
      return { token: string(unescape(text.slice(1, -1))), ...badEscape(source, text, start) };
    case 'unclosed':
      return {
        token: string(text.slice(1)),
        problem: at(span(), 'TOC103', 'this quoted text is never closed on its line', closing(text, start)),
      };
    case 'curly':
      return {
        token: string(text.slice(1, -1)),
        problem: at(
          span(),
          'TOC105',
          `quotes here are ${text[0] ?? ''}${text.at(-1) ?? ''}, not straight double quotes`,
          write({ start, end }, quote(text.slice(1, -1))),
        ),
      };
    case 'single':
      return {
        token: string(text.slice(1, -1)),
        problem: at(
          span(),
          'TOC106',
          'quoted text stands in double quotes',
          write({ start, end }, quote(text.slice(1, -1))),
        ),
      };
    case 'fullWidth': {
      const meant = MEANT[text] ?? text;
      return {
        token: { type: 'op', text: meant, value: meant, start, end },
        problem: at(
          span(),
          'TOC105',
          /[≥≤]/.test(text)
            ? `\`${text}\` is written with two signs here`
            : `\`${text}\` is a full-width character (an input method's)`,
          write({ start, end }, meant, `write \`${meant}\``),
        ),
      };
    }
    case 'blank':
      return {
        problem: at(
          span(),
          'TOC107',
          `an invisible character stands here: ${codePoints(text)}`,
          /\p{Zs}/u.test(text) ? write({ start, end }, ' ', 'write a space instead') : remove({ start, end }),
        ),
      };
    case 'prefix':
      return { token: { type, text, value: text.slice(0, -1), start, end } };
    default:
      return { token: { type: type as TokenType, text, value: text, start, end } };
  }
}

/** Says where a quoted text should have ended. */
function closing(text: string, start: number): Hint {
  const curly = /[“”„‟＂」』]/.exec(text.slice(1));
  if (curly === null) return 'end the text with a straight double quote (") on the same line';
  const curlyAt = start + 1 + curly.index;
  return write(
    { start: curlyAt, end: curlyAt + curly[0].length },
    '"',
    `the quote that should close it is ${curly[0]}; write a straight double quote (") instead`,
  );
}

const CODE_ESCAPE = String.raw`u\{([0-9a-fA-F]{1,6})\}`;
const ESCAPES = new RegExp(String.raw`\\(?:(["\\])|${CODE_ESCAPE})`, 'gu');
const CODE_ESCAPE_ONLY = new RegExp(`^${CODE_ESCAPE}`, 'u');

function unescape(text: string): string {
  return text.replace(ESCAPES, (whole, sign: string | undefined, code: string | undefined) =>
    code === undefined ? (sign ?? whole) : (characterOf(code) ?? whole),
  );
}

/** Returns the character of a code; undefined if the code stands for no character. */
function characterOf(hex: string): string | undefined {
  const code = Number.parseInt(hex, 16);
  return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code);
}

function badEscape(source: SourceText, text: string, start: number): Read {
  const inner = text.slice(1, -1);
  for (const escape of inner.matchAll(/\\([^])/gu)) {
    if (escape[1] === '"' || escape[1] === '\\') continue;
    const code = CODE_ESCAPE_ONLY.exec(inner.slice(escape.index + 1, escape.index + 10))?.[1];
    if (code !== undefined && characterOf(code) !== undefined) continue;
    const from = start + 1 + escape.index;
    return {
      problem: at(
        spanOf(source, from, from + escape[0].length),
        'TOC104',
        `\`${escape[0]}\` means nothing in quoted text: only \\", \\\\ and \\u{200b} (a character by its code) do`,
        write(
          { start: from, end: from + escape[0].length },
          `\\\\${escape[1] ?? ''}`,
          `for a backslash write \\\\${escape[1] ?? ''}`,
        ),
      ),
    };
  }
  return {};
}

function codePoints(text: string): string {
  const shown = Array.from(text.slice(0, 5)).map(
    (c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`,
  );
  return `${shown.join(' ')}${text.length > 5 ? ' …' : ''}`;
}
