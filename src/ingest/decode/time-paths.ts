/** Reads the time of a document at one of the places that are configured (`TimePath`). */
import type { TimePath } from '../../config/config.ts';
import type { JsonObject, JsonValue } from '../../event/event.ts';
import { pathReader } from '../../event/field-path.ts';
import { NumberText } from '../../event/number-text.ts';
import type { ReadTime, TimeHint, TimestampParser } from '../../event/timestamp.ts';

/** Numbers in the document may be `NumberText`s. Returns undefined if there is no time at the place. */
type TimeAt = (document: JsonObject, hint: TimeHint) => ReadTime | undefined;

export interface TimePlace {
  readonly read: TimeAt;
  /** Returns true if a number at the place has more digits than a double holds, so that its text counts. */
  readonly isImprecise: (document: JsonObject) => boolean;
}

/** `parse` reads the value at a path, or the joined texts of several. */
export function timePlace(path: TimePath, parse: TimestampParser): TimePlace {
  const paths = typeof path === 'string' ? [path] : 'seconds' in path ? [path.seconds, path.nanos] : path;
  const readers = paths.map(pathReader);
  const isImprecise = (document: JsonObject): boolean => {
    let found = false;
    for (const read of readers)
      read(document, (leaf) => {
        found ||= isImpreciseNumber(leaf);
      });
    return found;
  };
  const first = (at: number, document: JsonObject): JsonValue | undefined => {
    let value: JsonValue | undefined;
    readers[at]!(document, (leaf) => (value ??= leafOf(leaf)));
    return value;
  };
  if (typeof path === 'string')
    return {
      isImprecise,
      read(document, hint) {
        let time: ReadTime | undefined;
        readers[0]!(document, (leaf) => (time ??= parse(leafOf(leaf), hint)));
        return time;
      },
    };
  if ('seconds' in path)
    return { isImprecise, read: (document) => secondsAndNanos(first(0, document), first(1, document)) };
  return {
    isImprecise,
    read(document, hint) {
      const texts = paths.map((_, at) => textOf(first(at, document)));
      return texts.includes(undefined) ? undefined : parse(texts.join(' '), hint);
    },
  };
}

/** A double does not hold such an integer exactly, so its text counts. */
export const isImpreciseNumber = (leaf: unknown): boolean =>
  Number.isInteger(leaf) && !Number.isSafeInteger(leaf);

const leafOf = (leaf: JsonValue | NumberText): JsonValue => (leaf instanceof NumberText ? leaf.text : leaf);

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

const INTEGER = /^-?\d{1,15}$/;
const NANOS = /^\d{1,9}$/;

/** Nanoseconds count forward, also before 1970 (protobuf's Timestamp). They may be left out. */
function secondsAndNanos(seconds: JsonValue | undefined, nanos: JsonValue | undefined): number | undefined {
  const [whole, rest] = [textOf(seconds), nanos === undefined ? '0' : textOf(nanos)];
  if (whole === undefined || rest === undefined || !INTEGER.test(whole) || !NANOS.test(rest))
    return undefined;
  const ms = Number(whole) * 1000 + Math.floor(Number(rest) / 1e6);
  return Math.abs(ms) <= 8.64e15 ? ms : undefined;
}
