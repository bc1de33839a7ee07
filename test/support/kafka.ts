/**
 * A real Apache Kafka (KRaft) on loopback for tests, from Maven artifacts: one or three nodes, killed and brought back at will.
 * TOCSIN_TEST_KAFKA=host:port uses a running broker where a test does not need one of its own.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fetchOnce,
  freePorts,
  run,
  serverTestsRun,
  startServer,
  type ServerProcess,
} from './servers/process.ts';

const VERSION = '4.3.1';
/** Any 16 bytes in base64url; fixed, so that every node agrees. */
const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** User of the secure listeners, by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
export const kafkaUser = { username: 'alice', password: 'alice-secret' };

export interface KafkaServer {
  readonly brokers: string[];
  /** With `secure`: SASL without TLS, TLS without SASL, both; `caFile` is what to trust. */
  readonly secure?: {
    readonly sasl: string;
    readonly tls: string;
    readonly saslTls: string;
    readonly caFile: string;
  };
  readonly dataDir: string;
  /** SIGKILL, of one node (1, 2, 3) or all. */
  kill(node?: number): Promise<void>;
  /** Starts what is not running, on the same ports and data. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT of every node. */
  pause(): void;
  resume(): void;
  /** Ends every node and removes the data. */
  stop(): Promise<void>;
}

export interface KafkaOptions {
  readonly nodes?: 1 | 3;
  readonly secure?: boolean;
  /** The test kills or pauses it, so it must be our own. */
  readonly own?: boolean;
  /** Further broker properties. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** Whether tests on a real Kafka run here; says loudly what is missing where they do not. */
export function kafkaAvailable(): boolean {
  return serverTestsRun('Kafka', ['java', 'mvn', 'keytool'], 'TOCSIN_TEST_KAFKA');
}

export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const running = process.env.TOCSIN_TEST_KAFKA;
  const plain = options.own !== true && options.nodes !== 3 && options.secure !== true && !options.extra;
  if (running !== undefined && plain) return runningKafka(running);

  const libs = await fetchOnce(`kafka-${VERSION}`, async (into) => {
    const pom = join(import.meta.dirname, 'servers/kafka/pom.xml');
    await run('mvn', [
      '-q',
      '-B',
      '-ntp',
      '-f',
      pom,
      `-Dkafka.version=${VERSION}`,
      `-Dlibs.dir=${into}`,
      'package',
    ]);
  });
  const dataDir = await mkdtemp(join(tmpdir(), 'tocsin-kafka-'));
  const removeData = (): Promise<void> => rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  const keystore = options.secure === true ? await makeKeystore(dataDir) : undefined;
  const count = options.nodes ?? 1;
  const ports = await freePorts(count * PORTS_PER_NODE);
  const nodes = Array.from({ length: count }, (_, i) =>
    ports.slice(i * PORTS_PER_NODE, (i + 1) * PORTS_PER_NODE),
  );
  const servers = new Map<number, ServerProcess>();

  const startNode = async (index: number): Promise<void> => {
    const folder = join(dataDir, String(index + 1));
    const file = join(folder, 'server.properties');
    await mkdir(folder, { recursive: true });
    await writeFile(file, properties(nodes, index, folder, keystore, options.extra ?? {}));
    const java = ['-cp', join(libs, '*'), '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...LOGGING];
    if (!existsSync(join(folder, 'logs/meta.properties'))) {
      const format = [
        'kafka.tools.StorageTool',
        'format',
        '-t',
        CLUSTER_ID,
        '-c',
        file,
        '--ignore-formatted',
      ];
      await run('java', [...java, '-Xmx128m', ...format, ...(keystore === undefined ? [] : scramUsers())]);
    }
    const server = await startServer({
      name: `Kafka node ${index + 1}`,
      command: 'java',
      args: [...java, '-Xms96m', '-Xmx256m', 'kafka.Kafka', file],
      logFile: join(folder, 'log'),
      ready: /Kafka Server started/,
    });
    servers.set(index, server);
  };
  const restart = async (): Promise<void> => {
    const down = nodes.map((_, index) => index).filter((index) => !servers.has(index));
    await Promise.all(down.map(startNode));
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...servers.values()].map((server) => server.stop()));
    servers.clear();
    await removeData();
  };

  try {
    await restart();
  } catch (error) {
    await stop();
    throw error;
  }
  const at = (node: readonly number[], port: number): string => `127.0.0.1:${node[port]}`;
  return {
    brokers: nodes.map((node) => at(node, 0)),
    ...(keystore !== undefined && {
      secure: { sasl: at(ports, 2), tls: at(ports, 3), saslTls: at(ports, 4), caFile: keystore.caFile },
    }),
    dataDir,
    restart,
    stop,
    kill: async (node) => {
      for (const [index, server] of servers) {
        if (node !== undefined && index !== node - 1) continue;
        await server.kill();
        servers.delete(index);
      }
    },
    pause: () => servers.forEach((server) => server.pause()),
    resume: () => servers.forEach((server) => server.resume()),
  };
}

function runningKafka(broker: string): KafkaServer {
  const notOurs = (): never => {
    throw new Error(
      'TOCSIN_TEST_KAFKA names a broker that is not ours to stop: ask for one with { own: true }',
    );
  };
  return {
    brokers: [broker],
    dataDir: '',
    stop: () => Promise.resolve(),
    kill: notOurs,
    restart: notOurs,
    pause: notOurs,
    resume: notOurs,
  };
}

/** Clients, controller, SASL, TLS, SASL over TLS. */
const PORTS_PER_NODE = 5;

const LOGGING = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];

/** The settings of a node. What differs from Kafka's defaults makes tests quick: no 3 s wait for a new group, few internal partitions. */
function properties(
  nodes: readonly (readonly number[])[],
  index: number,
  folder: string,
  keystore: Keystore | undefined,
  extra: Readonly<Record<string, string>>,
): string {
  const [clients, controller, sasl, tls, saslTls] = nodes[index]!.map((port) => `127.0.0.1:${port}`);
  const secure = `,SASL_PLAINTEXT://${sasl},SSL://${tls},SASL_SSL://${saslTls}`;
  const advertised = `PLAINTEXT://${clients}${keystore === undefined ? '' : secure}`;
  const replicas = String(nodes.length);
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(index + 1),
    'controller.quorum.voters': nodes.map((node, i) => `${i + 1}@127.0.0.1:${node[1]}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `${advertised},CONTROLLER://${controller}`,
    'advertised.listeners': advertised,
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'logs'),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': '1',
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': nodes.length < 3 ? '1' : '2',
    'transaction.state.log.num.partitions': '3',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '3',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.cleaner.backoff.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'broker.session.timeout.ms': '1000',
    'broker.heartbeat.interval.ms': '200',
    ...(keystore !== undefined && secureSettings(keystore)),
    ...extra,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function secureSettings(keystore: Keystore): Record<string, string> {
  const { username, password } = kafkaUser;
  const modules = 'org.apache.kafka.common.security';
  const settings: Record<string, string> = {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': keystore.file,
    'ssl.keystore.password': keystore.password,
    'ssl.client.auth': 'none',
  };
  for (const listener of ['sasl_plaintext', 'sasl_ssl']) {
    const name = `listener.name.${listener}`;
    settings[`${name}.plain.sasl.jaas.config`] =
      `${modules}.plain.PlainLoginModule required user_${username}="${password}";`;
    for (const bits of ['256', '512']) {
      settings[`${name}.scram-sha-${bits}.sasl.jaas.config`] = `${modules}.scram.ScramLoginModule required;`;
    }
  }
  return settings;
}

function scramUsers(): string[] {
  const { username, password } = kafkaUser;
  return ['256', '512'].flatMap((bits) => [
    '--add-scram',
    `SCRAM-SHA-${bits}=[name=${username},password=${password}]`,
  ]);
}

interface Keystore {
  readonly file: string;
  readonly password: string;
  readonly caFile: string;
}

/** A certificate for localhost and 127.0.0.1 that signs itself, so it is also what clients trust. */
async function makeKeystore(dataDir: string): Promise<Keystore> {
  const file = join(dataDir, 'broker.p12');
  const caFile = join(dataDir, 'ca.crt');
  const password = 'test-only';
  const store = ['-keystore', file, '-storetype', 'PKCS12', '-storepass', password, '-alias', 'broker'];
  const key = ['-keyalg', 'RSA', '-keysize', '2048', '-validity', '30', '-dname', 'CN=localhost'];
  const san = ['-ext', 'bc=ca:true', '-ext', 'san=dns:localhost,ip:127.0.0.1'];
  await run('keytool', ['-genkeypair', ...store, ...key, ...san]);
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', caFile]);
  return { file, password, caFile };
}
