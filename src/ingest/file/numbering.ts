/** Gives the files of logs their numbers: a file that is read the next one, a file from before the log was known one below 0. */
import type { Stats } from 'node:fs';
import { FixableError } from '../../event/fixable-error.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { fingerprint } from './fingerprint.ts';
import type { FirstSight } from './first-sight.ts';
import { isBeside, latestOf } from './identity.ts';
import type { LogFile } from './inspect.ts';
import type { RegisteredLog, Registry } from './registry.ts';

/** How many offsets each file of a log has for itself, in bytes: 256 GiB. The offsets of 32,768 files stay below 2^53. */
export const GENERATION_SPAN = 2 ** 38;
const GENERATION_MAX = 2 ** 15 - 1;

export class Numbering {
  readonly #source: string;
  readonly #registry: Registry;
  readonly #telemetry: Telemetry;
  readonly #first: FirstSight;

  constructor(source: string, registry: Registry, telemetry: Telemetry, first: FirstSight) {
    this.#source = source;
    this.#registry = registry;
    this.#telemetry = telemetry;
    this.#first = first;
  }

  /** `isFirst`: the file lay there when the log was met. */
  async add(log: RegisteredLog, file: LogFile, isFirst = false): Promise<void> {
    const at = isFirst ? await this.#first.beginningOf(file, log.path) : 0;
    if (at === undefined) {
      this.addBefore(log, file);
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
  addBefore(log: RegisteredLog, file: LogFile): void {
    this.#addNumbered(log, file, Math.min(0, log.generations[0]?.number ?? 0) - 1);
  }

  /** A file that is passed over may be one that is read, under a new name. */
  isPassedOver(file: Stats): boolean {
    if (!this.#first.isPassedOver(file)) return false;
    const inode = String(file.ino);
    return ![...this.#registry.logs.values()].some(({ generations }) =>
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
}
