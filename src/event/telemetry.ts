/** The reports of every step, without knowledge of pino or Prometheus: a log and named counts. */

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Field names are ECS's (`event.action`, `error.message`, `tocsin.source`). */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Every counter of the product; operate/metrics.ts holds the help text and the labels of each. */
export type CounterName =
  | 'events_in' // source, reader
  | 'events_matched' // rule
  | 'events_late' // source: arrived out of order, within the lateness
  | 'events_too_late' // source
  | 'events_future' // source
  | 'events_undecodable' // source
  | 'events_time_inferred' // source
  | 'events_cut' // source
  | 'events_not_utf8' // source, looks_like: the encoding that they are probably of
  | 'events_off_zone' // source: in time, but behind their arrival by a time zone, for a while
  | 'values_unfit' // source, field
  | 'group_missing' // rule
  | 'matches_too_late' // rule
  | 'matches_future' // rule
  | 'alerts_missed' // rule: alerts that late matches would have made, or would have prevented
  | 'matches_cut' // rule: left their window early, because a group had too many
  | 'groups_dropped' // rule
  | 'lines_lost' // source, reader: gone from the log before they were read, with a loud report
  | 'transactions_hanging' // source, reader: Kafka transactions that stayed open for longer than they are waited for
  | 'lines_torn' // source, reader: the rest of a line that was taken without its line end
  | 'files_gone' // source, reader: read as far as they were seen; what came to them later is lost
  | 'archive_written' // result: created, existing, undated
  | 'archive_retries' // status
  | 'dead_letters' // reason
  | 'state_lost' // kind: state.db was found to know less than it had known
  | 'deliveries' // receiver, result: sent, retried, failed, suppressed
  | 'template_failures' // channel
  | 'defects' // part: what escaped from a part of the process, which began again
  | 'clock_jumps'; // direction: ahead, back

/** Every gauge of the product. */
export type GaugeName =
  | 'position' // source, partition, reader
  | 'source_lag' // source, partition, reader: events or bytes not yet read
  | 'partition_halted' // source, partition, reader
  | 'archive_lag_seconds'
  | 'outbox_pending'
  | 'outbox_age_seconds'
  | 'rules_loaded'
  | 'rules_invalid'
  | 'live_groups' // rule
  | 'state_bytes' // rule
  | 'matches_waiting' // rule
  | 'rule_incomplete' // rule, reason
  | 'breaker_open'; // receiver

export type Labels = Readonly<Record<string, string | number>>;

export interface Telemetry {
  readonly log: Log;
  count(name: CounterName, labels: Labels, by?: number): void;
  gauge(name: GaugeName, labels: Labels, value: number): void;
}

const ignore = (): void => undefined;

/** For tests and for commands that have nowhere to report to. */
export const silent: Telemetry = {
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  count: ignore,
  gauge: ignore,
};
