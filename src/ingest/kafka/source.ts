/** The source `kafka`: a reader for each purpose, and each reader is a member of its own group. Only this folder knows kafkajs. */
import { randomUUID } from 'node:crypto';
import { isOriginOfKafka, originsReadBy } from '../../config/decode/origins.ts';
import type { SourceConfig } from '../../config/config.ts';
import type { KafkaSourceConfig } from '../../config/sources/kafka.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { FirstStart, LogReader, LogSource } from '../source.ts';
import { prepareClients } from './client.ts';
import { joinGroup } from './group-consumer.ts';
import { KafkaReader } from './reader.ts';
import { otherProgram, secondReader, troubleText } from './refusal.ts';
import { keepBeginnings } from './beginnings.ts';
import { openTopicLog } from './topic-log.ts';

/**
 * Rejects with FixableError when a certificate cannot be read. `open` of the source rejects with FixableError, within 10 s, when Kafka
 * cannot be reached, refuses us or lacks the topic. Later failures are outlasted.
 */
export async function openKafkaSource(
  config: SourceConfig & { readonly kind: KafkaSourceConfig },
  telemetry: Telemetry,
  clock: Pick<Clock, 'wallMs'>,
  firstStart?: FirstStart,
): Promise<LogSource> {
  const { name: source, kind, encoding, decode } = config;
  const origins = [...originsReadBy(decode.steps)].filter(isOriginOfKafka);
  const connect = await prepareClients(source, kind, telemetry.log);
  const readers = new Set<LogReader>();
  return {
    name: source,
    finite: false,
    open: async (options) => {
      const group = `${kind.group}.${options.purpose}`;
      const opened = await openTopicLog(connect, source, kind, group, (topic) =>
        keepBeginnings(topic, config.start, firstStart),
      );
      const id = randomUUID();
      const membership = { connect, source, topic: kind.topic, group, reader: id, log: telemetry.log, clock };
      const reader = new KafkaReader({
        source,
        encoding,
        topic: kind.topic,
        origins,
        options,
        telemetry,
        clock,
        opened,
        beginsAt: (partition) => firstStart?.offsets()?.[partition],
        transactionWaitMs: kind.transactionWaitMs,
        join: (listener) => joinGroup(membership, listener),
        explain: (error) => troubleText(source, kind, group, error),
        refusal: async (by) => {
          if (by === 'program') return otherProgram(source, group);
          const members = await opened.log.members().catch(() => []);
          const others = members.filter((member) => member.reader !== id && member.host !== '');
          return secondReader(source, kind, group, [
            ...new Set(others.map(({ host, pid }) => `${host}, pid ${pid}`)),
          ]);
        },
      });
      readers.add(reader);
      return reader;
    },
    close: async () => {
      await Promise.all([...readers].map((reader) => reader.close()));
      readers.clear();
    },
  };
}
