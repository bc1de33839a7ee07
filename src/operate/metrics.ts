/** Every metric of the product in one table, kept for Prometheus. Names begin with `tocsin_`, counters end in `_total`. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { CounterName, GaugeName, Labels, Log, Telemetry } from '../event/telemetry.ts';

interface MetricHelp {
  readonly help: string;
  readonly labels: readonly string[];
}

/** By name, without `tocsin_` and `_total`. */
export const counters: Readonly<Record<CounterName, MetricHelp>> = {
  events_in: { help: 'Events read, by reader (archive or alert)', labels: ['source', 'reader'] },
  events_matched: { help: 'Events that satisfied a condition of a rule', labels: ['rule'] },
  events_late: { help: 'Events out of order, within the lateness of their source', labels: ['source'] },
  events_too_late: { help: 'Events older than the watermark: archived, in no window', labels: ['source'] },
  events_future: {
    help: 'Events more than 5 minutes ahead of the clock: archived, in no window',
    labels: ['source'],
  },
  events_undecodable: {
    help: 'Lines that the decoder did not understand: archived as text',
    labels: ['source'],
  },
  events_time_inferred: {
    help: 'Events that were decoded and have no usable time: it was inferred',
    labels: ['source'],
  },
  events_not_utf8: {
    help: 'Lines with bytes that are not of the encoding of their source (UTF-8 by default): U+FFFD stands for them',
    labels: ['source', 'looks_like'],
  },
  events_off_zone: {
    help: 'Events whose times are behind their arrival by a whole number of quarters of an hour, for a minute and more',
    labels: ['source'],
  },
  events_cut: { help: 'Lines and events of several lines longer than their limits, cut', labels: ['source'] },
  values_unfit: { help: 'Values that do not fit the type of their field', labels: ['source', 'field'] },
  group_missing: { help: 'Matching events that lack a field of `by`', labels: ['rule'] },
  matches_too_late: {
    help: 'Matching events that came too late to count in a window of the rule',
    labels: ['rule'],
  },
  matches_future: {
    help: 'Matching events more than 5 minutes ahead of the clock: in no window of the rule',
    labels: ['rule'],
  },
  alerts_missed: {
    help: 'Alerts that were not told, or were told wrongly, because matching events came too late',
    labels: ['rule'],
  },
  matches_cut: {
    help: 'Events that left a window early, because a group had too many',
    labels: ['rule'],
  },
  groups_dropped: { help: 'Groups dropped because of max_groups', labels: ['rule'] },
  lines_lost: {
    help: 'Lines gone from their log before they were read, by reader (archive or alert)',
    labels: ['source', 'reader'],
  },
  transactions_hanging: {
    help: 'Kafka transactions open for longer than transaction_wait: what is behind them may come too late',
    labels: ['source', 'reader'],
  },
  lines_torn: {
    help: 'Lines whose beginning had been taken as a line before, for want of a line end',
    labels: ['source', 'reader'],
  },
  files_gone: {
    help: 'Files gone unseen, read as far as they had been seen: later lines of them are lost, if there were any',
    labels: ['source', 'reader'],
  },
  archive_written: {
    help: 'Documents in the archive, by result (created, existing, undated)',
    labels: ['result'],
  },
  archive_retries: { help: 'Writes to the archive tried again, by status', labels: ['status'] },
  dead_letters: { help: 'Documents that the archive refuses for good', labels: ['reason'] },
  state_lost: {
    help: 'Starts on a state that knows less than it has known, by what was found',
    labels: ['kind'],
  },
  deliveries: {
    help: 'Attempts to deliver, by result (sent, retried, failed, suppressed)',
    labels: ['receiver', 'result'],
  },
  template_failures: { help: 'Messages that fell back to the built-in form', labels: ['channel'] },
  defects: {
    help: 'Defects that ended a part of the process for a moment; it began again',
    labels: ['part'],
  },
  clock_jumps: { help: 'Steps of the clock of the machine of more than 5 s', labels: ['direction'] },
};

const gauges: Readonly<Record<GaugeName, MetricHelp>> = {
  position: { help: 'Offset of the next event', labels: ['source', 'partition', 'reader'] },
  source_lag: {
    help: 'Events (Kafka) or bytes (files) not yet read',
    labels: ['source', 'partition', 'reader'],
  },
  partition_halted: {
    help: '1: nothing more is read from it until a person decides',
    labels: ['source', 'partition', 'reader'],
  },
  archive_lag_seconds: { help: 'Age of the oldest event not yet durable in the archive', labels: [] },
  outbox_pending: { help: 'Messages decided and not yet delivered', labels: [] },
  outbox_age_seconds: { help: 'Age of the oldest message not yet delivered', labels: [] },
  rules_loaded: { help: 'Rules that run', labels: [] },
  rules_invalid: { help: '1: the rules folder is invalid and the last good rules run', labels: [] },
  rule_incomplete: { help: '1: the rule is not evaluated completely, and why', labels: ['rule', 'reason'] },
  live_groups: { help: 'Groups with state', labels: ['rule'] },
  state_bytes: { help: 'Memory that the groups of a rule take, about', labels: ['rule'] },
  matches_waiting: { help: 'Matches that are not settled yet', labels: ['rule'] },
  breaker_open: {
    help: '1: the receiver failed too often and is left alone for a while',
    labels: ['receiver'],
  },
};

export interface Metrics {
  readonly count: (name: CounterName, labels: Labels, by?: number) => void;
  readonly gauge: (name: GaugeName, labels: Labels, value: number) => void;
  /** Yields the exposition format of Prometheus, one metric with all its labels at a time. */
  parts(): AsyncIterable<string>;
  readonly contentType: string;
}

/** Creates a registry of its own. `process` adds the figures of Node for memory, CPU and event loop. */
export function createMetrics({ process = false }: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (process) collectDefaultMetrics({ register: registry });
  const make = <Name extends string, Metric>(
    table: Readonly<Record<Name, MetricHelp>>,
    create: (name: Name, help: MetricHelp) => Metric,
  ): ReadonlyMap<Name, Metric> =>
    new Map((Object.keys(table) as Name[]).map((name) => [name, create(name, table[name])]));
  const counting = make(
    counters,
    (name, { help, labels }) =>
      new Counter({ name: `tocsin_${name}_total`, help, labelNames: labels, registers: [registry] }),
  );
  const gauging = make(
    gauges,
    (name, { help, labels }) =>
      new Gauge({ name: `tocsin_${name}`, help, labelNames: labels, registers: [registry] }),
  );
  return {
    count: (name, labels, by = 1) => {
      if (by > 0) counting.get(name)!.inc({ ...labels }, by);
    },
    gauge: (name, labels, value) => {
      gauging.get(name)!.set({ ...labels }, value);
    },
    async *parts() {
      for (const { name } of registry.getMetricsAsArray())
        yield `${await registry.getSingleMetricAsString(name)}\n\n`;
    },
    contentType: registry.contentType,
  };
}

/** Writes the value of a label as the exposition format needs it. The format knows three escapes; a scrape with any other is refused. */
export function quotedLabel(value: string): string {
  return `"${value.replace(/[\\"]/gu, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** The telemetry that the parts of the product report to. */
export function createTelemetry(log: Log, metrics: Metrics): Telemetry {
  return { log, count: metrics.count, gauge: metrics.gauge };
}
