/** Levels as programs write them, as the words that rules ask for: TRACE, DEBUG, INFO, WARN, ERROR, FATAL. */
import type { LevelNames } from '../../../config/decode/steps.ts';
import type { JsonValue } from '../../../event/event.ts';

/** Returns the word for a level; undefined for one that is not known. */
type LevelOf = (value: JsonValue) => string | undefined;

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    TRACE: 'trace trce finest finer verbose vrb debug5 debug4 debug3 debug2 silly',
    DEBUG: 'debug fine debug1 config dbug dbg',
    INFO: 'info inf information informational notice note log http default system statement',
    WARN: 'warn warning wrn',
    ERROR: 'error err severe eror fail',
    FATAL: 'fatal critical crit alert emerg emergency panic dpanic ftal ftl',
  }).flatMap(([level, words]) => words.split(' ').map((word) => [word, level] as const)),
);

const SIX = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

const GLOG = { I: 'INFO', W: 'WARN', E: 'ERROR', F: 'FATAL' } as const;

/** A number, also one written as a text. */
function numberOf(value: JsonValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,3}$/u.test(value) ? Number(value) : Number.NaN;
}

const word: LevelOf = (value) =>
  typeof value === 'string' ? WORDS.get(value.trim().toLowerCase()) : undefined;

const levels: Readonly<Record<LevelNames, LevelOf>> = {
  words: word,
  /** pino and bunyan: 10 to 60. A level of one's own counts as the one below it. */
  pino: (value) => SIX[Math.min(6, Math.floor(numberOf(value) / 10)) - 1] ?? word(value),
  /** RFC 5424, GELF and journald: 0 to 7. */
  syslog: (value) =>
    ['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG'][numberOf(value)] ?? word(value),
  glog: (value) =>
    value === 'I' || value === 'W' || value === 'E' || value === 'F' ? GLOG[value] : word(value),
  /** OpenTelemetry: 1 to 24, four for each word. */
  otel: (value) => SIX[Math.floor((numberOf(value) - 1) / 4)] ?? word(value),
};

/** Returns the level as a word, or the value itself where it is none that is known. */
export const levelReader =
  (names: LevelNames): ((value: JsonValue) => JsonValue) =>
  (value) =>
    levels[names](value) ?? value;
