/** A rule that wakes people should have a runbook that tells them what to do. Headings show the steps to a person who reads it at night. */
import { applying } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import type { Lint } from './lint.ts';

export const lintRunbook: Lint = ({ block, defaults }, { readFile }) => {
  const clause = applying(block, defaults, 'runbook');
  if (clause === undefined) {
    const severity = applying(block, defaults, 'severity')?.value.text;
    if (severity !== 'high' && severity !== 'critical') return [];
    return [
      warnAt(
        block.name.span,
        'TOC304',
        `\`${block.name.text}\` is ${severity} and has no runbook`,
        `write the steps for whoever is woken: runbook "runbooks/${block.name.text.replaceAll('_', '-')}.md"`,
      ),
    ];
  }
  const text = readFile(clause.path.text);
  if (text === undefined || hasSteps(text)) return [];
  return [
    warnAt(
      block.clauses.includes(clause) ? clause.path.span : block.name.span,
      'TOC305',
      `the runbook \`${clause.path.text}\` has no heading below its title, with text under it`,
      'begin with what restores service: ## Restore service first',
    ),
  ];
};

/** True if there is a heading of the second level or below, outside code, with text after it. */
function hasSteps(markdown: string): boolean {
  const prose = markdown.replace(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1[^\n]*$/gmu, 'code');
  return /^#{2,6}[ \t]+\S[^\n]*\n\s*[^\s#]/mu.test(prose);
}
