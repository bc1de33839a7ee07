import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from './build-package.ts';
import { licences } from './licences.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'tocsin-package-'));
const INSTALLED = join(FOLDER, 'installed');

// The pinned Node first, as in every npm script; the package itself must find its way from nothing but that.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeAll(() => {
  const dist = join(FOLDER, 'dist');
  buildPackage(dist);
  const tarball = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', FOLDER], dist)) as unknown;
  const [{ filename }] = Object.values(tarball as object) as [{ readonly filename: string }];
  mkdirSync(INSTALLED);
  writeFileSync(join(INSTALLED, 'package.json'), '{"private":true}\n');
  run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', join(FOLDER, filename)],
    INSTALLED,
  );
}, 300_000);

afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
});

interface Locked {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly integrity?: string; readonly dev?: boolean }>
  >;
}

describe('the published package', () => {
  it('brings exactly what it was tested with: the versions of the lock file, each with the hash of its contents', () => {
    const own = join(INSTALLED, 'node_modules', 'tocsin');
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Locked;
    const wrapped = JSON.parse(readFileSync(join(own, 'npm-shrinkwrap.json'), 'utf8')) as Locked;
    const needed = Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev !== true);
    expect(needed.length).toBeGreaterThan(50);
    for (const [place, locked] of needed) {
      expect(wrapped.packages[place]).toEqual(locked);
      expect(locked.integrity).toMatch(/^sha512-/u);
    }
    expect(Object.keys(wrapped.packages)).toHaveLength(needed.length + 1);
    const { packages: there } = JSON.parse(
      readFileSync(join(INSTALLED, 'node_modules', '.package-lock.json'), 'utf8'),
    ) as Locked;
    const versionOf = new Map(
      Object.entries(there).map(([place, { version }]) => [
        place.replace(/^node_modules\/tocsin\//u, ''),
        version,
      ]),
    );
    for (const name of ['fastify', 'kafkajs', 'handlebars', 'zod', 'pino'])
      expect(versionOf.get(`node_modules/${name}`)).toBe(packages[`node_modules/${name}`]?.version);
  });

  it('lists what it brings for who has to know (CycloneDX)', () => {
    const own = join(INSTALLED, 'node_modules', 'tocsin');
    const bom = JSON.parse(readFileSync(join(own, 'sbom.cdx.json'), 'utf8')) as {
      readonly bomFormat: string;
      readonly metadata: { readonly component: { readonly name: string } };
      readonly components: readonly { readonly purl: string }[];
    };
    expect([bom.bomFormat, bom.metadata.component.name]).toEqual(['CycloneDX', 'tocsin']);
    const listed = new Set(bom.components.map(({ purl }) => decodeURIComponent(purl)));
    for (const [name, version] of licences()) expect(listed).toContain(`pkg:npm/${name}@${version}`);
  });

  const tocsin = (...args: readonly string[]): string =>
    run(join(INSTALLED, 'node_modules', '.bin', 'tocsin'), args, INSTALLED);

  it('runs where nothing but it is installed: version, init, check', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(tocsin('--version')).toBe(`${version}\n`);
    tocsin('init');
    expect(readdirSync(INSTALLED)).toEqual(expect.arrayContaining(['rules', 'tocsin.yaml']));
    expect(tocsin('check', '--json')).toBe('');
    const [, schema] = /\$schema=(\S+)/u.exec(readFileSync(join(INSTALLED, 'tocsin.yaml'), 'utf8'))!;
    expect(schema).toBe('./node_modules/tocsin/tocsin.schema.json');
    expect(readFileSync(join(INSTALLED, schema!), 'utf8')).toBe(readFileSync('tocsin.schema.json', 'utf8'));
  });

  it('holds no tests and no TypeScript but declarations', () => {
    const files = readdirSync(join(INSTALLED, 'node_modules', 'tocsin'), {
      recursive: true,
      encoding: 'utf8',
    });
    const own = files.filter((file) => !file.startsWith('node_modules'));
    expect(own).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'tocsin.yaml',
        join('src', 'main.js'),
        join('docs', 'configuration.md'),
      ]),
    );
    expect(own.filter((file) => /\.test\.|(?<!\.d)\.ts$/u.test(file))).toEqual([]);
  });
});
