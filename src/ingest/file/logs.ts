/**
 * Finds the logs of a source, and notices when another file has become a log. Only here do logs and their files get their numbers. No line
 * is read here. Both readers share this object. All changes go through one queue, so both readers see the same.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { Archives } from './archives.ts';
import { HEAD_BYTES, fingerprint, fits } from './fingerprint.ts';
import type { FirstSight } from './first-sight.ts';
import { GlobSearch } from './glob-search.ts';
import {
  archiveIn,
  byAge,
  hasBase,
  isBeside,
  isKnown,
  isPutBack,
  isRewritten,
  isSamePacked,
  latestOf,
} from './identity.ts';
import type { LogFile } from './inspect.ts';
import type { IsOwnOutput } from './own-output.ts';
import { mountPointOf } from './mount.ts';
import type { Generation, RegisteredLog, Registry } from './registry.ts';
import { packingNamed } from '../compression.ts';
import { Sight } from './sight.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** How many offsets each file of a log has for itself, in bytes: 256 GiB. The offsets of 32,768 files stay below 2^53. */
export const GENERATION_SPAN = 2 ** 38;
const GENERATION_MAX = 2 ** 15 - 1;

interface Seen {
  readonly inode: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export class Logs {
  readonly globs: GlobSearch;
  readonly #source: string;
  readonly #registry: Registry;
  readonly #telemetry: Telemetry;
  readonly sight: Sight;
  readonly #seen = new Map<string, Seen>();
  readonly #rotated = new Set<string>();
  readonly #archives: Archives;
  readonly #first: FirstSight;
  #queue: Promise<void> = Promise.resolve();

  /** `quietMs`: how long a compressed file must not have changed before it is read. */
  constructor(
    source: string,
    globs: readonly string[],
    registry: Registry,
    telemetry: Telemetry,
    isOwnOutput: IsOwnOutput,
    clock: Pick<Clock, 'wallMs' | 'steadyMs'>,
    quietMs: number,
    first: FirstSight,
  ) {
    this.#first = first;
    this.sight = new Sight(source, telemetry, isOwnOutput, (file) => this.#isPassedOver(file));
    this.#archives = new Archives(registry, this.sight, clock, quietMs);
    this.#source = source;
    this.#registry = registry;
    this.#telemetry = telemetry;
    this.globs = new GlobSearch(globs, registry, clock, (pattern) => {
      this.sight.remark(
        pattern,
        `no file is at ${pattern} yet; it will be read as soon as there is one`,
        pattern,
      );
    });
  }

  get all(): Iterable<RegisteredLog> {
    return this.#registry.logs.values();
  }

  /** Returns true when the file at this path is another log, with lines of its own. */
  isOther(log: RegisteredLog, path: string): boolean {
    const other = this.#registry.logs.get(path);
    return other !== undefined && other !== log && other.generations.length > 0;
  }

  /** Returns true when the file at the path of the log is its latest generation. */
  isThere(log: RegisteredLog): boolean {
    const latest = latestOf(log);
    return latest !== undefined && this.#seen.get(log.path)?.inode === latest.inode;
  }

  /** Returns the size of the file that is the log now; 0 when there is none. */
  currentSize(log: RegisteredLog): number {
    return this.#seen.get(log.path)?.size ?? 0;
  }

  /** Looks for logs that were never seen before. */
  findNew(): Promise<void> {
    return this.#enqueue(async () => {
      for (const folder of this.globs.folders) await this.sight.tryFolder(folder);
      const matched = await this.globs.search();
      const known = [...this.all].filter((log) => !this.#isArchiveOnly(log));
      const bases = new Set([...matched, ...known.map(({ path }) => path)]);
      const unmet = new Set([...matched].filter((path) => !this.#registry.logs.has(path)));
      this.sight.expectAt(unmet);
      for (const path of unmet) if (packingNamed(path) === undefined) await this.#consider(path, bases);
      const packed = new Set([...unmet].filter((path) => packingNamed(path) !== undefined));
      for (const path of this.#registry.awaited) if (!this.#registry.logs.has(path)) packed.add(path);
      for (const file of await this.#archives.findNew(packed)) await this.#considerArchive(file, bases);
    });
  }

  /** Checks if the files of the known logs are still the same. */
  checkAll(): Promise<void> {
    return this.#enqueue(async () => {
      for (const log of this.#registry.logs.values()) await this.#check(log);
    });
  }

  /**
   * Called by a reader that has found generation `number`, which had this inode, changed. Gives the log a later generation if the log has a
   * file.
   */
  replaced(log: RegisteredLog, number: number, inode: string): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#isArchiveOnly(log)) return;
      this.#seen.delete(log.path);
      await this.#check(log);
      const latest = latestOf(log);
      // Another file may have been found to be this generation.
      if (latest?.number !== number || latest.inode !== inode) return;
      const file = await this.sight.inspected(log.path);
      // The file is the same and begins alike, yet the bytes that were read are not in it.
      if (file?.inode === latest.inode && fits(latest.fingerprint, file.head)) await this.#add(log, file);
    });
  }

  /** Called when a reader is about to read from a file of which nothing was known. */
  recheck(log: RegisteredLog): Promise<void> {
    return this.#enqueue(() => this.#check(log));
  }

  /** Called when a reader has read more of the beginning of a file than was known of it. */
  grow(log: RegisteredLog, generation: Generation, head: Buffer): void {
    this.#registry.grow(log, generation, fingerprint(head));
  }

  /** Called when a reader has found a compressed file to be this generation: a whole copy may have replaced a damaged one. */
  recognise(log: RegisteredLog, generation: Generation, { mark }: LogFile): void {
    if (mark !== undefined && generation.packed !== undefined && generation.packed.hash !== mark.hash)
      this.#registry.setPacked(log, generation, mark);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Decides what a path that is no log yet is: a new log, an older file of a log, or the file of a log under another name. */
  async #consider(path: string, bases: ReadonlySet<string>): Promise<void> {
    if (this.#rotated.has(path)) return;
    if (hasBase(path, bases)) {
      this.#rotated.add(path);
      return;
    }
    const file = await this.sight.inspected(path);
    if (file === undefined || this.#belongsElsewhere(undefined, file)) return;
    const log = this.#registry.addLog(path);
    await this.#check(log);
  }

  /** Decides what a compressed file is: one of a log that is known under its name, or one of a log that is known by such files alone. */
  async #considerArchive(file: LogFile, bases: ReadonlySet<string>): Promise<void> {
    if (this.#belongsElsewhere(undefined, file)) return;
    if (this.#registry.awaited.has(file.path)) {
      await this.#addLate(file);
      return;
    }
    if (hasBase(file.path, bases)) return;
    const log = await this.#archives.logOf(file);
    if (log === undefined) return;
    const known = archiveIn(log, file);
    if (known !== undefined) {
      this.#noteSame(log, known, file);
      return;
    }
    await this.#add(log, file, true);
    this.#registry.setMountPoint(log.partition, await mountPointOf(file.path));
  }

  /**
   * Adds a compressed file that is whole only now. Its log has gone on without it, and no number before those of the log's later files is
   * free. So it is a log by itself.
   */
  async #addLate(file: LogFile): Promise<void> {
    for (const base of this.all)
      // Rotation may have put a file here that was read before it was compressed.
      if (isBeside(base.path, file.path) && isKnown(base, file, [])) return;
    const log = this.#registry.addArchives(file.path);
    await this.#add(log, file);
    this.#registry.setMountPoint(log.partition, await mountPointOf(file.path));
  }

  /** Called with a compressed file that is `known`. It may be a copy, or have grown since it was seen first. */
  #noteSame(log: RegisteredLog, known: Generation, file: LogFile): void {
    if (file.mark !== undefined && file.mark.hash !== known.packed?.hash)
      this.#registry.setPacked(log, known, file.mark);
    if (file.inode === known.inode || file.mtimeMs === known.mtimeMs) return;
    this.sight.remark(
      `same ${file.path} ${file.inode}`,
      `${file.path} has the bytes of a compressed file that was read: not read again`,
      file.path,
    );
  }

  /** Returns true when only compressed files are known of the log, and no glob matches its path: a file there is not wanted. */
  #isArchiveOnly(log: RegisteredLog): boolean {
    if (!this.#registry.hasArchives(log)) return false;
    return this.#registry.awaited.has(log.path) || !this.globs.paths.has(log.path);
  }

  async #check(log: RegisteredLog): Promise<void> {
    if (this.#isArchiveOnly(log)) return;
    const before = this.#seen.get(log.path);
    if (
      before !== undefined &&
      this.sight.problem(log.path) === undefined &&
      (await isUnchanged(log.path, before))
    )
      return;
    const first = await this.sight.inspected(log.path);
    if (first === undefined) {
      this.#seen.delete(log.path);
      return;
    }
    const file = this.#isLatest(log, first, before) ? first : await this.#identify(log, before);
    if (file === undefined) return;
    if (this.#isLatest(log, file, before)) this.grow(log, latestOf(log)!, file.head);
    this.#seen.set(log.path, { inode: file.inode, size: file.size, mtimeMs: file.mtimeMs });
  }

  /** Returns true when the file at the path of the log is still the latest generation. */
  #isLatest(log: RegisteredLog, file: LogFile, before: Seen | undefined): boolean {
    const latest = latestOf(log);
    return (
      latest?.inode === file.inode &&
      latest.fingerprint.bytes > 0 &&
      !hasShrunk(file, before) &&
      fits(latest.fingerprint, file.head)
    );
  }

  /** Identifies the generation of the file that lies at the path of the log now: a new one as a rule. Undefined while it cannot be decided. */
  async #identify(log: RegisteredLog, before: Seen | undefined): Promise<LogFile | undefined> {
    const around = await this.sight.still(log.path, this.#formerTarget(log));
    const file = around?.file;
    if (around === undefined || file === undefined || this.sight.isOwnOutput(file)) return undefined;
    if (this.#isLatest(log, file, before) || this.#belongsElsewhere(log, file)) return file;
    const rotated = around.rotated.filter((other) => !this.sight.isOwnOutput(other));
    const latest = latestOf(log);
    const shrunk = hasShrunk(file, before);
    if (latest?.fingerprint.bytes === 0) {
      await this.#beginLatest(log, latest, file, rotated);
    } else if (!shrunk && latest !== undefined && isRewritten(latest, file, rotated)) {
      this.#registry.setInode(log, latest, file.inode);
    } else {
      if (latest !== undefined) this.#growRotated(log, latest, rotated);
      await this.#addRotated(log, rotated);
      if (!shrunk && isPutBack(log, file))
        this.sight.remark(
          `${log.path} ${file.inode}`,
          `${log.path} is an older file put back: not read again`,
          log.path,
        );
      else await this.#add(log, file, latest === undefined);
    }
    this.#registry.setMountPoint(log.partition, await mountPointOf(log.path));
    return file;
  }

  /** Returns where a link at the path of the log led to when its latest generation was first seen, unless that is another log. */
  #formerTarget(log: RegisteredLog): string | undefined {
    const target = latestOf(log)?.target;
    return target === undefined || this.#registry.logs.has(target) ? undefined : target;
  }

  /**
   * Called when the latest generation was empty when it was last seen. Only its inode identifies such a file, and a copy has another inode.
   * So the oldest file that has come since becomes this generation, and the other files become the next ones.
   */
  async #beginLatest(
    log: RegisteredLog,
    latest: Generation,
    file: LogFile,
    rotated: readonly LogFile[],
  ): Promise<void> {
    const since = rotated.filter(
      (other) =>
        other.inode === latest.inode || (!isKnown(log, other, rotated) && other.mtimeMs >= latest.mtimeMs),
    );
    const [first = file, ...later] = since.sort(byAge).concat(file);
    if (first.inode !== latest.inode) this.#registry.setInode(log, latest, first.inode);
    this.grow(log, latest, first.head);
    for (const other of later) await this.#add(log, other);
  }

  /**
   * A short file may have grown unseen before it was rotated. It is recognised as the latest generation, and will soon be that no longer.
   * So its fingerprint grows now.
   */
  #growRotated(log: RegisteredLog, latest: Generation, rotated: readonly LogFile[]): void {
    const fitting = rotated.filter((file) => fits(latest.fingerprint, file.head));
    const [it] = fitting.filter(({ inode, packing }) => inode === latest.inode && packing === undefined);
    const only = fitting.length === 1 ? fitting[0] : undefined;
    const found = it ?? only;
    if (found !== undefined) this.grow(log, latest, found.head);
  }

  /** Numbers the rotated files that are not known. They came and went unseen, or they are from before we looked for the log. */
  async #addRotated(log: RegisteredLog, rotated: readonly LogFile[]): Promise<void> {
    const latest = latestOf(log);
    const newSinceMs = latest?.mtimeMs ?? this.globs.lookedForSince(log.path) ?? Infinity;
    const isFirst = latest === undefined;
    const unknown = rotated.filter((file) => !isKnown(log, file, rotated) && !this.#isLate(file)).sort(byAge);
    for (const file of unknown) {
      const isWanted = latest === undefined && this.globs.paths.has(file.path);
      if (isWanted && file.damage !== undefined) {
        // It may still be copied. It is reported when it has not changed for a while.
        this.#registry.awaitWhole(file.path);
      } else if (isWanted || file.mtimeMs >= newSinceMs) await this.#add(log, file, isFirst);
      else this.#addBefore(log, file);
    }
  }

  /** Returns true for a compressed file that is a log by itself. */
  #isLate(file: LogFile): boolean {
    return [...this.#registry.awaited].some((path) => {
      const late = this.#registry.logs.get(path);
      return late?.generations.some((generation) => isSamePacked(generation, file)) ?? false;
    });
  }

  /** `isFirst`: the file lay there when the log was met. */
  async #add(log: RegisteredLog, file: LogFile, isFirst = false): Promise<void> {
    const at = isFirst ? await this.#first.beginningOf(file, log.path) : 0;
    if (at === undefined) {
      this.#addBefore(log, file);
      return;
    }
    const number = (latestOf(log)?.number ?? -1) + 1;
    if (number > GENERATION_MAX)
      throw new FixableError(
        'source',
        `${log.path} has been rotated ${number} times, more than there are numbers for`,
        'give the source another name in tocsin.yaml: it then begins anew with the files that are there',
      );
    if (at > 0) this.#registry.setBeginning(log.partition, number, at);
    this.#addNumbered(log, file, number);
    this.#telemetry.log.info(
      { 'event.action': 'log-file', 'tocsin.source': this.#source, 'log.file.path': file.path },
      number === 0 ? `reading ${file.path}` : `reading ${file.path}, file ${number} of ${log.path}`,
    );
  }

  /** Adds a file from before the log was known: it is not read. */
  #addBefore(log: RegisteredLog, file: LogFile): void {
    this.#addNumbered(log, file, Math.min(0, log.generations[0]?.number ?? 0) - 1);
  }

  /** A file that is passed over may be one that is read, under a new name. */
  #isPassedOver(file: Stats): boolean {
    if (!this.#first.isPassedOver(file)) return false;
    const inode = String(file.ino);
    return ![...this.all].some(({ generations }) =>
      generations.some((each) => each.number >= 0 && each.inode === inode),
    );
  }

  #addNumbered(log: RegisteredLog, file: LogFile, number: number): void {
    const { inode, mtimeMs, head, target, mark } = file;
    this.#registry.addGeneration(log, {
      number,
      inode,
      fingerprint: fingerprint(head),
      mtimeMs,
      ...(number >= 0 && !isBeside(log.path, target) && { target }),
      ...(mark !== undefined && { packed: mark }),
    });
  }

  /** Returns true when another log has had this file: the path is a name that rotation gave it, or a link. */
  #belongsElsewhere(self: RegisteredLog | undefined, file: LogFile): boolean {
    if (this.#registry.isMoved(file)) return true;
    for (const log of this.#registry.logs.values()) {
      if (log === self) continue;
      const recent = log.generations.slice(-2);
      const has = log.generations.some(
        (generation) =>
          generation.inode === file.inode &&
          generation.fingerprint.bytes > 0 &&
          isSamePacked(generation, file) !== false &&
          (generation.fingerprint.bytes === HEAD_BYTES || recent.includes(generation)) &&
          fits(generation.fingerprint, file.head),
      );
      if (!has) continue;
      this.#registry.setMoved(file);
      return true;
    }
    return false;
  }
}

async function isUnchanged(path: string, before: Seen): Promise<boolean> {
  try {
    const now = await stat(path);
    return String(now.ino) === before.inode && now.size === before.size && now.mtimeMs === before.mtimeMs;
  } catch {
    return false;
  }
}

function hasShrunk(file: LogFile, before: Seen | undefined): boolean {
  return before?.inode === file.inode && file.size < before.size;
}
