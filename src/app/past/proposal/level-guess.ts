/** Finds the field of documents that holds the level, and how levels are named there. */
import type { JsonValue } from '../../../event/event.ts';
import type { LevelNames } from '../../../config/decode/steps.ts';
import { levelReader } from '../../../ingest/decode/steps/levels.ts';
import type { SampleDocuments } from './documents.ts';

/** The levels that rules ask for. */
export const LEVELS: ReadonlySet<JsonValue> = new Set(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']);

const NAME = /^(?:log_?)?(?:level|lvl|severity|levelname|level_name|severity_?text|priority|@l)$/iu;

export interface LevelGuess {
  readonly path: string;
  /** Absent where levels are the words of rules already, in whatever case. */
  readonly names?: LevelNames;
}

const SHARE_MIN = 0.9;

const WAYS = ['words', 'pino', 'syslog', 'glog'] as const;

export function guessLevel({ count, values }: SampleDocuments): LevelGuess | undefined {
  const found = [...values]
    .filter(([path]) => NAME.test(path) || NAME.test(path.split('.').at(-1)!))
    .toSorted((a, b) => b[1].length - a[1].length);
  for (const [path, all] of found) {
    if (all.length < count / 20) continue;
    const isPlain = all.every((value) => typeof value === 'string' && LEVELS.has(value.toUpperCase()));
    if (isPlain) return { path };
    const names = WAYS.find((way) => shareOf(all, way) >= SHARE_MIN);
    if (names !== undefined) return { path, names };
  }
  return undefined;
}

function shareOf(values: readonly JsonValue[], names: LevelNames): number {
  const read = levelReader(names);
  return values.filter((value) => LEVELS.has(read(value))).length / values.length;
}
