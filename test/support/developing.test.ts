/** DEVELOPING.md and ARCHITECTURE.md name files that are there: a recipe that leads nowhere is worse than none. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('DEVELOPING.md', 'utf8');
const FENCES = /^```sh\n([^]*?)^```$/gmu;

/** A path of this repository: one with a slash, or a file of the root. Commands have blanks, addresses a colon. */
const isPath = (text: string): boolean =>
  /^[\w.*-]+(?:\/[\w.*-]+)+$/u.test(text) || /^[\w.-]+\.(?:md|json|js|yaml|ts)$/u.test(text);

/** `KIND`, `FORM` and `NAME` stand for any name; a name without a folder is one of src. */
function exists(path: string): boolean {
  const glob = path.replaceAll(/\b(?:KIND|FORM|NAME)\b/gu, '*');
  if (!glob.includes('/')) return existsSync(glob) || globSync(`src/**/${glob}`).length > 0;
  return glob.includes('*') ? globSync(glob).length > 0 : existsSync(glob);
}
/** Paths that a run makes, which are not of the tree. */
const MADE = /^(?:data|~)\/|^host:/u;

const spans = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/`([^`\n]+)`/gu)].map(([, text]) => text!);

it.each(['DEVELOPING.md', 'ARCHITECTURE.md'])('every path in the texts and commands of %s exists', (file) => {
  const page = readFileSync(file, 'utf8');
  const written = spans(page.replaceAll(FENCES, ''));
  const typed = [...page.matchAll(FENCES)].flatMap(([, commands]) => commands!.split(/\s+/u));
  const paths = [...written, ...typed].filter((text) => isPath(text) && !MADE.test(text));
  expect(paths.length).toBeGreaterThan(35);
  expect(paths.filter((path) => !exists(path))).toEqual([]);
});

it('every script that it runs is one of package.json', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...PAGE.matchAll(/npm (?:run )?([a-z]+)/gu)].map(([, name]) => name!);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

describe('the recipes', () => {
  const recipes = PAGE.split('\n## Recipes\n')[1]!
    .split('\n### ')
    .slice(1)
    .map((text) => ({ title: text.split('\n', 1)[0]!, steps: text.split(/^\d+\. /mu).slice(1) }));

  it('are one for each thing that is added again and again', () => {
    expect(recipes.map(({ title }) => title.replace(/ \(\d+ files\)$/u, ''))).toEqual(
      ['alert form', 'channel', 'source', 'archive', 'field type', 'probe'].map((what) => `A new ${what}`),
    );
  });

  it.each(recipes)('$title: each step names its files first, and there are so many', ({ title, steps }) => {
    const files = steps.map((step) => /^((?:`[^`]+`,?\s+)*`[^`]+`): /u.exec(step)?.[1]);
    expect(files).not.toContain(undefined);
    const paths = new Set(files.flatMap((named) => spans(named!)));
    expect([...paths].filter((path) => !isPath(path))).toEqual([]);
    expect(title).toMatch(new RegExp(`\\(${paths.size} files\\)$`, 'u'));
  });
});
