/**
 * Finds the logs of a source and notices when another file has become a log: the one place where logs and their files get their
 * numbers. It reads no lines. What it knows is shared by both readers; all changes go through one queue, so they see them alike.
 */
import { glob, stat } from 'node:fs/promises';
import type { Telemetry } from '../../event/telemetry.ts';
import { compressedError } from '../compression.ts';
import { SourceError } from '../source.ts';
import { HEAD_BYTES, fingerprint, fits } from './fingerprint.ts';
import { byAge, hasBase, isKnown, isPutBack, isRewritten, latestOf } from './identity.ts';
import type { LogFile } from './inspect.ts';
import { inspect, rotatedFiles } from './inspect.ts';
import type { IsOwnOutput } from './own-output.ts';
import type { Generation, RegisteredLog, Registry } from './registry.ts';
import { isGzip } from './rotated-name.ts';

/** Bytes of offset that each file of a log has for itself: 256 GiB, and 32,768 files stay below 2^53. */
export const GENERATION_SPAN = 2 ** 38;
const MAX_GENERATION = 2 ** 15 - 1;

const LEAVE_OUT = 'leave it out of the glob; only rotated files in gzip are read beside their log';

interface Seen {
  readonly inode: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export class Logs {
  private readonly globs: readonly string[];
  private readonly source: string;
  private readonly registry: Registry;
  private readonly telemetry: Telemetry;
  /** Whether a file is what the process itself writes: it is not read. */
  readonly isOwnOutput: IsOwnOutput;
  private readonly seen = new Map<string, Seen>();
  private readonly problems = new Map<string, SourceError>();
  private readonly remarked = new Set<string>();
  private readonly rotated = new Set<string>();
  private queue: Promise<void> = Promise.resolve();

  constructor(
    source: string,
    globs: readonly string[],
    registry: Registry,
    telemetry: Telemetry,
    isOwnOutput: IsOwnOutput,
  ) {
    this.isOwnOutput = isOwnOutput;
    this.source = source;
    this.globs = globs;
    this.registry = registry;
    this.telemetry = telemetry;
  }

  get all(): Iterable<RegisteredLog> {
    return this.registry.logs.values();
  }

  /** Why the file at this path cannot be read. */
  problem(path: string): SourceError | undefined {
    return this.problems.get(path);
  }

  get firstProblem(): SourceError | undefined {
    return this.problems.values().next().value;
  }

  /** Size of the file that is the log now; 0 when there is none. */
  currentSize(log: RegisteredLog): number {
    return this.seen.get(log.path)?.size ?? 0;
  }

  /** Looks for logs never seen before. */
  findNew(): Promise<void> {
    return this.enqueue(async () => {
      const matched = await this.matched();
      const bases = new Set([...matched, ...this.registry.logs.keys()]);
      for (const path of matched)
        if (!this.registry.logs.has(path)) await this.consider(path, matched, bases);
    });
  }

  /** Looks whether the known logs are still the files they were. */
  checkAll(): Promise<void> {
    return this.enqueue(async () => {
      for (const log of this.registry.logs.values()) await this.check(log, new Set());
    });
  }

  /** A reader has found that generation `number` is not what it was: sees to it that the log has a later one if it has a file. */
  replaced(log: RegisteredLog, number: number): Promise<void> {
    return this.enqueue(async () => {
      this.seen.delete(log.path);
      await this.check(log, new Set());
      if (log.generations.at(-1)?.number !== number) return;
      // It begins alike, yet what was read is not in it.
      const file = await this.inspected(log.path);
      if (file !== undefined) this.add(log, file);
    });
  }

  /** A reader is about to read from a file of which nothing was known. */
  recheck(log: RegisteredLog): Promise<void> {
    return this.enqueue(() => this.check(log, new Set()));
  }

  /** A reader has read more of the beginning of a file than was known of it. */
  grow(log: RegisteredLog, generation: Generation, head: Buffer): void {
    const grown = fingerprint(head);
    if (grown.bytes > generation.fingerprint.bytes) this.registry.grow(log, generation, grown);
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.queue.then(work);
    this.queue = done.catch(() => undefined);
    return done;
  }

  private async matched(): Promise<Set<string>> {
    const paths = new Set<string>();
    for (const pattern of this.globs) {
      let any = false;
      for await (const path of glob(pattern)) {
        paths.add(path);
        any = true;
      }
      if (!any)
        this.remark(
          pattern,
          `no file is at ${pattern} yet; it will be read as soon as there is one`,
          pattern,
        );
    }
    return paths;
  }

  /** A path that is no log yet: a new log, an older file of a log, or a log's file under another name. */
  private async consider(path: string, matched: Set<string>, bases: ReadonlySet<string>): Promise<void> {
    if (this.rotated.has(path)) return;
    if (hasBase(path, bases)) {
      this.rotated.add(path);
      return;
    }
    if (isGzip(path)) {
      this.remark(path, `${path} is compressed and no log is beside it: not read`, path);
      return;
    }
    const file = await this.inspected(path);
    if (file === undefined || this.belongsElsewhere(undefined, file)) return;
    const log = this.registry.addLog(path);
    await this.check(log, matched);
  }

  private async check(log: RegisteredLog, matched: ReadonlySet<string>): Promise<void> {
    const before = this.seen.get(log.path);
    if (before !== undefined && !this.problems.has(log.path) && (await isUnchanged(log.path, before))) return;
    const file = await this.inspected(log.path);
    if (file === undefined) {
      this.seen.delete(log.path);
      return;
    }
    const shrunk = before?.inode === file.inode && file.size < before.size;
    await this.identify(log, file, shrunk, matched);
    this.seen.set(log.path, { inode: file.inode, size: file.size, mtimeMs: file.mtimeMs });
  }

  /** Which generation `file` is that lies at the path of the log now: the latest one, or a new one. */
  private async identify(
    log: RegisteredLog,
    file: LogFile,
    shrunk: boolean,
    matched: ReadonlySet<string>,
  ): Promise<void> {
    const latest = latestOf(log);
    if (
      latest?.inode === file.inode &&
      latest.fingerprint.bytes > 0 &&
      !shrunk &&
      fits(latest.fingerprint, file.head)
    ) {
      this.grow(log, latest, file.head);
      return;
    }
    if (this.belongsElsewhere(log, file)) return;
    const rotated = (await rotatedFiles(log.path)).filter(
      (other) => other.inode !== file.inode && !this.isOwnOutput(other),
    );
    if (latest?.fingerprint.bytes === 0) {
      this.beginLatest(log, latest, file, rotated);
    } else if (!shrunk && latest !== undefined && isRewritten(latest, file, rotated)) {
      this.registry.setInode(log, latest, file.inode);
    } else {
      this.addRotated(log, rotated, matched);
      if (!shrunk && isPutBack(log, file))
        this.remark(
          `${log.path} ${file.inode}`,
          `${log.path} is an older file put back: not read again`,
          log.path,
        );
      else this.add(log, file);
    }
  }

  /**
   * The latest generation was empty when it was last seen, so nothing but the inode tells what it is, and a copy has another. The oldest
   * file that has come since is it; the others follow.
   */
  private beginLatest(
    log: RegisteredLog,
    latest: Generation,
    file: LogFile,
    rotated: readonly LogFile[],
  ): void {
    const since = rotated.filter(
      (other) =>
        other.inode === latest.inode || (!isKnown(log, other, rotated) && other.mtimeMs >= latest.mtimeMs),
    );
    const [first = file, ...later] = since.sort(byAge).concat(file);
    if (first.inode !== latest.inode) this.registry.setInode(log, latest, first.inode);
    this.grow(log, latest, first.head);
    for (const other of later) this.add(log, other);
  }

  /** Numbers the files that came and were rotated away unseen after the latest one. */
  private addRotated(log: RegisteredLog, rotated: readonly LogFile[], matched: ReadonlySet<string>): void {
    const latest = latestOf(log);
    const unknown = rotated.filter((file) => !isKnown(log, file, rotated)).sort(byAge);
    for (const file of unknown) {
      const before = latest === undefined ? !matched.has(file.path) : file.mtimeMs < latest.mtimeMs;
      if (before) this.addNumbered(log, file, Math.min(0, log.generations[0]?.number ?? 0) - 1);
      else this.add(log, file);
    }
  }

  private add(log: RegisteredLog, file: LogFile): void {
    const number = (latestOf(log)?.number ?? -1) + 1;
    if (number > MAX_GENERATION)
      throw new SourceError(
        `${log.path} has been rotated ${number} times, more than there are numbers for`,
        'give the source another name in tocsin.yaml: it then begins anew with the files that are there',
      );
    this.addNumbered(log, file, number);
    this.telemetry.log.info(
      { 'event.action': 'log-file', 'tocsin.source': this.source, 'log.file.path': file.path },
      number === 0 ? `reading ${file.path}` : `reading ${file.path}, file ${number} of ${log.path}`,
    );
  }

  private addNumbered(log: RegisteredLog, file: LogFile, number: number): void {
    const { inode, mtimeMs, head } = file;
    this.registry.addGeneration(log, { number, inode, fingerprint: fingerprint(head), mtimeMs });
  }

  /** Whether this file is one that another log has had: a name that rotation gave it, or a link. */
  private belongsElsewhere(self: RegisteredLog | undefined, file: LogFile): boolean {
    if (this.registry.isMoved(file)) return true;
    for (const log of this.registry.logs.values()) {
      if (log === self) continue;
      const recent = log.generations.slice(-2);
      const has = log.generations.some(
        (generation) =>
          generation.inode === file.inode &&
          generation.fingerprint.bytes > 0 &&
          (generation.fingerprint.bytes === HEAD_BYTES || recent.includes(generation)) &&
          fits(generation.fingerprint, file.head),
      );
      if (!has) continue;
      this.registry.setMoved(file);
      return true;
    }
    return false;
  }

  private async inspected(path: string): Promise<LogFile | undefined> {
    try {
      const file = await inspect(path);
      if (file?.compression !== undefined) throw compressedError(path, file.compression, LEAVE_OUT);
      this.problems.delete(path);
      if (file === undefined || !this.isOwnOutput(file)) return file;
      this.remark(
        `own ${path}`,
        `${path} is Tocsin's own output and not read: its alerts would make alerts. Send the output to a folder that no source reads.`,
        path,
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (this.problems.get(path)?.message !== error.message)
        this.telemetry.log.warn(
          { 'event.action': 'log-unreadable', 'tocsin.source': this.source, 'log.file.path': path },
          `${error.message}: ${error.fix}. The other files are read.`,
        );
      this.problems.set(path, error);
      return undefined;
    }
  }

  private remark(key: string, message: string, path: string): void {
    if (this.remarked.has(key)) return;
    this.remarked.add(key);
    this.telemetry.log.warn({ 'tocsin.source': this.source, 'log.file.path': path }, message);
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
