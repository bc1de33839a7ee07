/** The latest lines of a source, as `tocsin check --sample` looks at them. */
import type { Batch } from '../event/batch.ts';
import type { Log } from '../event/telemetry.ts';

/** At most about this many lines of a source are looked at. */
export const SAMPLE_LINES = 1_000;

/** The latest lines of one partition, in order. */
export interface SampledPartition {
  /** The path of a file, or the partition of a topic. */
  readonly label: string;
  readonly batches: readonly Batch[];
}

/** The latest lines of a source, or the reason why none were read, in words. */
export type SampledSource =
  { readonly partitions: readonly SampledPartition[] } | { readonly skipped: string };

export interface SampleParts {
  readonly log: Log;
  readonly nowMs: number;
}
