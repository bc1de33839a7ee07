/** Finds the header of a log of W3C for those who begin to read it in the middle. */
import { toBatch } from '../lines.ts';
import { lastHeader } from '../header-lines.ts';
import { LineCursor, type CursorReading, type ReadableFile } from './line-cursor.ts';

const HEAD_BYTES = 65_536;

/** Returns the columns that are named at the beginning of a file, before the place `before`. Undefined where its lines have no headers. */
export async function headerAtTop(
  file: ReadableFile,
  before: number,
  reading: CursorReading,
): Promise<string | undefined> {
  if (reading.hasHeaders !== true || before === 0) return undefined;
  const lines = await new LineCursor(file, 0, 0, reading).next(Math.min(before, HEAD_BYTES));
  if (typeof lines === 'string') return undefined;
  const origin = { source: '', partition: 0, readAtMs: 0, next: { offset: lines.next, proof: '' } };
  return lastHeader(toBatch(lines, { ...origin, atEnd: false }));
}
