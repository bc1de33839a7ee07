/**
 * Mends kafkajs 2.2.4 against bytes that block the process. First: headers of a record, which cost the square of their number (we read no
 * headers). Second: a size of an answer that no broker sends (a port that speaks HTTP; a negative size is read for ever). Third: more
 * records in a batch than a call can take as arguments (some 120,000).
 */
import { createRequire } from 'node:module';

interface DecoderClass {
  readonly prototype: { readVarIntArray?: () => readonly never[] };
}

interface Decoder {
  readInt32(): number;
  readBytes(size: number): Buffer;
  canReadBytes(size: number): boolean;
}

type Decode = (decoder: Decoder) => Promise<readonly unknown[]>;
type DecodeBatch = (decoder: Decoder) => Promise<{ readonly records: readonly unknown[] }>;

interface Connection {
  readonly socket: { destroy(error: Error): void };
}

interface ConnectionClass {
  readonly prototype: { processData?: (this: Connection, bytes: Buffer) => void };
}

/** The greatest answer of a broker. It is far above `maxBytes` (one-consumer.ts), since a broker sends its first batch whole. */
const ANSWER_MAX_BYTES = 128 << 20;
/** The least answer of a broker: every answer has a correlation id of this length. */
const ANSWER_MIN_BYTES = 4;
const SIZE_BYTES = 4;

let mended = false;

/** Applies the mends once. Does nothing to a kafkajs that is built differently. */
export function mendHostileBytes(): void {
  if (mended) return;
  mended = true;
  const decoder = (loaded('kafkajs/src/protocol/decoder.js') as DecoderClass | undefined)?.prototype;
  // Only the headers of a record are such an array, and nothing of the record is read behind them.
  if (decoder?.readVarIntArray !== undefined) decoder.readVarIntArray = () => [];
  mendLargeBatches();
  const connection = (loaded('kafkajs/src/network/connection.js') as ConnectionClass | undefined)?.prototype;
  const original = connection?.processData;
  if (connection === undefined || original === undefined) return;
  const meters = new WeakMap<Connection, AnswerMeter>();
  connection.processData = function processWhatFits(bytes): void {
    const meter = meters.get(this) ?? new AnswerMeter();
    meters.set(this, meter);
    const wrong = meter.wrongIn(bytes);
    if (wrong === undefined) original.call(this, bytes);
    else this.socket.destroy(new Error(wrong));
  };
}

const load = createRequire(import.meta.url);

function loaded(path: string): unknown {
  try {
    return load(path);
  } catch {
    return undefined;
  }
}

const DECODE_MESSAGES_PATH = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
/** Where a set of messages says which format it has, and the number that means record batches. */
const MAGIC_AT = 16;
const RECORD_BATCHES = 2;
/** The size of a batch without records. */
const BATCH_MIN_BYTES = 49;

/** Replaces the decoder of fetched messages. The client loads its decoder with the first answer to a fetch, and so gets this one. */
function mendLargeBatches(): void {
  const original = loaded(DECODE_MESSAGES_PATH) as Decode | undefined;
  const decodeBatch = loaded('kafkajs/src/protocol/recordBatch/v0/decoder.js') as DecodeBatch | undefined;
  const Bytes = loaded('kafkajs/src/protocol/decoder.js') as (new (bytes: Buffer) => Decoder) | undefined;
  const module = original && load.cache[load.resolve(DECODE_MESSAGES_PATH)];
  if (module === undefined || decodeBatch === undefined || Bytes === undefined) return;
  const decode: Decode = async (decoder) => {
    const size = decoder.readInt32();
    if (size <= 0 || !decoder.canReadBytes(size)) return [];
    const bytes = decoder.readBytes(size);
    if (bytes[MAGIC_AT] !== RECORD_BATCHES) return await original!(new Bytes(withSize(bytes)));
    const batches = new Bytes(bytes);
    const records: unknown[] = [];
    while (batches.canReadBytes(BATCH_MIN_BYTES)) {
      try {
        for (const record of (await decodeBatch(batches)).records) records.push(record);
      } catch (error) {
        // The last batch of an answer may be cut.
        if ((error as Error).name === 'KafkaJSPartialMessageError') break;
        throw error;
      }
    }
    return records;
  };
  module.exports = decode;
}

function withSize(bytes: Buffer): Buffer {
  const size = Buffer.alloc(SIZE_BYTES);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** Follows the sizes of the answers of a connection. */
export class AnswerMeter {
  /** How many bytes of the present answer are still to come. */
  #left = 0;
  #size = Buffer.alloc(0);
  #wrong: string | undefined;

  /** Returns why these bytes are not from a broker. Once they are not, the answer stays the same for all later bytes. */
  wrongIn(bytes: Buffer): string | undefined {
    for (let at = 0; at < bytes.length && this.#wrong === undefined;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const more = bytes.subarray(at, at + SIZE_BYTES - this.#size.length);
      this.#size = Buffer.concat([this.#size, more]);
      at += more.length;
      if (this.#size.length === SIZE_BYTES) this.#begin();
    }
    return this.#wrong;
  }

  #begin(): void {
    const size = this.#size.readInt32BE();
    this.#size = Buffer.alloc(0);
    this.#left = size;
    if (size >= ANSWER_MIN_BYTES && size <= ANSWER_MAX_BYTES) return;
    this.#wrong = `what listens there is no Kafka broker: it announces an answer of ${size} bytes`;
  }
}
