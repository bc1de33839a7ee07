/** What the documents promise: every key, every metric, every command that README names is there, and the other way round. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lossKinds } from '../../src/app/health/loss-kinds.ts';
import { fileSchema } from '../../src/config/schema.ts';
import { selfRules } from '../../src/notify/message/self/rules.ts';
import { patternParser } from '../../src/event/time-pattern.ts';
import { exposition } from './exposition.ts';
import { schemaKeys } from './schema-keys.ts';

const read = (file: string): string => readFileSync(file, 'utf8');

/** First cells of the table rows of a page that begin with a code span, with the cell after it. */
function rows(page: string): ReadonlyMap<string, string> {
  const found = read(page).matchAll(/^\| `([^`]+)`\s*\|([^|]*)\|/gmu);
  return new Map([...found].map(([, key, next]) => [key!, next!.trim()]));
}

function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('docs/configuration.md', () => {
  it('has every letter that a pattern of times may have', () => {
    const said = /a pattern of ([^,]+),/u.exec(String(thrown(() => patternParser('Q'))))![1]!;
    const section = read('docs/configuration.md').split('### Patterns of times')[1]!.split('\n## ')[0]!;
    expect(said.split(' ').filter((letters) => !section.includes(`\`${letters}\``))).toEqual([]);
  });

  const documented = rows('docs/configuration.md');
  const known = schemaKeys();

  it('has every key of the schema', () => {
    expect(known.map(({ path }) => path).filter((path) => !documented.has(path))).toEqual([]);
    expect(known.length).toBeGreaterThan(50);
  });

  it('has no key that the schema does not know', () => {
    const paths = known.map(({ path }) => path);
    const blocks = Object.keys(fileSchema.shape);
    expect([...documented.keys()].filter((key) => !paths.includes(key) && !blocks.includes(key))).toEqual([]);
  });

  it('gives the defaults', () => {
    const given = known.filter(({ fallback }) => typeof fallback === 'string');
    for (const { path, fallback } of given)
      expect([path, documented.get(path)]).toEqual([path, `\`${String(fallback)}\``]);
  });
});

it('docs/operating.md has every metric, and no other', async () => {
  const text = await exposition();
  const metrics = [...text.matchAll(/^# TYPE (tocsin_\w+)/gmu)].map(([, name]) => name!);
  const documented = [...rows('docs/operating.md').keys()].filter((key) => key.startsWith('tocsin_'));
  expect(documented.sort()).toEqual(metrics.sort());
});

it('docs/operating.md says when each rule of its own is told, with its severity', () => {
  const told = [...read('docs/operating.md').matchAll(/^\| (\w+)\s*\| `(tocsin_\w+)`/gmu)];
  const documented = Object.fromEntries(told.map(([, severity, name]) => [name!, severity!]));
  const shipped = Object.entries(selfRules).map(([name, { severity }]) => [name, severity]);
  expect(documented).toEqual(Object.fromEntries(shipped));
});

it('docs/operating.md has every reason of a loss', () => {
  const documented = rows('docs/operating.md');
  const reasons = Object.values(lossKinds).flatMap((kind) => (kind === 'work' ? [] : [kind.reason]));
  expect(reasons.filter((reason) => !documented.has(reason))).toEqual([]);
});

it.each(['README.md', 'README.zh-CN.md'])('%s shows the shipped rule, its tests apart', (page) => {
  const shipped = read('rules/order-sync.rule')
    .replace(/^#.*\n/gmu, '')
    .replace(/^ {2}test "[^]*?^ {2}\}\n/gmu, '')
    .trim();
  expect(read(page)).toContain(shipped);
});

it('links between documents lead somewhere', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'deploy/*.md', 'grammar/*.md', 'rules/*.md']);
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s#:]+)(?:#[^)]*)?\)|src="([^":]+)"/gu)].map(([, link, picture]) =>
      join(dirname(page), (link ?? picture)!),
    ),
  );
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter((target) => !existsSync(target))).toEqual([]);
});

it('the index of decisions has each of them once, numbered without a gap', () => {
  const files = globSync('docs/adr/0*.md').map((file) => file.replace('docs/adr/', ''));
  const listed = [...read('docs/adr/README.md').matchAll(/\[(\d{4})\]\((\S+)\)/gu)];
  expect(listed.map(([, , file]) => file!)).toEqual(files.sort());
  expect(listed.map(([, number]) => Number(number))).toEqual(files.map((_, i) => i + 1));
  for (const file of files)
    expect(read(`docs/adr/${file}`)).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `, 'u'));
});
