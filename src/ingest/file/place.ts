/** A place in a log as a position holds it: which file, how far, and the proof of what lies before. */
import type { Position } from '../../event/batch.ts';
import type { LocatedFile } from './locate.ts';
import { GENERATION_SPAN } from './logs.ts';
import type { RegisteredLog } from './registry.ts';

/** Where we are in a generation, and the proof for a place at or before it. */
export interface FilePlace {
  readonly at: number;
  readonly provenAt: number;
  readonly provenBy: string | undefined;
  /** Where the file lay when it was read, links resolved. */
  readonly path?: string;
}

export const BEGINNING: FilePlace = { at: 0, provenAt: 0, provenBy: undefined };

/** What a file source writes into the proof of a position. */
interface Proof {
  readonly path: string;
  readonly inode: string;
  readonly bytes: number;
  readonly generation: number;
  readonly evidence: string;
  /** The file had nothing behind this place when it was read. */
  readonly end?: boolean;
  /** Where the file lay, where that is not its log's path. */
  readonly target?: string;
}

interface FileStart {
  readonly number: number;
  readonly place: FilePlace;
  /** The file had been read to its end as it stood then. */
  readonly readToEnd: boolean;
  /** The log that the position is of, where it says so. */
  readonly path: string | undefined;
}

/** Where to begin: at the position, or with the first file. */
export function startAt(position: Position | undefined): FileStart {
  const offset = position?.offset ?? 0;
  const number = Math.floor(offset / GENERATION_SPAN);
  const at = offset % GENERATION_SPAN;
  const proof =
    position === undefined || position.proof === '' ? undefined : (JSON.parse(position.proof) as Proof);
  const path = proof?.path;
  if (proof?.generation !== number || proof.bytes > at)
    return { number, place: { at, provenAt: at, provenBy: undefined }, readToEnd: false, path };
  const place = { at, provenAt: proof.bytes, provenBy: proof.evidence, path: proof.target ?? proof.path };
  return { number, place, readToEnd: proof.end === true && proof.bytes === at, path };
}

/** Where reading the file has come to. */
export function placeIn({ cursor: { at, provenBy }, path }: LocatedFile): FilePlace {
  return { at, provenAt: at, provenBy, path };
}

/** The proof of a position at the place that reading the file has come to; `number` is the file's. */
export function proofOf(log: RegisteredLog, number: number, file: LocatedFile, readToEnd: boolean): string {
  const { at, provenBy } = file.cursor;
  const inode = log.generations.find((each) => each.number === number)?.inode ?? '';
  const proof: Proof = {
    ...{ path: log.path, inode, bytes: at, generation: number, evidence: provenBy },
    ...(readToEnd ? { end: true } : {}),
    ...(file.path === log.path ? {} : { target: file.path }),
  };
  return JSON.stringify(proof);
}
