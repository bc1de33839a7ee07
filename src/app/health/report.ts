/**
 * Makes the part of `tocsin alerts` beside the alerts: the rules that are not evaluated completely, and the rules that were changed lately.
 * It reads the notes of the running process. Where no process runs, or it makes no progress, the report says that instead.
 */
import { readNotes, type RuleRow, type HealthRow } from '../../detect/store/notes.ts';
import { isHeld } from '../../detect/store/lock.ts';

export interface HealthReport {
  readonly incomplete: readonly HealthRow[];
  /** Changes of the last day, the newest first. */
  readonly changed: readonly Required<RuleRow>[];
}

const DAY_MS = 86_400_000;
/** A process notes every few seconds that it works. After this time without a note it counts as stuck. */
const STUCK_AFTER_MS = 60_000;

/** Reads the notes in the state file at `path`. Throws FixableError. */
export function healthReport(path: string, nowMs: number): HealthReport {
  const { workedAtMs, health = [], rules = [] } = readNotes(path);
  const quietMs = nowMs - (workedAtMs ?? -Infinity);
  const isRunning = isHeld(path) ?? quietMs < STUCK_AFTER_MS;
  const since = workedAtMs === undefined ? {} : { sinceMs: workedAtMs };
  const changed = rules.filter(isChange).filter(({ changedAtMs }) => nowMs - changedAtMs < DAY_MS);
  changed.sort((a, b) => b.changedAtMs - a.changedAtMs);
  if (!isRunning) {
    const detail = 'no `tocsin run` works on this data_dir: no rule is being evaluated';
    return { incomplete: [{ reason: 'not_running', ...since, detail }], changed };
  }
  if (quietMs <= STUCK_AFTER_MS) return { incomplete: health, changed };
  const detail =
    '`tocsin run` is there and evaluates nothing: it is starting, or its state cannot be written; see its log';
  return { incomplete: [{ reason: 'stuck', ...since, detail }], changed };
}

function isChange(row: RuleRow): row is Required<RuleRow> {
  return row.change !== undefined && row.changedAtMs !== undefined;
}
