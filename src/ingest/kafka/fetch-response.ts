/**
 * Gives kafkajs a decoder of the answers to a fetch that leaves the records in their bytes (ADR 30). kafkajs makes four objects, two texts
 * and three large integers for each record, which takes longer than all that we do with a line. It is handed one message for each batch of
 * records instead, and goes on doing everything else: group, metadata, connections, retries. Records of aborted transactions and markers
 * are found here, batch by batch, as the client in Java does it.
 */
import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import {
  batchHeads,
  isAbort,
  isControl,
  isRecordBatch,
  isTransactional,
  recordsOf,
  type RecordBatchHead,
  type RecordColumns,
} from './record-batch.ts';

/** A batch of records, in the place where kafkajs has a message. Its `offset` is that of the last record, since kafkajs goes on behind it. */
export interface BatchMessage extends Pick<KafkaMessage, 'key' | 'value' | 'offset'> {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Absent: no consumer sees the batch. */
  readonly records?: RecordColumns;
}

export interface AbortedTransaction {
  readonly producer: number;
  readonly firstOffset: number;
}

/** The parts of kafkajs's decoder of answers that are used here. */
interface Answer {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readString(): string;
  readBytes(size: number): Buffer;
  canReadBytes(size: number): boolean;
  readArray<T>(read: (answer: Answer) => T): T[];
  readArrayAsync<T>(read: (answer: Answer) => Promise<T>): Promise<T[]>;
}

type AnswerClass = new (bytes: Buffer) => Answer;
type DecodeMessages = (answer: Answer) => Promise<readonly KafkaMessage[]>;
type Message = KafkaMessage | BatchMessage;

const load = createRequire(import.meta.url);

/** The versions of the answer that have record batches. */
const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11];

let isReplaced = false;

/**
 * Replaces the decoders once, for every client of the process. Does nothing to a kafkajs that is built differently: then every record is a
 * message, which `fetchedRecords` reads as well.
 */
export function readFetchesAsBatches(): void {
  if (isReplaced) return;
  isReplaced = true;
  try {
    const path = 'kafkajs/src/protocol';
    const Answer = load(`${path}/decoder.js`) as AnswerClass;
    const decodeOld = load(`${path}/requests/fetch/v4/decodeMessages.js`) as DecodeMessages;
    for (const version of VERSIONS) {
      const response = load(`${path}/requests/fetch/v${version}/response.js`) as { decode: unknown };
      response.decode = (bytes: Buffer) =>
        decodeFetch(new Answer(bytes), version, (records) => decodeOld(new Answer(withSize(records))));
    }
  } catch {
    // The parts that are missing are not replaced.
  }
}

type DecodeOld = (records: Buffer) => Promise<readonly KafkaMessage[]>;

/** Decodes an answer to what kafkajs makes of it, apart from the messages. Fields: https://kafka.apache.org/protocol#The_Messages_Fetch */
async function decodeFetch(answer: Answer, version: number, decodeOld: DecodeOld): Promise<object> {
  const throttleTime = answer.readInt32();
  const session = version < 7 ? {} : { errorCode: answer.readInt16(), sessionId: answer.readInt32() };
  const responses = await answer.readArrayAsync(async (topic) => ({
    topicName: topic.readString(),
    partitions: await topic.readArrayAsync((partition) => decodePartition(partition, version, decodeOld)),
  }));
  // From version 8 on the broker leaves it to the client to slow down.
  if (version < 8) return { throttleTime, ...session, responses };
  return { throttleTime: 0, clientSideThrottleTime: throttleTime, ...session, responses };
}

async function decodePartition(answer: Answer, version: number, decodeOld: DecodeOld): Promise<object> {
  const head = {
    partition: answer.readInt32(),
    errorCode: answer.readInt16(),
    highWatermark: answer.readInt64().toString(),
    lastStableOffset: answer.readInt64().toString(),
    ...(version >= 5 && { lastStartOffset: answer.readInt64().toString() }),
  };
  const aborted = answer.readArray((each) => ({
    producer: Number(each.readInt64()),
    firstOffset: Number(each.readInt64()),
  }));
  const replica = version < 11 ? {} : { preferredReadReplica: answer.readInt32() };
  const size = answer.readInt32();
  const isThere = size > 0 && answer.canReadBytes(size);
  const messages = isThere ? await messagesOf(answer.readBytes(size), aborted, decodeOld) : [];
  // kafkajs looks for aborted transactions once more, and must find none.
  return { ...head, ...replica, abortedTransactions: [], messages };
}

async function messagesOf(
  records: Buffer,
  aborted: readonly AbortedTransaction[],
  decodeOld: DecodeOld,
): Promise<readonly Message[]> {
  if (!isRecordBatch(records)) return await decodeOld(records);
  return await batchMessages(records, aborted);
}

/** Returns a message for each batch. `aborted`: the aborted transactions of the fetch. */
export async function batchMessages(
  bytes: Buffer,
  aborted: readonly AbortedTransaction[],
): Promise<readonly BatchMessage[]> {
  const messages: BatchMessage[] = [];
  const isSeen = seen(aborted);
  for (const head of batchHeads(bytes)) {
    const { firstOffset, lastOffset } = head;
    const records = isSeen(head) ? await recordsOf(head) : undefined;
    messages.push({
      key: null,
      value: null,
      offset: String(lastOffset),
      firstOffset,
      lastOffset,
      ...(records !== undefined && records.offsets.length > 0 && { records }),
    });
  }
  return messages;
}

/** Returns a function that tells of each batch in order if a consumer sees its records. */
function seen(aborted: readonly AbortedTransaction[]): (head: RecordBatchHead) => boolean {
  const waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<number>();
  return (head) => {
    while (waiting.length > 0 && waiting[0]!.firstOffset <= head.lastOffset)
      aborting.add(waiting.shift()!.producer);
    if (!isControl(head)) return !(isTransactional(head) && aborting.has(head.producer));
    if (aborting.size > 0 && isAbort(head)) aborting.delete(head.producer);
    return false;
  };
}

function withSize(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
