/** Guesses steps for plain text that no preset reads: a time at the beginning of lines, a level behind it, the rest as the message. */
import type { SourceKeys } from '../../../config/decode/source-keys.ts';

/**
 * How times at the beginning of a line look, and their formats. Parts that follow each other share no characters, so that the patterns are
 * fast. The first is taken of those that begin as many lines: a time with a zone stands before the same without one.
 */
const TIMES: readonly (readonly [pattern: string, format: string | readonly string[]])[] = [
  ['\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)? (?:[+-]\\d{2}:?\\d{2}|UTC|GMT)', 'iso8601'],
  ['\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)?(?:Z|[+-]\\d{2}:?\\d{2})?', 'iso8601'],
  [
    '\\d{4}/\\d{2}/\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?',
    ['yyyy/MM/dd HH:mm:ss', 'yyyy/MM/dd HH:mm:ss.SSS'],
  ],
  ['\\d{2}/[A-Z][a-z]{2}/\\d{4}:\\d{2}:\\d{2}:\\d{2} [+-]\\d{4}', 'dd/MMM/yyyy:HH:mm:ss Z'],
  ['[A-Z][a-z]{2} [A-Z][a-z]{2} +\\d{1,2} \\d{2}:\\d{2}:\\d{2} \\d{4}', 'EEE MMM d HH:mm:ss yyyy'],
  ['[A-Z][a-z]{2} +\\d{1,2} \\d{2}:\\d{2}:\\d{2}', 'syslog'],
  ['\\d{2}\\.\\d{2}\\.\\d{4} \\d{2}:\\d{2}:\\d{2}', 'dd.MM.yyyy HH:mm:ss'],
  [
    '\\d{2}-[A-Z][a-z]{2}-\\d{4} \\d{2}:\\d{2}:\\d{2} (?:UTC|GMT|[A-Z][a-z]+/[A-Z][A-Za-z_]+)',
    'dd-MMM-yyyy HH:mm:ss z',
  ],
  ['\\d{2}-[A-Z][a-z]{2}-\\d{4} \\d{2}:\\d{2}:\\d{2}', 'dd-MMM-yyyy HH:mm:ss'],
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

/** Some programs write the level before the time. */
const LEVEL_FIRST = `${OPEN}(?<level>${LEVEL})[${CLOSE}${BETWEEN}]+`;

/** Returns proposals; none where lines begin neither with a time nor with a level and a time. */
export function guessText(lines: readonly string[]): readonly SourceKeys[] {
  const time = timeOf(lines, '');
  if (time !== undefined) return withTimeFirst(time);
  const later = timeOf(lines, LEVEL_FIRST);
  if (later === undefined) return [];
  const { begins, rest, ...keys } = later;
  return [{ decode: [{ regex: begins + rest }, { levels: 'words' }], ...keys }];
}

interface TimeFirst extends Pick<SourceKeys, 'timestamp' | 'multiline'> {
  /** The pattern of all up to the message, and that of the message. */
  readonly begins: string;
  readonly rest: string;
}

/** `before`: the pattern of what stands before the time. */
function timeOf(lines: readonly string[], before: string): TimeFirst | undefined {
  const counted = TIMES.map(([pattern, format]) => {
    const begins = new RegExp(`^${before}${OPEN}${pattern}(?!\\d)`, 'u');
    return { pattern, format, count: lines.filter((line) => begins.test(line)).length };
  });
  const best = counted.reduce((a, b) => (b.count > a.count ? b : a));
  if (best.count < Math.max(1, lines.length * BEGINS_MIN)) return undefined;
  const { pattern, format } = best;
  return {
    begins: `^${before}${OPEN}(?<time>${pattern})[${CLOSE}${BETWEEN}]+`,
    rest: `(?<message>[^${CLOSE}${BETWEEN}][\\s\\S]*)?$`,
    timestamp: { field: 'time', format },
    ...(best.count < lines.length && {
      multiline: { start: `^${before.replace('?<level>', '?:')}${OPEN}${pattern}` },
    }),
  };
}

function withTimeFirst({ begins, rest, ...keys }: TimeFirst): readonly SourceKeys[] {
  const leveled = `${OPEN}(?<level>${LEVEL})[${CLOSE}${BETWEEN}]+${rest}`;
  const patterns = [
    begins + leveled,
    `${begins}\\[(?<context>[^\\]]*)\\][${BETWEEN}]*${leveled}`,
    begins + rest,
  ];
  return [
    { decode: [{ regex: begins + rest }], ...keys },
    { decode: [{ regex: patterns }, { levels: 'words' }], ...keys },
  ];
}
