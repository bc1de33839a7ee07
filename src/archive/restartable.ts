/**
 * An archive that can be started again after a defect. Events that were taken and are not durable are given up, and read again from the
 * durable positions. So nothing is lost and nothing is stored twice.
 */
import { within } from '../event/waiting.ts';
import type {
  ArchiveBatch,
  ArchivedPosition,
  ArchiveStatus,
  LogArchive,
  SearchHit,
  SearchRequest,
  Written,
} from './archive.ts';

const CLOSE_MS = 5_000;

export class RestartableArchive implements LogArchive {
  readonly #make: () => LogArchive;
  #current: LogArchive;

  constructor(make: () => LogArchive) {
    this.#make = make;
    this.#current = make();
  }

  /** Closes the archive and makes a new one, which must be opened again. Never rejects. */
  async restart(): Promise<void> {
    await within(this.#current.close(), CLOSE_MS);
    this.#current = this.#make();
  }

  open(): Promise<void> {
    return this.#current.open();
  }

  position(source: string, partition: number): ArchivedPosition | undefined {
    return this.#current.position(source, partition);
  }

  write(batch: ArchiveBatch): Promise<Written> {
    return this.#current.write(batch);
  }

  flush(withinMs: number): Promise<boolean> {
    return this.#current.flush(withinMs);
  }

  search(request: SearchRequest): AsyncIterable<SearchHit> {
    return this.#current.search(request);
  }

  status(): ArchiveStatus {
    return this.#current.status();
  }

  close(): Promise<void> {
    return this.#current.close();
  }
}
