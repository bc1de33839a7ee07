/**
 * Follows one log for one reader: hands out the lines of each of its files in order, each file to its end before the next. It moves on from
 * a file only when a later one has begun and the old one has been quiet. It reports a file that is gone before its end as an error.
 * Everything that changes the place of the reader in the log is in this file.
 */
import { ORIGIN_FILE, ORIGIN_HEADER_LINE } from '../../config/decode/origins.ts';
import type { Batch, Position } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import { createArrival, type Arrival } from '../arrival.ts';
import { DamagedFile } from '../compression.ts';
import type { Lines } from '../lines.ts';
import { toBatch } from '../lines.ts';
import type { PartitionStatus, ReaderPurpose } from '../source.ts';
import { hasLaterNumber, latestOf } from './identity.ts';
import { unreadable } from './inspect.ts';
import type { CursorReading } from './line-cursor.ts';
import type { LocatedFile } from './locate.ts';
import { locate } from './locate.ts';
import type { Logs } from './logs.ts';
import { GENERATION_SPAN } from './numbering.ts';
import { leaveOpen } from './left-file.ts';
import { LeftGenerations } from './left-generations.ts';
import type { LeftFile } from './left-file.ts';
import type { FileReportContext } from './report.ts';
import {
  foreignRegistry,
  reportDamaged,
  reportGone,
  reportHalted,
  reportTorn,
  reportUnreachable,
} from './report.ts';
import type { FilePlace } from './place.ts';
import { beginningAt, placeIn, proofOf, startAt } from './place.ts';
import { Absence } from './absence.ts';
import { DamageWatch } from './damage-watch.ts';
import { isStill, knowHead } from './same-file.ts';
import type { Generation, RegisteredLog, Registry } from './registry.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** The parts that all followers of a reader share. */
export interface FollowerContext extends FileReportContext {
  readonly purpose: ReaderPurpose;
  readonly registry: Registry;
  readonly logs: Logs;
  readonly clock: Clock;
  readonly lines: CursorReading;
  /** How long a file must have been quiet, after a later one has begun, before the reader leaves it. */
  readonly graceMs: number;
  /** How long a file must have been quiet before the bytes behind its last line end are taken as a line. */
  readonly lastLineMs: number;
  /** How long the file system may take to answer; 10 s by default. */
  readonly stuckMs?: number;
}

/** A deleted file may still be written to. It is kept open for this many times `graceMs` after its last line. */
const DELETED_GRACE_FACTOR = 5;
const RETRY_MS = 1_000;
export class LogFollower {
  readonly log: RegisteredLog;
  readonly #context: FollowerContext;
  #number: number;
  #place: FilePlace;
  #file: LocatedFile | undefined;
  #size = 0;
  #atEnd = false;
  readonly #arrival: Arrival;
  /** When the latest round in which the file was looked at began, by the steady clock. */
  #lookedAtMs = -Infinity;
  #halted: string | undefined;
  #unreachable: string | undefined;
  readonly #absence: Absence;
  readonly #damage: DamageWatch;
  /** True when everything that was seen of the file has been read. */
  #readToEnd: boolean;
  /** The place before this file. The file of that place may come back. */
  #before: { readonly number: number; readonly place: FilePlace } | undefined;
  #quietSinceMs = 0;
  /** True when the file will not grow any more: the bytes left after its last line end are a line. */
  #over = false;
  #rechecked = false;
  /** No new attempt before this time, after the file could not be read. Monotonic ms. */
  #retryAtMs = 0;
  /** The file that was left last. It is watched for a writer that still has it open. */
  #left: LeftFile | undefined;
  readonly #leftGenerations: LeftGenerations;
  /** The offset after the lines that were handed out last. Blank lines behind it never become durable. */
  #handedOut: number;

  constructor(log: RegisteredLog, position: Position | undefined, context: FollowerContext) {
    this.log = log;
    this.#context = context;
    this.#arrival = createArrival(() => context.clock.steadyMs());
    this.#absence = new Absence(log, context);
    this.#damage = new DamageWatch(context.clock, context.lastLineMs);
    const start = startAt(position, context.registry.beginning(log.partition, 0));
    this.#handedOut = position?.offset ?? 0;
    this.#leftGenerations = new LeftGenerations(
      context.registry,
      log.partition,
      context.purpose,
      this.#handedOut,
    );
    this.#number = start.number;
    this.#place = start.place;
    this.#readToEnd = start.readToEnd;
    if (position === undefined) return;
    if ((start.path ?? log.path) !== log.path || this.#number > (latestOf(log)?.number ?? -1)) {
      this.#halted = foreignRegistry(this.#number, start.path ?? log.path);
      reportHalted(context, log.path, this.#halted);
      return;
    }
    const finished = context.registry.finished(log.partition, context.purpose);
    if (finished >= this.#number) this.#goTo(finished + 1);
  }

  get status(): PartitionStatus {
    const { partition, path } = this.log;
    const { logs } = this.#context;
    const later = this.#hasLater ? logs.currentSize(this.log) : 0;
    const problem = logs.sight.problem(path);
    const unreachable = this.#unreachable ?? (problem === undefined ? undefined : saidOf(problem));
    return {
      partition,
      label: path,
      atEnd: this.#atEnd && this.#halted === undefined && unreachable === undefined,
      lookedAtMs: this.#lookedAtMs,
      lag: Math.max(0, this.#size - this.#place.at) + later,
      ...(this.#halted !== undefined && { halted: this.#halted }),
      ...(unreachable !== undefined && { unreachable }),
    };
  }

  /**
   * Returns the next lines that are there now; `more` when others may have their turn before the next step looks further. `roundMs` is when
   * this round of steps began, by the steady clock. `status` says what prevents reading, and the next step tries again.
   */
  async step(roundMs: number): Promise<Batch | 'more' | undefined> {
    if (this.#halted !== undefined || performance.now() < this.#retryAtMs) return undefined;
    try {
      await this.#left?.check();
      const batch = await this.#read();
      this.#lookedAtMs = roundMs;
      if (this.#file !== undefined || this.#generation === undefined) this.#unreachable = undefined;
      return batch;
    } catch (error) {
      await this.#release().catch(() => undefined);
      if (!(error instanceof DamagedFile)) this.#miss(unreadable(this.log.path, error));
      else if (await this.#damage.isFinal(error)) return this.#giveUp(error);
      else this.#tryAgainAfter(saidOf(error));
      return undefined;
    }
  }

  async #read(): Promise<Batch | 'more' | undefined> {
    for (;;) {
      if (this.#file === undefined && !(await this.#openFile())) return undefined;
      const file = this.#file;
      if (file === undefined) continue;
      if (this.#context.logs.sight.isOwnOutput(file)) {
        await this.#release();
        this.#atEnd = !this.#hasLater;
        if (this.#atEnd) return undefined;
        this.#goTo(this.#number + 1);
        continue;
      }
      if (file.cursor.at >= GENERATION_SPAN)
        throw new FixableError(
          'source',
          `${this.log.path} is longer than 256 GiB`,
          'rotate it; reading goes on with the new file',
        );
      await file.packed?.ahead(file.cursor.at);
      const stat = await file.handle.stat();
      const { size, nlink, mtimeMs } = stat;
      if (size !== this.#size || this.#quietSinceMs === 0) this.#quietSinceMs = performance.now();
      this.#size = size;
      if (size > 0 && this.#generation?.fingerprint.bytes === 0 && !this.#rechecked) {
        this.#rechecked = true;
        await this.#context.logs.recheck(this.log);
        continue;
      }
      if (!isStill(this.log, this.#number, file)) {
        await this.#keepPlace(file);
        continue;
      }
      if (file.isWithinLine) file.isWithinLine = !(await file.cursor.passLine(size));
      const isQuiet = this.#over || performance.now() - this.#quietSinceMs >= this.#context.lastLineMs;
      const last = isQuiet && isWhole(file);
      const isKnown = await knowHead(this.#context.logs, this.log, this.#number, file, stat);
      const answer = !isKnown ? 'changed' : file.isWithinLine ? 'none' : await file.cursor.next(size, last);
      if (answer === 'more') return 'more';
      if (answer === 'changed') await this.#fileChanged(file);
      else if (answer === 'none' && !isWhole(file)) {
        await file.packed?.more();
        return 'more';
      } else if (answer !== 'none') return this.#batchOf(answer, file, mtimeMs);
      else if (!(await this.#leave(file, nlink === 0))) return undefined;
    }
  }

  /** Reports that everything below `offset` is durable. */
  durable(offset: number): void {
    this.#leftGenerations.durable(offset);
  }

  async close(): Promise<void> {
    await this.#left?.close();
    await this.#release();
  }

  async #release(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  get #generation(): Generation | undefined {
    return this.log.generations.find(({ number }) => number === this.#number);
  }

  get #hasLater(): boolean {
    return (latestOf(this.log)?.number ?? -1) > this.#number;
  }

  async #openFile(): Promise<boolean> {
    const generation = this.#generation;
    if (generation === undefined) return this.#goBack();
    const { inode } = generation;
    const found = await locate(this.log, generation, this.#place, this.#context);
    if (typeof found === 'object') {
      this.#file = found;
      this.#absence.over();
      return true;
    }
    this.#atEnd = false;
    if (!(await this.#absence.isFinal(this.#number, inode, found))) return false;
    const [place, readToEnd] = [this.#place, this.#readToEnd];
    const unread = Math.max(this.#size, generation.fingerprint.bytes) - place.at;
    // This is done first, since it may fail. Then all of it is done again.
    this.#context.registry.finish(this.log.partition, this.#context.purpose, this.#number);
    if (!hasLaterNumber(this.log, generation))
      reportGone(this.#context, this.log.path, generation, { at: place.at, unread, readToEnd });
    this.#goTo(this.#number + 1);
    return true;
  }

  /** There is no file of this number yet. Waits for it, or goes back to the file before when that has come back. */
  #goBack(): boolean {
    const before = this.#before;
    const latest = latestOf(this.log);
    if (before === undefined || before.number !== latest?.number || !this.#context.logs.isThere(this.log)) {
      this.#noteEnd(true);
      return false;
    }
    this.#goTo(before.number);
    this.#place = before.place;
    return true;
  }

  #noteEnd(atEnd: boolean): void {
    this.#atEnd = atEnd;
    if (atEnd) this.#arrival.caughtUp();
  }

  #miss(problem: FixableError): void {
    const unreachable = saidOf(problem);
    if (unreachable !== this.#unreachable) reportUnreachable(this.#context, this.log.path, unreachable);
    this.#tryAgainAfter(unreachable);
  }

  #tryAgainAfter(unreachable: string): void {
    this.#retryAtMs = performance.now() + RETRY_MS;
    this.#atEnd = false;
    this.#unreachable = unreachable;
  }

  /** The file is damaged and stays so. Lines of it that were handed out may not be durable yet. */
  #giveUp(damaged: DamagedFile): 'more' {
    reportDamaged(this.#context, this.log.path, damaged, this.#place.at);
    this.#leftGenerations.leave(this.#number, this.#handedOut);
    this.#unreachable = undefined;
    this.#goTo(this.#number + 1);
    return 'more';
  }

  /** The file was truncated or written anew. The bytes of it that we have not read may be in a copy. */
  async #fileChanged(file: LocatedFile): Promise<void> {
    await this.#keepPlace(file);
    await this.#context.logs.replaced(this.log, this.#number, file.inode);
  }

  /** Lets go of the file, and keeps our place: the file of this place is looked for again. */
  async #keepPlace(file: LocatedFile): Promise<void> {
    this.#place = placeIn(file);
    this.#atEnd = false;
    await this.#release();
  }

  /** Called at the end of the file. Returns true when reading can go on, with the unfinished last line or with the next file. */
  async #leave(file: LocatedFile, deleted: boolean): Promise<boolean> {
    const { graceMs } = this.#context;
    const next = this.log.generations.find(({ number }) => number === this.#number + 1);
    const begun = next !== undefined && (this.#hasLaterThan(next) || next.fingerprint.bytes > 0);
    const quietMs = performance.now() - this.#quietSinceMs;
    const patienceMs = begun ? graceMs : graceMs * DELETED_GRACE_FACTOR;
    this.#noteEnd(!begun);
    this.#readToEnd = this.#isReadToEnd(file);
    if (file.cursor.at !== this.#place.at) this.#place = placeIn(file);
    if (!begun && !deleted && !file.finished) return false;
    if (!file.finished && quietMs < patienceMs) return false;
    if (!this.#over) {
      this.#over = true;
      return true;
    }
    this.#leftGenerations.leave(this.#number, this.#handedOut);
    await this.#left?.close();
    this.#left = undefined;
    if (file.finished) await this.#release();
    else this.#left = leaveOpen(file.handle, file.cursor.at, this.log.path, this.#context);
    this.#file = undefined;
    this.#goTo(this.#number + 1);
    return true;
  }

  #isReadToEnd(file: LocatedFile): boolean {
    return file.cursor.at >= this.#size && isWhole(file);
  }

  #hasLaterThan(generation: Generation): boolean {
    return (latestOf(this.log)?.number ?? -1) > generation.number;
  }

  #goTo(number: number): void {
    this.#before = { number: this.#number, place: this.#place };
    this.#number = number;
    this.#place = beginningAt(this.#context.registry.beginning(this.log.partition, number));
    this.#readToEnd = false;
    this.#size = 0;
    this.#quietSinceMs = 0;
    this.#over = false;
    this.#rechecked = false;
    this.#absence.over();
  }

  #batchOf(lines: Lines, file: LocatedFile, mtimeMs: number): Batch {
    const { source, clock } = this.#context;
    this.#place = placeIn(file);
    this.#readToEnd = this.#isReadToEnd(file);
    const written = this.#arrival.written(mtimeMs);
    this.#noteEnd(this.#readToEnd && !this.#hasLater);
    this.#handedOut = lines.next;
    if (file.cursor.tore) reportTorn(this.#context, this.log.path);
    const proof = proofOf(this.log, this.#number, file, this.#readToEnd);
    return toBatch(lines, {
      source,
      partition: this.log.partition,
      readAtMs: clock.nowMs(),
      next: { offset: lines.next, proof },
      atEnd: this.#atEnd,
      origins: {
        [ORIGIN_FILE]: this.log.path,
        ...(file.header !== undefined && { [ORIGIN_HEADER_LINE]: file.header }),
      },
      ...written,
    });
  }
}

/** Returns true when the size of the file is known, as far as it is written. */
function isWhole({ packed }: LocatedFile): boolean {
  return packed?.isWhole ?? true;
}

function saidOf({ message, fix }: FixableError): string {
  return `${message}: ${fix}`;
}
