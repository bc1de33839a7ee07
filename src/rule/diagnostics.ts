/**
 * A finding about a rule, for people and for machines: a stable code, a place, the problem in words, and the fix.
 * Codes: TOC1xx syntax, TOC2xx meaning, TOC3xx advice (grammar/README.md lists them).
 */
import { joined, shown, shownLines, styled, type Shown } from '../event/shown.ts';
import { jsonText, visibleText } from '../event/visible.ts';
import type { Span } from './ast.ts';
import type { Fix, Hint } from './mending.ts';
import type { SourceText } from './source-text.ts';
import { lineText, sourceText } from './source-text.ts';

/** Lines and columns are 1-based, columns in characters; the end is exclusive. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** Path relative to the rules folder. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  /** How to mend the fault. */
  readonly hint?: string;
  /** The hint as changes to the text, if it names any. Each fix mends the fault by itself. */
  readonly fixes?: readonly Fix[];
}

export type DiagnosticFormat = 'text' | 'json' | 'github';

/** Above so many findings the rest of a file is skipped: the file is no rule file, or one slip runs through all of it. */
export const FILE_FINDINGS_MAX = 1000;

/** Returns an error at a place. */
export function at(span: Span, code: string, message: string, hint?: Hint): Diagnostic {
  const { file, line, column, endLine, endColumn } = span;
  return {
    code,
    severity: 'error',
    file,
    line,
    column,
    endLine,
    endColumn,
    message: shortened(message),
    ...(hint !== undefined && hintOf(hint)),
  };
}

function hintOf(hint: Hint): Pick<Diagnostic, 'hint' | 'fixes'> {
  return typeof hint === 'string'
    ? { hint: shortened(hint) }
    : { hint: shortened(hint.words), fixes: hint.fixes };
}

/** Shortens a text: messages repeat the author's text, which may be of any length. */
function shortened(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

/** Returns advice at a place: the rule runs nevertheless. */
export function warnAt(span: Span, code: string, message: string, hint?: Hint): Diagnostic {
  return { ...at(span, code, message, hint), severity: 'warning' };
}

/** Sorts by file, then by place: the order in which a person mends the faults. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.code < b.code ? -1 : 1),
  );
}

/**
 * Renders findings. `text` shows the source line with a caret below it. `json` is NDJSON with the fields of Diagnostic except `fixes`.
 * `github` is one workflow command for each finding. `sources` holds the text of each file, by the name that the findings use.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  format: DiagnosticFormat,
  options: { readonly color: boolean } = { color: false },
): Shown {
  switch (format) {
    case 'json':
      return joined(
        diagnostics.map(({ fixes: _, ...d }) => shown`${jsonText(d)}\n`),
        shown``,
      );
    case 'github':
      return joined(diagnostics.map(githubLine), shown``);
    case 'text': {
      const linesOf = lineReader(sources);
      return joined(
        diagnostics.map((d) => textBlock(d, linesOf(d), options.color)),
        shown`\n`,
      );
    }
  }
}

const LINE_LENGTH_MAX = 160;

/** Returns the characters of a finding's line; undefined if its text is not known. Lines may be very long, so the last one is kept. */
function lineReader(sources: ReadonlyMap<string, string>): (d: Diagnostic) => readonly string[] | undefined {
  let source: SourceText | undefined;
  let line = 0;
  let characters: readonly string[] = [];
  return (d) => {
    const text = sources.get(d.file);
    if (text === undefined) return undefined;
    if (source?.file !== d.file) source = sourceText(d.file, text);
    else if (line === d.line) return characters;
    line = d.line;
    characters = Array.from(lineText(source, line));
    return characters;
  };
}

function textBlock(d: Diagnostic, characters: readonly string[] | undefined, color: boolean): Shown {
  const paint = (code: number, text: Shown): Shown =>
    color ? styled(text, (plain) => `\u001b[${code}m${plain}\u001b[0m`) : text;
  const tone = d.severity === 'error' ? 31 : 33;
  const place = paint(1, shown`${d.file}:${d.line}:${d.column}`);
  const head = shown`${place}: ${paint(tone, shown`${d.severity} ${d.code}`)}: ${d.message}\n`;
  const hint = d.hint === undefined ? undefined : shown`${paint(36, shown`fix:`)} ${d.hint}\n`;
  if (characters === undefined) return hint === undefined ? head : shown`${head}  ${hint}`;
  const number = String(d.line);
  const gutter = ' '.repeat(number.length);
  const cut = characters.length > LINE_LENGTH_MAX ? Math.max(0, d.column - 1 - LINE_LENGTH_MAX / 2) : 0;
  const line = characters.slice(cut, cut + LINE_LENGTH_MAX).map(visibleText);
  const room = Math.max(1, line.length - (d.column - 1 - cut));
  const width = d.endLine > d.line ? room : Math.min(room, Math.max(1, d.endColumn - d.column));
  const before = line.slice(0, d.column - 1 - cut).map(blankFor);
  const under = line
    .slice(d.column - 1 - cut, d.column - 1 - cut + width)
    .map((c) => '^'.repeat(columnsOf(c)));
  const caret = shown`${shownLines(before.join(''))}${paint(tone, shown`${under.join('') || '^'}`)}`;
  const source = shown` ${number} | ${shownLines(line.join(''))}\n ${gutter} | ${caret}\n`;
  return hint === undefined ? shown`${head}${source}` : shown`${head}${source} ${gutter} = ${hint}`;
}

/** Returns blanks as wide as the character on a terminal, so that the caret stands below the right character. */
function blankFor(character: string): string {
  return character === '\t' ? '\t' : ' '.repeat(columnsOf(character));
}

/** Returns the width of a character on a terminal. An invisible character has the width of the code that is shown for it. */
function columnsOf(character: string): number {
  if (wide(character)) return 2;
  return character.startsWith('\\u{') ? character.length : 1;
}

function wide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
    character,
  );
}

function githubLine(d: Diagnostic): Shown {
  const data = (text: string): string =>
    visibleText(text).replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
  const property = (text: string): string => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
  const message = `${d.code}: ${d.message}${d.hint === undefined ? '' : ` (fix: ${d.hint})`}`;
  const place = `file=${property(d.file)},line=${d.line},endLine=${d.endLine},col=${d.column},endColumn=${d.endColumn}`;
  return shown`::${d.severity} ${place}::${data(message)}\n`;
}
