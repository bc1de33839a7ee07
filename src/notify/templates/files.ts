/** Reads and checks the templates of a user: `templates/` in the rules folder, one file for each channel. */
import { basename, dirname, join } from 'node:path';
import { channelKinds } from '../../config/channels/kinds.ts';
import { suggest } from '../../event/did-you-mean.ts';
import type { FileText, FileRefusal } from '../../event/text-file.ts';
import { visibleLine } from '../../event/visible.ts';
import { namesInside, readInside } from '../../rule/folder.ts';
import { lintTemplate, type TemplateProblem } from './lint.ts';

/** Channels whose messages users may replace by a template. */
const CHANNELS = Object.entries(channelKinds)
  .filter(([, { hasTemplate }]) => hasTemplate)
  .map(([name]) => name);

/** Returns undefined if there is no such file. */
export function readTemplate(templatesDir: string, name: string): FileText | FileRefusal | undefined {
  const path = join(basename(templatesDir), `${name}.hbs`);
  const read = readInside(dirname(templatesDir), path, 'template');
  return 'kind' in read && read.kind === 'missing' ? undefined : read;
}

export interface TemplateFile {
  /** Path relative to the rules folder. */
  readonly file: string;
  /** Undefined if it could not be read. */
  readonly text: string | undefined;
  readonly problems: readonly TemplateProblem[];
}

/** Returns the templates of a rules folder, and the files that look like a template but belong to no channel. */
export function checkTemplates(rulesDir: string): readonly TemplateFile[] {
  return [...templatesOfChannels(rulesDir), ...templatesOfNobody(rulesDir)];
}

const LOOKS_LIKE_TEMPLATE = /\.(?:hbs|handlebars)$/iu;
/** Maximum number of such files to report in one run. */
const UNKNOWN_FILES_MAX = 20;

/** Returns files that are never used for a message, although their author believes that they are. */
function templatesOfNobody(rulesDir: string): readonly TemplateFile[] {
  const used = CHANNELS.map((name) => `${name}.hbs`);
  return namesInside(rulesDir, 'templates')
    .filter((name) => LOOKS_LIKE_TEMPLATE.test(name) && !used.includes(name))
    .slice(0, UNKNOWN_FILES_MAX)
    .map((name) => {
      const message = 'no message is made of this template: none is looked for by this name';
      const fix = suggest(
        name.replace(LOOKS_LIKE_TEMPLATE, '.hbs'),
        used,
        'a template is named after its channel',
      );
      const file = `templates/${visibleLine(name, 200)}`;
      return { file, text: undefined, problems: [{ line: 1, column: 1, message, fix }] };
    });
}

function templatesOfChannels(rulesDir: string): readonly TemplateFile[] {
  return CHANNELS.flatMap((name): readonly TemplateFile[] => {
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
