/**
 * Kafka → Elasticsearch beside a bare loop of bulk requests with the same documents, on servers of the bench's own, in turns: documents a
 * second, and the CPU time that the sender needs for a document. Both servers and the sender share the machine, and Elasticsearch is what it
 * waits for. Before that, without a server, the CPU time to make a document from bytes and from an event.
 * `node test/bench/elasticsearch.bench.ts [LINES] [ROUNDS]`.
 */
import { join } from 'node:path';
import { startElasticsearch } from '../support/elasticsearch.ts';
import { startKafka } from '../support/kafka.ts';
import { kafkaSourceConfig } from '../support/kafka-topic.ts';
import type { ArchivePass } from './edges/archiving.ts';
import { makingCosts } from './edges/documents.ts';
import { median, startRole } from './edges/roles.ts';
import { filledTopic } from './edges/topic.ts';
import { figure } from './figure.ts';

const LINES = Number(process.argv[2] ?? 40_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const ROLES = ['bare', 'compressed', 'tocsin'] as const;
type Passes = Readonly<Record<(typeof ROLES)[number], ArchivePass>>;

const rateOf = ({ documents, wallMs }: ArchivePass): number => documents / (wallMs / 1_000);

async function measure(node: string, brokers: string[]): Promise<void> {
  const topic = await filledTopic(brokers, LINES);
  const file = join(import.meta.dirname, 'edges/archiving.ts');
  const pass = (role: string): Promise<ArchivePass> =>
    startRole<ArchivePass>(file, [role, node, brokers.join(), topic, String(LINES)]).result;
  // Elasticsearch compiles its own code first.
  await pass('bare');
  const rounds: Passes[] = [];
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({
      bare: await pass('bare'),
      compressed: await pass('compressed'),
      tocsin: await pass('tocsin'),
    });
  for (const role of ROLES) {
    const rate = median(rounds.map((each) => rateOf(each[role])));
    const us = median(rounds.map((each) => (each[role].cpuMs * 1_000) / each[role].documents));
    const share = median(rounds.map((each) => rateOf(each[role]) / rateOf(each.bare)));
    figure(`${role}: documents/s`, rate);
    figure(`${role}: µs of CPU time a document`, us);
    figure(`${role}: share of the bare loop`, share);
    process.stdout.write(
      `${role.padEnd(11)}${Math.round(rate).toLocaleString('en').padStart(8)} documents/s ${us.toFixed(1).padStart(6)} µs of CPU time a document ${(share * 100).toFixed(0).padStart(4)} % of the bare loop\n`,
    );
  }
}

/** Lines as the services write them, and as most libraries of Python would. */
const SPELLINGS: Readonly<Record<string, (line: string) => string>> = {
  'as they are': (line) => line,
  'with blanks and a number in an odd form': (line) =>
    line.replaceAll('":', '": ').replaceAll(',"', ', "').replace('"level"', '"took": 12.0, "level"'),
};

function compareMaking(): void {
  const decoding = kafkaSourceConfig([], 'orders');
  for (const [name, respelt] of Object.entries(SPELLINGS)) {
    const { fromEventsUs, fromBytesUs, ratio } = makingCosts(decoding, respelt);
    figure(`making of lines ${name}: µs of CPU time a document`, fromBytesUs);
    process.stdout.write(
      `lines ${name}: ${fromBytesUs.toFixed(1)} µs of CPU time to make a document from bytes, ${fromEventsUs.toFixed(1)} from its event (${ratio.toFixed(2)} times)\n`,
    );
  }
}

compareMaking();
const kafka = await startKafka({ own: true });
try {
  const elasticsearch = await startElasticsearch();
  try {
    await measure(elasticsearch.url, kafka.brokers);
  } finally {
    await elasticsearch.stop();
  }
} finally {
  await kafka.stop();
}
