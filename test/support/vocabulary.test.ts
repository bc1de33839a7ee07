/** One name for one thing: the glossary of ARCHITECTURE.md is what the code is written in. */
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** Words that mean something that has a name in the glossary, and the folders in which they are meant otherwise. */
const REPLACED: ReadonlyMap<string, readonly string[]> = new Map([
  // `tocsin show --json` says it so.
  ['settled', ['src/cli/alerts.ts']],
  ['settle', []],
  ['settling', []],
  ['runahead', []],
  ['snapshot', []],
  ['matchlog', []],
  // What a message says of the state of its alert: templates of users name it.
  ['standing', ['src/notify/']],
  ['evidence', ['src/detect/', 'src/ingest/file/place.ts']],
  ['backlog', ['src/notify/outbox/']],
  ['notice', ['src/notify/', 'src/app/delivery/']],
]);

interface Declared {
  readonly name: string;
  readonly path: string;
  readonly isExportedType: boolean;
}

const isType = (node: ts.Node): node is ts.DeclarationStatement =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);

function declaredIn(path: string): readonly Declared[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Declared[] = [];
  const visit = (node: ts.Node): void => {
    const { name } = node as Partial<ts.NamedDeclaration>;
    const isUse = ts.isPropertyAccessExpression(node);
    if (!isUse && name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name))) {
      const isExported =
        isType(node) &&
        ts.getModifiers(node as ts.InterfaceDeclaration)?.[0]?.kind === ts.SyntaxKind.ExportKeyword;
      found.push({ name: name.text, path, isExportedType: isExported });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const FILES = globSync('src/**/*.ts').filter((path) => !path.endsWith('.test.ts'));
const DECLARED = FILES.flatMap(declaredIn);
const GLOSSARY = [
  ...readFileSync('ARCHITECTURE.md', 'utf8')
    .split('\n## Glossary')[1]!
    .matchAll(/\*\*([^*]+)\*\*/gu),
].map(([, term]) => term!);

/** `settledMs` and `SETTLED_MS` are made of the words `settled` and `ms`. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z\d])([A-Z])/gu, '$1 $2')
    .toLowerCase()
    .split(/[ _#]+/u);

it('no identifier is made of a word that the glossary has replaced', () => {
  const wrong = DECLARED.filter(({ name, path }) =>
    [...wordsOf(name), wordsOf(name).join('')].some((word) => {
      const allowed = REPLACED.get(word) ?? REPLACED.get(word.replace(/s$/u, ''));
      return allowed?.every((folder) => !path.startsWith(folder)) ?? false;
    }),
  );
  expect(DECLARED.length).toBeGreaterThan(10_000);
  expect(wrong.map(({ name, path }) => `${path}: ${name}`)).toEqual([]);
});

it('no two files export types of the same name', () => {
  const byName = Map.groupBy(
    DECLARED.filter(({ isExportedType }) => isExportedType),
    ({ name }) => name,
  );
  const twice = [...byName].filter(([, all]) => new Set(all.map(({ path }) => path)).size > 1);
  expect(twice.map(([name, all]) => `${name}: ${all.map(({ path }) => path).join(', ')}`)).toEqual([]);
});

it('every term of the glossary is one of the code', () => {
  const text = FILES.map((path) => readFileSync(path, 'utf8'))
    .join('\n')
    .toLowerCase()
    .replaceAll(/[ -]/gu, '');
  expect(GLOSSARY.length).toBeGreaterThan(25);
  expect(GLOSSARY.filter((term) => !text.includes(term.toLowerCase().replaceAll(/[ -]/gu, '')))).toEqual([]);
});
