/** Reads each source at its end and judges how its lines are read: `tocsin check --sample`. No state is read or written. */
import type { Config, SourceConfig } from '../../config/config.ts';
import { FixableError } from '../../event/fixable-error.ts';
import { mapTexts, redactKnown } from '../../event/redact.ts';
import { silent } from '../../event/telemetry.ts';
import { judgeSample, type SampleVerdict } from '../../ingest/decode/faults/verdict.ts';
import { sampleSource } from '../../ingest/sample.ts';

/** The judgement of one source. */
export interface SampledCheck {
  readonly source: string;
  /** The files or partitions whose lines were looked at. */
  readonly of: readonly string[];
  readonly verdict?: SampleVerdict;
  /** The reason why nothing was looked at. */
  readonly skipped?: string;
  /** Set where the source cannot be read. */
  readonly problem?: { readonly message: string; readonly fix: string };
}

/** Judges all sources at once. */
export async function checkSamples(
  config: Pick<Config, 'sources' | 'schema'>,
  nowMs: number,
): Promise<readonly SampledCheck[]> {
  const checks = await Promise.all(config.sources.map((source) => checkSource(source, config.schema, nowMs)));
  return checks.map((check) => mapTexts(check, redactKnown));
}

async function checkSource(
  source: SourceConfig,
  schema: Config['schema'],
  nowMs: number,
): Promise<SampledCheck> {
  const { name } = source;
  try {
    const sampled = await sampleSource(source, { log: silent.log, nowMs });
    if ('skipped' in sampled) return { source: name, of: [], skipped: sampled.skipped };
    const of = sampled.partitions.map(({ label }) => label);
    const verdict = await judgeSample(
      source,
      schema,
      sampled.partitions.map(({ batches }) => batches),
    );
    return { source: name, of, verdict };
  } catch (error) {
    if (!(error instanceof FixableError)) throw error;
    return { source: name, of: [], problem: { message: error.message, fix: error.fix } };
  }
}
