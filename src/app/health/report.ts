/**
 * What `tocsin alerts` says beside the alerts: which rules are not evaluated completely, and which were changed lately. Reads what the
 * running process noted; where none is running, or it does not get on, that is what there is to say.
 */
import { readNotes, type RuleRow, type HealthRow } from '../../detect/store/notes.ts';
import { isHeld } from '../../detect/store/lock.ts';

export interface HealthReport {
  readonly incomplete: readonly HealthRow[];
  /** Changes of the last day, the newest first. */
  readonly changed: readonly Required<RuleRow>[];
}

const DAY_MS = 86_400_000;
/** It notes every few seconds that it works; this is a long time for that. */
const STUCK_AFTER_MS = 60_000;

/** `path`: of state.db. Throws FixableError. */
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
