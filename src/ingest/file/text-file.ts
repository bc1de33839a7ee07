/** A file as those see it who read its lines: a plain file, or the text of a compressed one. */
import type { Stats } from 'node:fs';
import type { ReadableFile } from './line-cursor.ts';

/** `size`: bytes of text that are known to be there. `blocks` and `blksize` say how much of a plain file lies on the disk. */
export type TextStat = Pick<Stats, 'dev' | 'ino' | 'nlink' | 'size' | 'mtimeMs'> &
  Partial<Pick<Stats, 'blocks' | 'blksize'>>;

/** A FileHandle of node is one. */
export interface TextFile extends ReadableFile {
  stat(): Promise<TextStat>;
  close(): Promise<void>;
}
