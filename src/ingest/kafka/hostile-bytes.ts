/**
 * Mends kafkajs 2.2.4 against bytes that block the process. First: headers of a record, which cost the square of their number (we read no
 * headers). Second: a size of an answer that no broker sends (a port that speaks HTTP; a negative size is read for ever).
 */
import { createRequire } from 'node:module';

interface DecoderClass {
  readonly prototype: { readVarIntArray?: () => readonly never[] };
}

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
