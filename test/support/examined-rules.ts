/** Every tool of the language over a rule file's bytes, and what each owes to whoever wrote them. */
import { ok, strictEqual } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDiagnostics, type Diagnostic } from '../../src/rule/diagnostics.ts';
import { explainRule } from '../../src/rule/explain.ts';
import { formatRuleText } from '../../src/rule/format.ts';
import { lintRules } from '../../src/rule/lint/all.ts';
import { loadRules } from '../../src/rule/load.ts';
import { mended, type Fix } from '../../src/rule/mending.ts';
import { readRuleFile } from '../../src/rule/rule-files.ts';
import { orderContext, orderSchema } from './rule-context.ts';

/** Findings of a file are bounded, and so is what is shown of them. */
const SHOWN_MAX = 4_000_000;

/** Writes the bytes into a folder and runs check, lint, fmt and explain. `timed` runs each, told by its name. Throws AssertionError. */
export function examineRules(
  dir: string,
  bytes: Uint8Array,
  timed: <T>(tool: string, work: () => T) => T = (_, work) => work(),
): void {
  writeFileSync(join(dir, 'x.rule'), bytes);
  const load = timed('check', () => {
    const loaded = loadRules(dir, orderContext);
    examineFindings(loaded.diagnostics, loaded.sources);
    return loaded;
  });
  strictEqual(
    load.ruleset === undefined,
    load.diagnostics.some(({ severity }) => severity === 'error'),
  );
  timed('lint', () => {
    const context = { schema: orderSchema, retentionMs: 30 * 86_400_000, readFile: () => undefined };
    examineFindings(lintRules(load, context), load.sources);
  });
  timed('fmt', () => {
    const read = readRuleFile(dir, 'x.rule');
    if ('text' in read) examineLayout(read.text);
  });
  timed('explain', () => {
    for (const rule of load.ruleset?.rules ?? [])
      for (const language of ['en', 'zh'] as const)
        ok(
          !/undefined|NaN|\[object/.test(explainRule(rule, orderSchema, language).prose) ||
            /undefined|NaN/.test(rule.alertText + (rule.whenText ?? '')),
        );
  });
}

/** Each has a place in the text, and all of them the language's own words. */
function examineFindings(found: readonly Diagnostic[], sources: ReadonlyMap<string, string>): void {
  const known = sources.get('x.rule');
  const text = known ?? '';
  const lines = text.split(/\r\n?|\n/);
  for (const { line, column, fixes } of found) {
    // Bytes that are no text have lines all the same.
    const length = known === undefined ? 0 : lines[line - 1]?.length;
    ok(line >= 1 && length !== undefined, `line ${line} of ${lines.length}`);
    ok(column >= 1 && column <= length + 1, `column ${column} of line ${line}`);
    for (const fix of fixes ?? []) examineFix(text, fix);
  }
  for (const format of ['text', 'json', 'github'] as const) {
    const shown = formatDiagnostics(found, sources, format).text;
    ok(shown.length <= SHOWN_MAX, `${shown.length} characters are shown`);
    if (!/undefined|nearley|Unexpected|NaN/.test(text))
      ok(!/nearley|Unexpected|undefined|NaN|\[object/.test(shown), shown);
  }
}

/** Its changes lie in the text, one behind the other, and change it. */
function examineFix(text: string, fix: Fix): void {
  let end = 0;
  for (const edit of fix.toSorted((a, b) => a.start - b.start)) {
    ok(edit.start >= end && edit.end >= edit.start && edit.end <= text.length, JSON.stringify(edit));
    end = edit.end;
  }
  ok(mended(text, fix) !== text, JSON.stringify(fix));
}

/** What fmt writes it would not change again. */
function examineLayout(text: string): void {
  const once = formatRuleText('x.rule', text);
  if (!('text' in once)) return;
  const again = formatRuleText('x.rule', once.text);
  ok('text' in again, 'what fmt wrote cannot be read');
  strictEqual(again.text, once.text);
}
