/**
 * An archive that can be begun anew after a defect: what it had in hand is given up, and read again from its durable positions. Nothing
 * is lost by that, and nothing stored twice.
 */
import type { Position } from '../event/batch.ts';
import { within } from '../event/waiting.ts';
import type {
  ArchiveBatch,
  ArchivedPosition,
  ArchiveStatus,
  LogArchive,
  SearchHit,
  SearchRequest,
} from './archive.ts';

const closeMs = 5_000;

export class RestartableArchive implements LogArchive {
  onDurable: (source: string, partition: number, position: Position) => void = () => undefined;
  readonly #make: () => LogArchive;
  #current: LogArchive;

  constructor(make: () => LogArchive) {
    this.#make = make;
    this.#current = this.#made();
  }

  /** To be opened again. Never rejects. */
  async restart(): Promise<void> {
    const former = this.#current;
    former.onDurable = () => undefined;
    await within(former.close(), closeMs);
    this.#current = this.#made();
  }

  #made(): LogArchive {
    const archive = this.#make();
    archive.onDurable = (source, partition, position) => this.onDurable(source, partition, position);
    return archive;
  }

  open(): Promise<void> {
    return this.#current.open();
  }

  position(source: string, partition: number): ArchivedPosition | undefined {
    return this.#current.position(source, partition);
  }

  write(batch: ArchiveBatch): Promise<void> {
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
