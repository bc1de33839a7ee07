/** Reads the end of a source, to look at some of its latest lines. No position is kept, no group is joined, and nothing is written. */
import type { SourceConfig } from '../config/config.ts';
import type { SourceKind, SourceKindConfigs } from '../config/sources/kinds.ts';
import { lineCount, type Batch } from '../event/batch.ts';
import { sampleFiles } from './file/sample.ts';
import { sampleTopic } from './kafka/sample.ts';
import { createLineJoiner } from './join-lines.ts';
import { joiningOf } from './joining.ts';
import type { SampledSource, SampleParts } from './sampled.ts';

type SampleKind<K extends SourceKind> = (
  config: SourceConfig & { readonly kind: SourceKindConfigs[K] },
  parts: SampleParts,
) => Promise<SampledSource>;

const kinds: { readonly [K in SourceKind]: SampleKind<K> } = {
  kafka: sampleTopic,
  file: sampleFiles,
  stdin: () =>
    Promise.resolve({ skipped: 'standard input is not looked at: nothing may be taken out of it' }),
};

/** Rejects with FixableError when the source cannot be read. */
export async function sampleSource(config: SourceConfig, parts: SampleParts): Promise<SampledSource> {
  const sampled = await sampleAs(config.kind.kind, config.kind, config, parts);
  const joining = joiningOf(config.decode);
  if ('skipped' in sampled || joining === undefined) return sampled;
  const partitions = sampled.partitions.map(({ label, batches }) => {
    const joiner = createLineJoiner(joining);
    const joined = [...batches.map((batch) => joiner.push(batch)), joiner.flush()];
    const whole = withoutRest(joined.filter((batch) => batch !== undefined));
    return { label, batches: whole.map((batch, i) => ({ ...batch, atEnd: i === whole.length - 1 })) };
  });
  return { partitions };
}

/** Leaves out the first event where the partition was not read from its beginning: it may be the rest of one. */
function withoutRest(batches: readonly Batch[]): readonly Batch[] {
  const [first, ...others] = batches;
  if (first === undefined || first.offsets[0] === 0) return batches;
  const { starts, ends, offsets } = first;
  const rest = { ...first, starts: starts.subarray(1), ends: ends.subarray(1), offsets: offsets.subarray(1) };
  return lineCount(rest) === 0 ? others : [rest, ...others];
}

function sampleAs<K extends SourceKind>(
  name: K,
  kind: SourceKindConfigs[K],
  config: SourceConfig,
  parts: SampleParts,
): Promise<SampledSource> {
  return kinds[name]({ ...config, kind }, parts);
}
