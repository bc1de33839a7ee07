/** A place in a log as a position holds it: the file, how far it was read, and the proof of the bytes before. */
import type { Position } from '../../event/batch.ts';
import type { LocatedFile } from './locate.ts';
import { GENERATION_SPAN } from './numbering.ts';
import type { RegisteredLog } from './registry.ts';

/** Our place in a generation, and the proof for a place at or before it. */
export interface FilePlace {
  readonly at: number;
  readonly provenAt: number;
  readonly provenBy: string | undefined;
  /** The path of the file when it was read, with links resolved. */
  readonly path?: string;
  /** True when reading begins here, maybe within a line: the rest of that line is passed over. */
  readonly begins?: boolean;
}

/** Returns the place where the reading of a file begins. */
export function beginningAt(at: number): FilePlace {
  return { at, provenAt: at, provenBy: undefined, begins: at > 0 };
}

/** The proof that a file source writes into a position. */
interface Proof {
  readonly path: string;
  readonly inode: string;
  readonly bytes: number;
  readonly generation: number;
  readonly evidence: string;
  /** True when the file had no bytes behind this place when it was read. */
  readonly end?: boolean;
  /** The path of the file, when it is not the path of its log. */
  readonly target?: string;
}

interface FileStart {
  readonly number: number;
  readonly place: FilePlace;
  /** True when the file had been read to the end that it had then. */
  readonly readToEnd: boolean;
  /** The path of the log that the position belongs to, if the position names one. */
  readonly path: string | undefined;
}

/** Returns where to begin: at the position, or with the first file, at `beginning`. */
export function startAt(position: Position | undefined, beginning: number): FileStart {
  if (position === undefined)
    return { number: 0, place: beginningAt(beginning), readToEnd: false, path: undefined };
  const { offset } = position;
  const number = Math.floor(offset / GENERATION_SPAN);
  const at = offset % GENERATION_SPAN;
  const proof = position.proof === '' ? undefined : (JSON.parse(position.proof) as Proof);
  const path = proof?.path;
  if (proof?.generation !== number || proof.bytes > at)
    return { number, place: { at, provenAt: at, provenBy: undefined }, readToEnd: false, path };
  const place = { at, provenAt: proof.bytes, provenBy: proof.evidence, path: proof.target ?? proof.path };
  return { number, place, readToEnd: proof.end === true && proof.bytes === at, path };
}

/** Returns the place that reading has reached in the file. */
export function placeIn({ cursor: { at, provenBy }, path, isWithinLine }: LocatedFile): FilePlace {
  return { at, provenAt: at, provenBy, path, begins: isWithinLine };
}

/** Returns the proof of the place that reading has reached in the file. `number` is the generation of the file. */
export function proofOf(log: RegisteredLog, number: number, file: LocatedFile, readToEnd: boolean): string {
  const { at, provenBy } = file.cursor;
  const inode = log.generations.find((each) => each.number === number)?.inode ?? '';
  const proof: Proof = {
    path: log.path,
    inode,
    bytes: at,
    generation: number,
    evidence: provenBy,
    ...(readToEnd && { end: true }),
    ...(file.path !== log.path && { target: file.path }),
  };
  return JSON.stringify(proof);
}
