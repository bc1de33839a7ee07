/** One reader of the spool of standard input. */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Batch, Position } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { createArrival, type Arrival } from '../arrival.ts';
import { LineCursor } from '../file/line-cursor.ts';
import { toBatch } from '../lines.ts';
import type { LogReader, PartitionStatus, ReaderOptions } from '../source.ts';
import type { Segment, Spool } from './spool.ts';
import { FixableError } from '../../event/fixable-error.ts';
import { within } from '../../event/waiting.ts';

const PARTITION = 0;

/** The intake of standard input, as a reader uses it. */
export interface Intake {
  /** Begins to take in standard input. Only the first call has an effect. */
  start(): void;
  /** True when nothing more will be spooled. */
  readonly over: boolean;
  /** The reason why standard input is not taken in at all. */
  readonly refused: FixableError | undefined;
  /** When the input was last seen empty, by the steady clock. */
  readonly lookedAtMs: number;
  /** The reason why standard input is not read at the moment. */
  readonly halted: string | undefined;
}

export interface StdinReaderContext {
  readonly source: string;
  readonly spool: Spool;
  readonly intake: Intake;
  /** True when blank lines are handed out too, since they may be part of an event of several lines. */
  readonly keepBlank: boolean;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

interface OpenSegment {
  readonly segment: Segment;
  readonly handle: FileHandle;
  readonly cursor: LineCursor;
}

export class StdinReader implements LogReader {
  readonly #context: StdinReaderContext;
  readonly #purpose: ReaderOptions['purpose'];
  readonly #onClose: () => void;
  /** Offset of the next line. Undefined until something has been read: then reading begins where the spool begins. */
  #at: number | undefined;
  #open: OpenSegment | undefined;
  readonly #arrival: Arrival;
  #reading: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;
  #isHeld = false;
  #closed = false;

  constructor(context: StdinReaderContext, options: ReaderOptions, onClose: () => void) {
    this.#context = context;
    this.#arrival = createArrival(() => context.clock.steadyMs());
    this.#purpose = options.purpose;
    this.#at = options.position(PARTITION)?.offset;
    this.#onClose = onClose;
    if (this.#at === undefined) return;
    context.spool.free(this.#purpose, this.#at);
    if (context.spool.isNew && this.#at > 0) this.#reportGone();
  }

  /** Reports that there may be more to read. */
  nudge(): void {
    this.#wake?.();
  }

  async next(waitMs: number): Promise<Batch | undefined> {
    this.#context.intake.start();
    const deadlineMs = performance.now() + waitMs;
    for (;;) {
      if (this.#isClosed()) return undefined;
      const nudged = Promise.withResolvers<undefined>();
      this.#wake = () => {
        nudged.resolve(undefined);
      };
      const step = this.#isHeld ? Promise.resolve(undefined) : this.#step();
      this.#reading = step.catch(() => undefined);
      const batch = await step;
      if (batch !== undefined) return batch;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0 || this.#ended || this.#isClosed()) return undefined;
      await within(nudged.promise, leftMs);
    }
  }

  durable(_partition: number, position: Position): void {
    this.#context.spool.free(this.#purpose, position.offset);
  }

  hold(partitions: ReadonlySet<number>): void {
    this.#isHeld = partitions.has(PARTITION);
    this.nudge();
  }

  partitions(): readonly PartitionStatus[] {
    const { spool, intake } = this.#context;
    const lag = Math.max(0, spool.end - (this.#at ?? spool.segmentAt(0)?.start ?? spool.end));
    const { halted } = intake;
    const atEnd = halted === undefined && lag === 0 && !this.#isHeld;
    return [
      {
        partition: PARTITION,
        label: 'standard input',
        atEnd,
        lookedAtMs: intake.lookedAtMs,
        lag,
        ended: this.#ended,
        ...(halted !== undefined && { halted }),
      },
    ];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.#onClose();
    await this.#reading;
    await this.#leaveSegment();
  }

  get #ended(): boolean {
    const { spool, intake } = this.#context;
    return intake.over && (this.#at ?? 0) >= spool.end;
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  async #step(): Promise<Batch | undefined> {
    const { spool, intake } = this.#context;
    for (;;) {
      if (intake.refused !== undefined) throw intake.refused;
      const over = intake.over;
      const here = this.#open ?? (await this.#enterSegment());
      if (here === undefined) {
        this.#arrival.caughtUp();
        return undefined;
      }
      const { segment, handle, cursor } = here;
      const finished = !spool.isActive(segment);
      const last = finished || over;
      const { size } = segment;
      const answer = await cursor.next(size, last);
      if (answer === 'more') continue;
      if (answer === 'changed')
        throw new FixableError(
          'source',
          `${segment.path} was changed by somebody else while it was read`,
          'leave the data folder to one running tocsin',
        );
      if (answer === 'none') {
        this.#at = segment.start + (last ? size : cursor.at);
        if (!finished) {
          this.#arrival.caughtUp();
          return undefined;
        }
        await this.#leaveSegment();
        continue;
      }
      this.#at = answer.next;
      const { source, clock } = this.#context;
      const written = this.#arrival.written((await handle.stat()).mtimeMs);
      if (answer.next >= spool.end) this.#arrival.caughtUp();
      return toBatch(answer, {
        source,
        partition: PARTITION,
        readAtMs: clock.nowMs(),
        next: { offset: answer.next, proof: '' },
        atEnd: answer.next >= spool.end,
        ...written,
      });
    }
  }

  async #enterSegment(): Promise<OpenSegment | undefined> {
    const segment = this.#context.spool.segmentAt(this.#at ?? 0);
    if (segment === undefined) return undefined;
    if (this.#at !== undefined && segment.start > this.#at) this.#reportGap(this.#at, segment.start);
    const at = Math.max(this.#at ?? 0, segment.start);
    this.#at = at;
    const handle = await open(segment.path, 'r');
    const { keepBlank } = this.#context;
    const cursor = new LineCursor(handle, segment.start, at - segment.start, { keepBlank, isUtf8: true });
    await cursor.seek(0, undefined);
    this.#open = { segment, handle, cursor };
    return this.#open;
  }

  async #leaveSegment(): Promise<void> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }

  #reportGone(): void {
    const { source, telemetry } = this.#context;
    telemetry.log.warn(
      { 'event.action': 'file-gone', 'tocsin.source': source, 'tocsin.reader': this.#purpose },
      'the spool of standard input in data_dir is gone: what was in it and not read, if anything, is lost. ' +
        'Keep all of data_dir together.',
    );
    telemetry.count('files_gone', { source, reader: this.#purpose });
  }

  #reportGap(from: number, to: number): void {
    const { source, telemetry } = this.#context;
    telemetry.log.error(
      { 'event.action': 'lines-lost', 'tocsin.source': source, 'tocsin.reader': this.#purpose },
      `${to - from} bytes of standard input are not in the spool any more; the ${this.#purpose} reader goes on after them. ` +
        'The machine stopped before they were on disk, or files of the spool were removed.',
    );
    telemetry.count('lines_lost', { source, reader: this.#purpose });
  }
}
