/** Checks the templates of a rules folder and reports their problems as findings, beside those of the rules. */
import { checkTemplates } from '../notify/templates/files.ts';
import type { Diagnostic } from '../rule/diagnostics.ts';
import { templateFinding } from '../rule/rule-files.ts';

export interface TemplateFindings {
  readonly diagnostics: readonly Diagnostic[];
  /** The text of each template that could be read, by file relative to the folder. */
  readonly texts: readonly (readonly [file: string, text: string])[];
}

export function templateFindings(rulesDir: string): TemplateFindings {
  const templates = checkTemplates(rulesDir);
  return {
    diagnostics: templates.flatMap(({ file, problems }) =>
      problems.map((problem) => templateFinding(file, problem)),
    ),
    texts: templates.flatMap(({ file, text }) => (text === undefined ? [] : [[file, text] as const])),
  };
}
