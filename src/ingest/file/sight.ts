/**
 * Looks at the files of a source, and reports what it cannot see. A file that cannot be read is a problem of its log alone: it is reported
 * once, and the other files are read.
 */
import type { Telemetry } from '../../event/telemetry.ts';
import { compressedError } from '../compression.ts';
import type { LogFile } from './inspect.ts';
import { inspect, lookInto } from './inspect.ts';
import type { IsOwnOutput } from './own-output.ts';
import type { IsPassedOver, Surroundings } from './surroundings.ts';
import { surroundings } from './surroundings.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** How long the files around a log may move before they are taken as they look. */
const MOVING_MS = 2_000;
const LEAVE_OUT =
  'leave it out of the glob, or let its name end as the compression does where that is .gz, .zst, .bz2 or .xz';

export class Sight {
  /** Returns true for a file that the process itself writes its output to. Such a file is not read. */
  readonly isOwnOutput: IsOwnOutput;
  readonly #source: string;
  readonly #telemetry: Telemetry;
  readonly #problems = new Map<string, FixableError>();
  readonly #folders = new Set<string>();
  /** Paths where a log may be that was never seen before. */
  #unmet: ReadonlySet<string> = new Set();
  readonly #remarked = new Set<string>();
  /** Since when the files around a log have been moving, in monotonic ms. */
  readonly #movingSinceMs = new Map<string, number>();

  /** Returns true for a file of which nothing is read. It is not opened. */
  readonly isPassedOver: IsPassedOver;

  constructor(source: string, telemetry: Telemetry, isOwnOutput: IsOwnOutput, isPassedOver: IsPassedOver) {
    this.isPassedOver = isPassedOver;
    this.#source = source;
    this.#telemetry = telemetry;
    this.isOwnOutput = isOwnOutput;
  }

  /** Returns why the file at this path cannot be read; undefined when it can. */
  problem(path: string): FixableError | undefined {
    return this.#problems.get(path);
  }

  get firstProblem(): FixableError | undefined {
    return this.#problems.values().next().value;
  }

  /** Folders that cannot be looked into and files that never could be read, each with its problem. The logs in them are unknown. */
  get hidden(): readonly { readonly path: string; readonly problem: FixableError }[] {
    return [...this.#problems].flatMap(([path, problem]) =>
      this.#folders.has(path) || (this.#unmet.has(path) && isRefusedBySystem(problem))
        ? [{ path, problem }]
        : [],
    );
  }

  /** Replaces the paths where logs are looked for, besides the known logs. */
  expectAt(unmet: ReadonlySet<string>): void {
    for (const path of this.#unmet) if (!unmet.has(path)) this.#problems.delete(path);
    this.#unmet = unmet;
  }

  /** Checks if a folder, in which logs are looked for, can be looked into. A folder that does not exist is no problem. */
  async tryFolder(folder: string): Promise<void> {
    this.#folders.add(folder);
    await this.#looking(folder, () => lookInto(folder));
  }

  /** Returns the log and the files around it, and around the target that a link at its path had before; undefined while rotation is under way, for MOVING_MS at most. */
  async still(path: string, formerTarget: string | undefined): Promise<Surroundings | undefined> {
    const around = await this.#looking(path, () => surroundings(path, formerTarget, this.isPassedOver));
    if (around === undefined) return undefined;
    const sinceMs = this.#movingSinceMs.get(path) ?? performance.now();
    if (!around.still && performance.now() - sinceMs < MOVING_MS) {
      this.#movingSinceMs.set(path, sinceMs);
      return undefined;
    }
    this.#movingSinceMs.delete(path);
    return around;
  }

  /** Returns the file at the path; undefined when there is none that may be read. */
  async inspected(path: string): Promise<LogFile | undefined> {
    return this.#looking(path, async () => {
      const file = await inspect(path);
      if (file?.compression !== undefined) throw compressedError(path, file.compression, LEAVE_OUT);
      if (file === undefined || !this.isOwnOutput(file)) return file;
      this.remark(
        `own ${path}`,
        `${path} is Tocsin's own output and not read: its alerts would make alerts. Send the output to a folder that no source reads.`,
        path,
      );
      return undefined;
    });
  }

  /** Returns the compressed file at the path; undefined when there is none that may be read and unpacked. */
  async packed(path: string): Promise<LogFile | undefined> {
    return this.#looking(path, async () => {
      const file = await inspect(path);
      if (file?.damage !== undefined) throw file.damage;
      if (file?.compression !== undefined && file.packing === undefined)
        throw compressedError(path, file.compression, LEAVE_OUT);
      return file?.packing === undefined || this.isOwnOutput(file) ? undefined : file;
    });
  }

  /** Runs `look`, which looks at the log at `path`. A FixableError becomes the problem of this log, and is reported once. */
  async #looking<Found>(path: string, look: () => Promise<Found>): Promise<Found | undefined> {
    try {
      const found = await look();
      this.#problems.delete(path);
      return found;
    } catch (error) {
      if (!(error instanceof FixableError)) throw error;
      if (this.#problems.get(path)?.message !== error.message)
        this.#telemetry.log.warn(
          { 'event.action': 'log-unreadable', 'tocsin.source': this.#source, 'log.file.path': path },
          `${error.message}: ${error.fix}. The other files are read.`,
        );
      this.#problems.set(path, error);
      return undefined;
    }
  }

  /** Logs this message once for each key. */
  remark(key: string, message: string, path: string): void {
    if (this.#remarked.has(key)) return;
    this.#remarked.add(key);
    this.#telemetry.log.warn({ 'tocsin.source': this.#source, 'log.file.path': path }, message);
  }
}

/**
 * Returns true when the system does not let us read the file. Any other problem (a folder, bytes that are no text) shows that the file is
 * no log, so no log is hidden.
 */
function isRefusedBySystem({ cause }: FixableError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
}
