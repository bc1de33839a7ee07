/**
 * Builds the engines of others that the benches compare Tocsin with, outside of the packages of the repository: RSigma with cargo, Lucene
 * Monitor and Esper with Maven and javac. They are kept in the cache of the tests under a hash of their sources, so that only the first run
 * needs the network. `node test/bench/peers/build.ts` builds them ahead of a bench.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fetchOnce, run } from '../../support/servers/process.ts';

export interface Built {
  readonly rsigma: PeerBuild;
  readonly java: PeerBuild;
}

/** The command that the arguments of an engine follow, or in words why there is none. */
export type PeerBuild = { readonly command: readonly string[] } | { readonly missing: string };

const BUILD_MAX_MS = 900_000;

export async function buildPeers(): Promise<Built> {
  return { rsigma: await orWhy(buildRsigma), java: await orWhy(buildJava) };
}

async function orWhy(build: () => Promise<readonly string[]>): Promise<PeerBuild> {
  try {
    return { command: await build() };
  } catch (error) {
    const lines = (error as Error).message.split('\n');
    return { missing: lines.find((line) => /error/i.test(line)) ?? lines[0]! };
  }
}

async function buildRsigma(): Promise<readonly string[]> {
  const sources = join(import.meta.dirname, 'rsigma');
  const built = await fetchOnce(`bench-rsigma-${hashOf(sources)}`, async (into) => {
    const project = join(into, 'project');
    await cp(sources, project, { recursive: true });
    // The crate asks for a newer compiler than it needs.
    const args = ['build', '--release', '--ignore-rust-version', '--config'];
    const native = 'build.rustflags=["-C","target-cpu=native"]';
    await run('cargo', [...args, native], { cwd: project, timeoutMs: BUILD_MAX_MS });
    await cp(join(project, 'target/release/rsigma-peer'), join(into, 'rsigma-peer'));
    await rm(project, { recursive: true });
  });
  return [join(built, 'rsigma-peer')];
}

async function buildJava(): Promise<readonly string[]> {
  const sources = join(import.meta.dirname, 'java');
  const built = await fetchOnce(`bench-java-${hashOf(sources)}`, async (into) => {
    const libs = join(into, 'libs');
    const pom = join(sources, 'pom.xml');
    await run('mvn', ['-q', '-B', '-ntp', '-f', pom, `-Dlibs.dir=${libs}`, 'package']);
    const files = globSync('*.java', { cwd: sources }).map((file) => join(sources, file));
    await run('javac', ['-d', join(into, 'classes'), '-cp', join(libs, '*'), ...files]);
  });
  const classes = [join(built, 'classes'), join(built, 'libs', '*')].join(delimiter);
  return ['java', '-Xmx6g', '-cp', classes];
}

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of globSync('**/*.{toml,rs,xml,java}', { cwd: folder }).sort())
    hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

if (import.meta.main)
  for (const [name, built] of Object.entries(await buildPeers()) as [string, PeerBuild][])
    process.stdout.write(`${name}: ${'missing' in built ? built.missing : 'built'}\n`);
