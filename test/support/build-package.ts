/**
 * `npm run build`: makes dist/, the folder that is published: the sources as JavaScript, the grammar, the shipped rules and
 * configuration, a package.json without anything that only a checkout needs, and the versions of everything that it needs: as a
 * shrinkwrap, which installing goes by, and as an SBOM.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { JSON_SCHEMA_FILE } from '../../src/config/json-schema.ts';
import { LICENCES_FILE } from './licences.ts';
import { shrinkwrap } from './lock-file.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly [key: string]: unknown;
}

/** Files and folders that go along as they are: what the program reads, and what README leads to. */
const ALONG = [
  'grammar',
  'rules',
  'tocsin.yaml',
  JSON_SCHEMA_FILE,
  'docs',
  'deploy',
  'README.md',
  'README.zh-CN.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'LICENSE',
  'SECURITY.md',
  LICENCES_FILE,
] as const;

/** What is in the package and which versions, in the form of CycloneDX. */
const SBOM_FILE = 'sbom.cdx.json';

/** Builds into `target` (emptied first). Throws where the sources do not compile. */
export function buildPackage(target: string): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  compile(target);
  for (const name of ALONG) {
    cpSync(join(ROOT, name), join(target, name), { recursive: true });
  }
  // Whatever a source folder keeps beside its code is read at run time.
  for (const file of globSync('src/**/*.{hbs,json,sql,md,wasm}', { cwd: ROOT })) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(ROOT, file), join(target, file));
  }
  const own = publishable();
  writeJson(join(target, 'package.json'), own);
  writeJson(join(target, 'npm-shrinkwrap.json'), shrinkwrap(own));
  writeJson(join(target, SBOM_FILE), sbom(target, own.name));
}

function compile(target: string): void {
  const options = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      noEmitOnError: true,
      outDir: target,
      rootDir: ROOT,
      allowImportingTsExtensions: false,
      sourceMap: false,
    },
    include: [join(ROOT, 'src')],
    exclude: [join(ROOT, 'src/event/kernel/assembly'), join(ROOT, 'src/**/*.test.ts')],
  };
  const project = join(ROOT, 'node_modules', '.cache', 'build-package.json');
  mkdirSync(dirname(project), { recursive: true });
  writeFileSync(project, JSON.stringify(options));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--project', project], { stdio: 'inherit' });
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

interface Sbom {
  readonly metadata: { readonly component: object };
}

/** Of the shrinkwrap in the folder, so that it says what is installed with the package. */
function sbom(folder: string, name: string): Sbom {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const text = execFileSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const made = JSON.parse(text) as Sbom;
  // npm names it after the folder.
  return { ...made, metadata: { ...made.metadata, component: { ...made.metadata.component, name } } };
}

function publishable(): PackageJson {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as PackageJson;
  const kept = ['name', 'version', 'description', 'keywords', 'license', 'type', 'engines', 'dependencies'];
  const { name, version } = own;
  return {
    name,
    version,
    ...Object.fromEntries(kept.flatMap((key) => (own[key] === undefined ? [] : [[key, own[key]]]))),
    bin: { tocsin: 'src/main.js' },
    files: ['src', ...ALONG, 'npm-shrinkwrap.json', SBOM_FILE],
  };
}

if (import.meta.main) {
  const target = join(ROOT, 'dist');
  buildPackage(target);
  process.stdout.write(`built ${target}\n`);
}
