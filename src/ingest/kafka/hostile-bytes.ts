/**
 * Mends kafkajs 2.2.4 against bytes that hold the process up: headers of a record, which cost the square of their number (nobody here reads
 * them), and a size of an answer that no broker sends (a port that speaks HTTP; a negative one is read for ever).
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

/** Far above what is asked for at once (group-consumer.ts), since a broker gives its first batch whole. */
const answerBytesMost = 128 << 20;
/** Of the correlation id, without which no answer comes. */
const answerBytesLeast = 4;
const sizeBytes = 4;

let mended = false;

/** Applies the mends once; does nothing to a kafkajs that is built differently. */
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

function loaded(path: string): unknown {
  try {
    return createRequire(import.meta.url)(path);
  } catch {
    return undefined;
  }
}

/** Follows the sizes of the answers of a connection. */
export class AnswerMeter {
  /** Of the answer under way. */
  #left = 0;
  #size = Buffer.alloc(0);
  #wrong: string | undefined;

  /** Why these bytes are not those of a broker; for good, once they are not. */
  wrongIn(bytes: Buffer): string | undefined {
    for (let at = 0; at < bytes.length && this.#wrong === undefined;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const more = bytes.subarray(at, at + sizeBytes - this.#size.length);
      this.#size = Buffer.concat([this.#size, more]);
      at += more.length;
      if (this.#size.length === sizeBytes) this.#begin();
    }
    return this.#wrong;
  }

  #begin(): void {
    const size = this.#size.readInt32BE();
    this.#size = Buffer.alloc(0);
    this.#left = size;
    if (size >= answerBytesLeast && size <= answerBytesMost) return;
    this.#wrong = `what listens there is no Kafka broker: it announces an answer of ${size} bytes`;
  }
}
