/** Reads the end of a source, to look at some of its latest lines. No position is kept, no group is joined, and nothing is written. */
import type { DecodeConfig, SourceConfig } from '../config/config.ts';
import type { SourceKind, SourceKindConfigs } from '../config/sources/kinds.ts';
import { lineCount, withoutFirst, type Batch } from '../event/batch.ts';
import { sampleFiles } from './file/sample.ts';
import { sampleTopic } from './kafka/sample.ts';
import { createHeaderTaker, hasHeaders } from './header-lines.ts';
import { joiningOf } from './joining.ts';
import { createLineJoiner } from './line-joiner.ts';
import { recordsOnce, splittingOf } from './record-batches.ts';
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
  if ('skipped' in sampled) return sampled;
  const partitions = sampled.partitions.map(({ label, batches }) => {
    const events = eventsOf(batches, config.decode).filter((batch) => lineCount(batch) > 0);
    return { label, batches: events.map((batch, i) => ({ ...batch, atEnd: i === events.length - 1 })) };
  });
  return { partitions };
}

/** Returns the events of lines: joined, taken apart, without their headers. */
function eventsOf(batches: readonly Batch[], decode: DecodeConfig): readonly Batch[] {
  if (hasHeaders(decode)) return present(batches.map(createHeaderTaker()));
  const joined = joinedOf(batches, decode);
  const splitting = splittingOf(decode);
  if (splitting === undefined) return joined;
  return joined.flatMap((batch) => [...recordsOnce(batch, splitting)]);
}

function joinedOf(batches: readonly Batch[], decode: DecodeConfig): readonly Batch[] {
  const joining = joiningOf(decode);
  if (joining === undefined) return batches;
  const joiner = createLineJoiner(joining);
  return withoutRest(present([...batches.map((batch) => joiner.push(batch)), joiner.flush()]));
}

const present = (batches: readonly (Batch | undefined)[]): readonly Batch[] =>
  batches.filter((batch) => batch !== undefined);

/** Leaves out the first event where the partition was not read from its beginning: it may be the rest of one. */
function withoutRest(batches: readonly Batch[]): readonly Batch[] {
  const [first, ...others] = batches;
  if (first === undefined || first.offsets[0] === 0) return batches;
  return lineCount(first) === 1 ? others : [withoutFirst(first, 1), ...others];
}

function sampleAs<K extends SourceKind>(
  name: K,
  kind: SourceKindConfigs[K],
  config: SourceConfig,
  parts: SampleParts,
): Promise<SampledSource> {
  return kinds[name]({ ...config, kind }, parts);
}
