/** Tells the engine which partitions a source has. Until the engine knows them, the source as a whole holds the time back. */
import { UNKNOWN_PARTITION, type LogReader, type LogSource } from '../../ingest/source.ts';
import type { Engine } from '../types.ts';

/** A source with its open reader. */
export interface OpenReader {
  readonly source: LogSource;
  readonly reader: LogReader;
}

/** Resolves when the engine knows the partitions that the reader has now. */
export type Announce = (of: OpenReader) => Promise<void>;

export function createAnnounce(engine: Pick<Engine, 'take'>): Announce {
  const known = new Map<string, string>();
  return async ({ reader, source: { name, mayHaveNone } }) => {
    const partitions = reader
      .partitions()
      .flatMap(({ partition }) => (partition === UNKNOWN_PARTITION ? [] : [partition]));
    const text = partitions.join();
    if ((partitions.length === 0 && mayHaveNone !== true) || known.get(name) === text) return;
    known.set(name, text);
    await engine.take({ kind: 'partitions', source: name, partitions });
  };
}
