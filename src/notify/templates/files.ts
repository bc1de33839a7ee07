/** Where the templates of a user lie: `templates/` in the rules folder, one a channel, and what is wrong with them. */
import { basename, dirname, join } from 'node:path';
import { channelKinds } from '../../config/channels/kinds.ts';
import type { FileText, Refusal } from '../../event/text-file.ts';
import { readInside } from '../../rule/folder.ts';
import { lintTemplate, type TemplateProblem } from './lint.ts';

/** Undefined where there is none. */
export function readTemplate(templatesDir: string, name: string): FileText | Refusal | undefined {
  const path = join(basename(templatesDir), `${name}.hbs`);
  const read = readInside(dirname(templatesDir), path, 'template');
  return 'kind' in read && read.kind === 'missing' ? undefined : read;
}

export interface TemplateFile {
  /** Relative to the rules folder. */
  readonly file: string;
  /** Undefined where it could not be read. */
  readonly text: string | undefined;
  readonly problems: readonly TemplateProblem[];
}

/** The templates of a rules folder. */
export function checkTemplates(rulesDir: string): readonly TemplateFile[] {
  return Object.entries(channelKinds).flatMap(([name, { hasTemplate }]): readonly TemplateFile[] => {
    if (!hasTemplate) return [];
    const file = `templates/${name}.hbs`;
    const read = readTemplate(join(rulesDir, 'templates'), name);
    if (read === undefined) return [];
    if ('text' in read) return [{ file, text: read.text, problems: lintTemplate(name, read.text) }];
    const { problem, fix, line = 1 } = read;
    return [
      { file, text: undefined, problems: [{ line, column: 1, message: `the template ${problem}`, fix }] },
    ];
  });
}
