/**
 * One reader's way through one log: the lines of each of its files in order, each file to its end before the next. It moves on
 * from a file only when a later one has begun and the old one has been quiet, and says loudly when a file is gone before its end.
 */
import type { Stats } from 'node:fs';
import type { Batch, Position } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import { createArrival, type Arrival } from '../arrival.ts';
import type { Lines } from '../lines.ts';
import { toBatch } from '../lines.ts';
import type { PartitionStatus, ReaderPurpose } from '../source.ts';
import { compressedError, compressionOf } from '../compression.ts';
import { SourceError } from '../source.ts';
import { HEAD_BYTES, fits } from './fingerprint.ts';
import { latestOf } from './identity.ts';
import { readHead, unreadable } from './inspect.ts';
import type { LocatedFile, Place } from './locate.ts';
import { locate } from './locate.ts';
import type { Logs } from './logs.ts';
import { GENERATION_SPAN } from './logs.ts';
import { leaveOpen } from './left-file.ts';
import type { LeftFile } from './left-file.ts';
import type { ReportContext } from './report.ts';
import { reportHalted, reportLost } from './report.ts';
import type { Generation, RegisteredLog, Registry } from './registry.ts';
import { registryProblem } from './registry.ts';

/** What all followers of a reader share. */
export interface FollowerContext extends ReportContext {
  readonly purpose: ReaderPurpose;
  readonly registry: Registry;
  readonly logs: Logs;
  /** data_dir: the registry and decompressed files are in it. */
  readonly scratchDir: string;
  readonly clock: Clock;
  /** Blank lines are handed out: events of several lines are made of them. */
  readonly keepBlank: boolean;
  /** How long a file must have been quiet after a later one has begun. */
  readonly graceMs: number;
}

/** How long a deleted file that is still written to is kept open after its last line. */
const DELETED_GRACE_FACTOR = 5;
const RETRY_MS = 1_000;

interface Proof {
  readonly path: string;
  readonly inode: string;
  readonly bytes: number;
  readonly generation: number;
  readonly evidence: string;
}

export class LogFollower {
  readonly log: RegisteredLog;
  private readonly context: FollowerContext;
  private number: number;
  private place: Place;
  private file: LocatedFile | undefined;
  private size = 0;
  private atEnd = false;
  private readonly arrival: Arrival;
  /** Begin of the latest round in which the file was looked at, by the steady clock. */
  private lookedAtMs = -Infinity;
  private halted: string | undefined;
  /** Why it was halted when that was said last; undefined once it has been read again. */
  private saidHalted: string | undefined;
  private missingSinceMs: number | undefined;
  private quietSinceMs = 0;
  /** The file will not grow any more: what is left after its last line end is a line. */
  private over = false;
  private rechecked = false;
  /** Before this, what hinders reading is not tried again. */
  private retryAtMs = 0;
  /** The file left last: a writer that still has it open is noticed. */
  private left: LeftFile | undefined;
  /** Generations left, and the offset that must be durable before they need not be looked for again. */
  private readonly leaving: { readonly number: number; readonly offset: number }[] = [];
  private durableOffset: number;

  constructor(log: RegisteredLog, position: Position | undefined, context: FollowerContext) {
    this.log = log;
    this.context = context;
    this.arrival = createArrival(() => context.clock.steadyMs());
    const proof =
      position === undefined || position.proof === '' ? undefined : (JSON.parse(position.proof) as Proof);
    const offset = position?.offset ?? 0;
    this.durableOffset = offset;
    const at = offset % GENERATION_SPAN;
    this.number = Math.floor(offset / GENERATION_SPAN);
    this.place =
      proof?.generation === this.number && proof.bytes <= at
        ? { at, provenAt: proof.bytes, evidence: proof.evidence }
        : { at, provenAt: at, evidence: undefined };
    if (position === undefined) return;
    if (this.number > (latestOf(log)?.number ?? -1))
      this.halted =
        `files.db in the data folder knows no file ${this.number} of ${log.path}, which has been read: it is older than the ` +
        `positions. Put the files.db that belongs to them back, or remove both to read everything again.`;
    const finished = context.registry.finished(log.partition, context.purpose);
    if (finished >= this.number) this.goTo(finished + 1);
  }

  get status(): PartitionStatus {
    const { partition, path } = this.log;
    const later = this.hasLater ? this.context.logs.currentSize(this.log) : 0;
    return {
      partition,
      label: path,
      atEnd: this.atEnd && this.halted === undefined,
      lookedAtMs: this.lookedAtMs,
      lag: Math.max(0, this.size - this.place.at) + later,
      ...(this.halted === undefined ? {} : { halted: this.halted }),
    };
  }

  /**
   * The next lines that are there now; `roundMs`: when this round of steps began, by the steady clock. What hinders reading is said by
   * `status`, and tried again at the next step.
   */
  async step(roundMs: number): Promise<Batch | undefined> {
    if (performance.now() < this.retryAtMs) return undefined;
    try {
      await this.left?.check();
      const batch = await this.read();
      this.lookedAtMs = roundMs;
      if (this.halted === undefined) this.saidHalted = undefined;
      return batch;
    } catch (error) {
      await this.release().catch(() => undefined);
      const { path } = this.log;
      this.halt(registryProblem(path, this.context.scratchDir, error) ?? unreadable(path, error));
      return undefined;
    }
  }

  private async read(): Promise<Batch | undefined> {
    if (
      this.halted !== undefined &&
      this.file === undefined &&
      this.number > (latestOf(this.log)?.number ?? -1)
    )
      return undefined;
    for (;;) {
      if (this.file === undefined && !(await this.openFile())) return undefined;
      const file = this.file;
      if (file === undefined) continue;
      if (this.context.logs.sight.isOwnOutput(file)) {
        await this.release();
        this.atEnd = !this.hasLater;
        if (this.atEnd) return undefined;
        this.goTo(this.number + 1);
        continue;
      }
      if (file.cursor.at >= GENERATION_SPAN)
        throw new SourceError(`${this.log.path} is longer than 256 GiB`, 'rotate it');
      const stat = await file.handle.stat();
      const { size, nlink, mtimeMs } = stat;
      if (size !== this.size || this.quietSinceMs === 0) this.quietSinceMs = performance.now();
      this.size = size;
      if (size > 0 && this.generation?.fingerprint.bytes === 0 && !this.rechecked) {
        this.rechecked = true;
        await this.context.logs.recheck(this.log);
        continue;
      }
      if (!this.isStill(file)) {
        await this.keepPlace(file);
        continue;
      }
      const answer = (await this.knowHead(file, stat)) ? await file.cursor.next(size, this.over) : 'changed';
      if (answer === 'changed') await this.fileChanged(file);
      else if (answer !== 'none') return this.batchOf(answer, file, mtimeMs);
      else if (!(await this.leave(file, nlink === 0))) return undefined;
    }
  }

  /** Everything below `offset` is durable. */
  durable(offset: number): void {
    this.durableOffset = Math.max(this.durableOffset, offset);
    try {
      while (this.leaving[0] !== undefined && this.leaving[0].offset <= this.durableOffset) {
        this.context.registry.finish(this.log.partition, this.context.purpose, this.leaving[0].number);
        this.leaving.shift();
      }
    } catch {
      // A full disk. It only spares the next start a search, and is written with what becomes durable next.
    }
  }

  async close(): Promise<void> {
    await this.left?.close();
    await this.release();
  }

  private async release(): Promise<void> {
    const file = this.file;
    this.file = undefined;
    await file?.handle.close();
  }

  private get generation(): Generation | undefined {
    return this.log.generations.find(({ number }) => number === this.number);
  }

  private get hasLater(): boolean {
    return (latestOf(this.log)?.number ?? -1) > this.number;
  }

  private async openFile(): Promise<boolean> {
    const { generation } = this;
    if (generation === undefined) {
      // All that was there has been read; the log's next file is not there yet.
      this.noteEnd(true);
      return false;
    }
    this.file = await locate(this.log, generation, this.place, this.context);
    if (this.file !== undefined) {
      this.halted = undefined;
      this.missingSinceMs = undefined;
      return true;
    }
    const nowMs = performance.now();
    if (this.missingSinceMs === undefined) {
      this.missingSinceMs = nowMs;
      this.atEnd = false;
      await this.context.logs.replaced(this.log, this.number);
    }
    if (nowMs - this.missingSinceMs < this.context.graceMs) return false;
    const problem = this.context.logs.sight.problem(this.log.path);
    if (problem !== undefined) throw problem;
    // First, since it may not work, and be done again.
    this.context.registry.finish(this.log.partition, this.context.purpose, this.number);
    if (generation.fingerprint.bytes > 0)
      reportLost(this.context, this.log.path, generation, this.place.at, this.size);
    this.goTo(this.number + 1);
    return true;
  }

  private noteEnd(atEnd: boolean): void {
    this.atEnd = atEnd;
    if (atEnd) this.arrival.caughtUp();
  }

  private halt(problem: SourceError): void {
    const halted = `${problem.message}: ${problem.fix}`;
    this.retryAtMs = performance.now() + RETRY_MS;
    if (halted !== this.saidHalted) reportHalted(this.context, this.log.path, halted);
    this.halted = this.saidHalted = halted;
  }

  /** Whether the registry still says that this file is our generation, and no later one. */
  private isStill(file: LocatedFile): boolean {
    if (file.finished) return true;
    const ours = this.log.generations.filter(({ inode }) => inode === file.inode);
    return ours.at(-1)?.number === this.number;
  }

  /**
   * Sees that the registry knows as much of the file's beginning as we hand out; false when it is not that file any more. Later on the
   * cursor notices that by what lies before its place; at the very beginning there is nothing before it.
   */
  private async knowHead(file: LocatedFile, stat: Stats): Promise<boolean> {
    const { generation } = this;
    if (generation === undefined) return true;
    const { bytes } = generation.fingerprint;
    if (stat.size < bytes) return false;
    if (file.cursor.at > 0 && bytes >= Math.min(HEAD_BYTES, stat.size)) return true;
    const head = await readHead(file.handle, stat);
    if (!fits(generation.fingerprint, head)) return false;
    const compression = compressionOf(head);
    if (compression !== undefined) throw compressedError(this.log.path, compression);
    this.context.logs.grow(this.log, generation, head);
    return true;
  }

  /** The file was truncated or written anew: what we have not read of it may be in a copy. */
  private async fileChanged(file: LocatedFile): Promise<void> {
    await this.keepPlace(file);
    await this.context.logs.replaced(this.log, this.number);
  }

  /** Lets go of the file; our place in it is looked for again. */
  private async keepPlace(file: LocatedFile): Promise<void> {
    const { at, evidence } = file.cursor;
    this.place = { at, provenAt: at, evidence };
    this.atEnd = false;
    await this.release();
  }

  /** At the end of the file: whether to go on, to its unfinished last line or to the next file. */
  private async leave(file: LocatedFile, deleted: boolean): Promise<boolean> {
    const { graceMs } = this.context;
    const next = this.log.generations.find(({ number }) => number === this.number + 1);
    const begun = next !== undefined && (this.hasLaterThan(next) || next.fingerprint.bytes > 0);
    const quietMs = performance.now() - this.quietSinceMs;
    const patienceMs = begun ? graceMs : graceMs * DELETED_GRACE_FACTOR;
    this.noteEnd(!begun);
    if (!begun && !deleted && !file.finished) return false;
    if (!file.finished && quietMs < patienceMs) return false;
    if (!this.over) {
      this.over = true;
      return true;
    }
    this.leaving.push({ number: this.number, offset: this.number * GENERATION_SPAN + file.cursor.at });
    this.durable(0);
    await this.left?.close();
    this.left = undefined;
    if (file.finished) await this.release();
    else this.left = leaveOpen(file.handle, file.cursor.at, this.log.path, this.context);
    this.file = undefined;
    this.goTo(this.number + 1);
    return true;
  }

  private hasLaterThan(generation: Generation): boolean {
    return (latestOf(this.log)?.number ?? -1) > generation.number;
  }

  private goTo(number: number): void {
    this.number = number;
    this.place = { at: 0, provenAt: 0, evidence: undefined };
    this.size = 0;
    this.quietSinceMs = 0;
    this.over = false;
    this.rechecked = false;
    this.missingSinceMs = undefined;
  }

  private batchOf(lines: Lines, file: LocatedFile, mtimeMs: number): Batch {
    const { source, clock } = this.context;
    const { at, evidence } = file.cursor;
    this.place = { at, provenAt: at, evidence };
    const written = this.arrival.written(mtimeMs);
    this.noteEnd(at >= this.size && !this.hasLater);
    const { path, partition } = this.log;
    const inode = this.generation?.inode ?? '';
    const proof: Proof = { path, inode, bytes: at, generation: this.number, evidence };
    return toBatch(lines, {
      source,
      partition,
      readAtMs: clock.nowMs(),
      next: { offset: lines.next, proof: JSON.stringify(proof) },
      atEnd: this.atEnd,
      ...written,
    });
  }
}
