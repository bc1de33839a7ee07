/** Finds the fields of documents that hold their time, and how it is written. */
import type { JsonValue } from '../../../event/event.ts';
import { timestampParser, type TimestampParser } from '../../../event/timestamp.ts';
import type { SampleDocuments } from './documents.ts';

/** Formats of texts, in the order in which they are tried. */
const TEXT_FORMATS = [
  'iso8601',
  'dd/MMM/yyyy:HH:mm:ss Z',
  'yyyy/MM/dd HH:mm:ss',
  'yyyy/MM/dd HH:mm:ss.SSS',
  'EEE, dd MMM yyyy HH:mm:ss Z',
  'EEE MMM d HH:mm:ss yyyy',
  'dd-MMM-yyyy HH:mm:ss.SSS',
  'dd.MM.yyyy HH:mm:ss',
  'MM/dd/yyyy HH:mm:ss',
  'syslog',
] as const;

/** Numbers of seconds and their parts; a number of seconds of our time has ten digits. */
const EPOCHS = [
  ['epoch_s', 1e9],
  ['epoch_ms', 1e12],
  ['epoch_us', 1e15],
  ['epoch_ns', 1e18],
] as const;

/** How fields are called that hold the time of a line, the likeliest first. */
const NAMES = [
  /^@?timestamp$/iu,
  /^(?:time|ts|@t|t|datetime|date_?time|asctime)$/iu,
  /^(?:event|log|record|created?)_?(?:time|at|ts|timestamp)$/iu,
  /time|date|stamp|(?:^|[._])ts$/iu,
];

export interface TimeGuess {
  readonly field: string | readonly string[];
  readonly format: string | readonly string[];
}

/** A field that holds a time in this share of the documents may be the time of the lines. */
const SHARE_MIN = 0.05;
const ENOUGH = 0.98;
const FIELDS_MAX = 3;

const parsers = new Map<string, TimestampParser>();

/** Returns undefined where no field holds a time. */
export function guessTime({ count, values }: SampleDocuments): TimeGuess | undefined {
  const found = [...values].flatMap(([path, all]) => {
    const name = NAMES.findIndex((names) => names.test(path.split('.').at(-1)!) || names.test(path));
    if (name < 0) return [];
    const formats = all.map((value) => formatOf(value));
    const share = formats.filter((format) => format !== undefined).length / count;
    return share < SHARE_MIN ? [] : [{ path, name, share, formats: [...new Set(formats)] }];
  });
  found.sort(
    (a, b) => Number(b.share >= ENOUGH) - Number(a.share >= ENOUGH) || a.name - b.name || b.share - a.share,
  );
  const taken: typeof found = [];
  let covered = 0;
  for (const each of found) {
    if (covered >= ENOUGH || taken.length === FIELDS_MAX) break;
    taken.push(each);
    covered += each.share;
  }
  if (taken.length === 0) return undefined;
  const formats = [...new Set(taken.flatMap((each) => each.formats))].filter(
    (format) => format !== undefined,
  );
  return { field: oneOf(taken.map(({ path }) => path)), format: oneOf(formats) };
}

const oneOf = <Of>(list: readonly Of[]): Of | readonly Of[] => (list.length === 1 ? list[0]! : list);

/** Returns the format in which a value is a time of our age. */
function formatOf(value: JsonValue): string | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{10,19}(?:\.\d+)?$/u.test(value))) {
    const number = Number(value);
    // 2001 to 2033.
    return EPOCHS.find(([, unit]) => number >= unit && number < 2 * unit)?.[0];
  }
  if (typeof value !== 'string' || value.length < 10) return undefined;
  return TEXT_FORMATS.find((format) => {
    let parser = parsers.get(format);
    if (parser === undefined) parsers.set(format, (parser = timestampParser({ format, timezone: 'UTC' })));
    return parser(value, { nearMs: 0 }) !== undefined;
  });
}
