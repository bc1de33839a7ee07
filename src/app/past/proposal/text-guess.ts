/** Guesses steps for plain text that no preset reads: a time at the beginning of lines, a level behind it, the rest as the message. */
import type { SourceKeys } from '../../../config/decode/source-keys.ts';

/**
 * How times at the beginning of a line look, and their formats. Parts that follow each other share no characters, so that the patterns are
 * fast.
 */
const TIMES: readonly (readonly [pattern: string, format: string | readonly string[]])[] = [
  ['\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)?(?:Z|[+-]\\d{2}:?\\d{2})?', 'iso8601'],
  ['\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)? [+-]\\d{2}:?\\d{2}', 'iso8601'],
  [
    '\\d{4}/\\d{2}/\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?',
    ['yyyy/MM/dd HH:mm:ss', 'yyyy/MM/dd HH:mm:ss.SSS'],
  ],
  ['\\d{2}/[A-Z][a-z]{2}/\\d{4}:\\d{2}:\\d{2}:\\d{2} [+-]\\d{4}', 'dd/MMM/yyyy:HH:mm:ss Z'],
  ['[A-Z][a-z]{2} [A-Z][a-z]{2} +\\d{1,2} \\d{2}:\\d{2}:\\d{2} \\d{4}', 'EEE MMM d HH:mm:ss yyyy'],
  ['[A-Z][a-z]{2} +\\d{1,2} \\d{2}:\\d{2}:\\d{2}', 'syslog'],
  ['\\d{2}\\.\\d{2}\\.\\d{4} \\d{2}:\\d{2}:\\d{2}', 'dd.MM.yyyy HH:mm:ss'],
  ['\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}\\.\\d{3}', 'MM-dd HH:mm:ss.SSS'],
  ['\\d{8}T\\d{6}(?:[.,]\\d+)?Z?', 'iso8601'],
  ['\\d{13}', 'epoch_ms'],
  ['\\d{10}(?:\\.\\d+)?', 'epoch_s'],
];

const LEVEL_WORDS = [
  'trace',
  'debug',
  'info',
  'notice',
  'warn',
  'warning',
  'error',
  'err',
  'critical',
  'fatal',
];
const LEVEL = [
  ...LEVEL_WORDS.map((word) => word.toUpperCase()),
  ...LEVEL_WORDS,
  ...LEVEL_WORDS.map((word) => word[0]!.toUpperCase() + word.slice(1)),
].join('|');
/** Signs around parts, and between them. */
const OPEN = '[\\[(<]?';
const CLOSE = '\\])>';
const BETWEEN = ' \\t|,:;-';

/** A kind of time must begin this share of the lines; the others may belong to the line before. */
const BEGINS_MIN = 0.1;

/** Returns proposals; none where lines begin with no time. */
export function guessText(lines: readonly string[]): readonly SourceKeys[] {
  const counted = TIMES.map(([pattern, format]) => {
    const begins = new RegExp(`^${OPEN}${pattern}(?!\\d)`, 'u');
    return { pattern, format, count: lines.filter((line) => begins.test(line)).length };
  });
  const best = counted.reduce((a, b) => (b.count > a.count ? b : a));
  if (best.count < Math.max(1, lines.length * BEGINS_MIN)) return [];
  const { pattern, format } = best;
  const time = `^${OPEN}(?<time>${pattern})[${CLOSE}${BETWEEN}]+`;
  const leveled = `${OPEN}(?<level>${LEVEL})[${CLOSE}${BETWEEN}]+(?<message>[^${CLOSE}${BETWEEN}][\\s\\S]*)?$`;
  const plain = `${time}(?<message>[^${CLOSE}${BETWEEN}][\\s\\S]*)?$`;
  const multiline = best.count < lines.length && { multiline: { start: `^${OPEN}${pattern}` } };
  const timestamp = { field: 'time', format };
  const leveledPatterns = [time + leveled, `${time}\\[(?<context>[^\\]]*)\\][${BETWEEN}]*${leveled}`, plain];
  return [
    { decode: [{ regex: plain }], timestamp, ...multiline },
    { decode: [{ regex: leveledPatterns }, { levels: 'words' }], timestamp, ...multiline },
  ];
}
