/** What it costs to decode a line and to make its document for Elasticsearch, from its bytes and from its event, in turns. */
import { documentSource } from '../../../src/archive/elasticsearch/document.ts';
import { Documents } from '../../../src/archive/elasticsearch/documents.ts';
import { eventId } from '../../../src/archive/event-id.ts';
import { fieldKernel } from '../../../src/archive/sqlite/field-kernel.ts';
import { createDecoder, type Decoding } from '../../../src/ingest/decode/decoder.ts';
import { makeBatch } from '../../support/byte-batch.ts';
import { orderLines } from '../lines/order-lines.ts';
import { orderSchema } from '../peers/order-schema.ts';
import { median } from './roles.ts';

const LINES = 40_000;
const TOGETHER = 1_000;
const ROUNDS = 7;

/** µs of CPU time a line; `ratio` is the median of those of the rounds. */
export interface MakingCosts {
  readonly fromEventsUs: number;
  readonly fromBytesUs: number;
  readonly ratio: number;
}

/** `respelt`: changes each line before it is read. */
export function makingCosts(decoding: Decoding, respelt: (line: string) => string): MakingCosts {
  const lines = orderLines(LINES).lines.map(respelt);
  const batches = Array.from({ length: LINES / TOGETHER }, (_, i) =>
    makeBatch(lines.slice(i * TOGETHER, (i + 1) * TOGETHER), { readAtMs: 0 }, i * TOGETHER),
  );
  const schema = orderSchema();
  const decoder = createDecoder(decoding, schema);
  const documents = new Documents(schema);
  const kernel = fieldKernel(schema);
  let made = 0;
  const fromEvents = (): void => {
    for (const batch of batches)
      for (const event of decoder.decode(batch, undefined).events)
        made += eventId(event).length + Buffer.byteLength(documentSource(event, schema));
  };
  const fromBytes = (): void => {
    for (const batch of batches) {
      const read = decoder.decode(batch, undefined, kernel);
      for (let i = 0; i < TOGETHER; i += 1) made += documents.of(read, i).source.length;
    }
  };
  const rounds = Array.from({ length: ROUNDS }, () => [usOf(fromEvents), usOf(fromBytes)] as const).slice(1);
  if (made === 0) throw new Error('nothing was made');
  return {
    fromEventsUs: median(rounds.map(([events]) => events)),
    fromBytesUs: median(rounds.map(([, bytes]) => bytes)),
    ratio: median(rounds.map(([events, bytes]) => events / bytes)),
  };
}

function usOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / LINES;
}
