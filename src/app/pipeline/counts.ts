/** Adds the counts of a decoded batch to the metrics of its source. */
import { lineCount, type Batch } from '../../event/batch.ts';
import { countByRule, type Matches } from '../../event/match-columns.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { countGarbled } from '../../ingest/encoding/count.ts';
import type { DecodedBatch } from '../../ingest/decode/decoder.ts';
import type { Missed } from '../../match/collector.ts';

export function countDecoded(
  telemetry: Telemetry,
  source: string,
  batch: Batch,
  { counts }: Pick<DecodedBatch, 'counts'>,
): void {
  telemetry.count('events_in', { source, reader: 'alert' }, lineCount(batch));
  telemetry.count('events_late', { source }, counts.late);
  telemetry.count('events_too_late', { source }, counts.tooLate);
  telemetry.count('events_future', { source }, counts.future);
  telemetry.count('events_undecodable', { source }, counts.undecodable);
  telemetry.count('events_time_inferred', { source }, counts.timeInferred);
  countGarbled(telemetry, source, counts.garbled);
  telemetry.count('events_cut', { source }, batch.cutLines);
}

const missedCounter = {
  group_missing: 'group_missing',
  too_late: 'matches_too_late',
  future: 'matches_future',
} as const;

/** Counts by rule the matches that it takes, and those that it does not take. */
export function countMatches(telemetry: Telemetry, matches: Matches, missed: readonly Missed[]): void {
  for (const [rule, count] of countByRule(matches)) telemetry.count('events_matched', { rule }, count);
  for (const { rule, reason, count } of missed) telemetry.count(missedCounter[reason], { rule }, count);
}

/**
 * Counts the values that do not fit the type of their field. Call it after the archive has read its fields: a value is judged when it is
 * read.
 */
export function countUnfit(telemetry: Telemetry, source: string, { counts }: DecodedBatch): void {
  for (const [field, count] of counts.unfit) telemetry.count('values_unfit', { source, field }, count);
}
