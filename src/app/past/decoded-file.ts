/** Reads a file as one of the sources does, and says of each event what became of it and what did not fit. */
import type { Readable } from 'node:stream';
import type { Config, SourceConfig } from '../../config/config.ts';
import type { JsonValue, Schema } from '../../event/event.ts';
import { documentLeaves } from '../../event/document-leaves.ts';
import { pathsOf } from '../../event/field-path.ts';
import { timeProblem } from '../../ingest/decode/time-problem.ts';
import { failedStep, type FailedStep } from '../../ingest/decode/steps/failed-step.ts';
import { LineNumbers } from '../../ingest/line-numbers.ts';
import { openReplay, replayOptions } from '../../ingest/replay.ts';
import { suggest } from '../../event/did-you-mean.ts';
import { asStartError, StartError } from '../start-error.ts';
import { sampleEvents, unfitFields, type SampleEvent } from './sample-reading.ts';

/** Something of an event that was not read. */
interface Flaw {
  /** In words that are the same for all events with it. */
  readonly kind: string;
  /** More, of this event. */
  readonly detail?: string;
}

export interface DecodedFileEvent extends SampleEvent {
  /** Number of its first line. */
  readonly line: number;
  readonly flaws: readonly Flaw[];
}

export interface DecodedFile {
  readonly source: SourceConfig;
  /** Fails with StartError where the file cannot be read. */
  readonly events: AsyncGenerator<DecodedFileEvent>;
}

/** `file`: `-` is standard input. `name`: the source; absent: the only one. Fails with StartError. */
export function decodedFile(
  config: Config,
  { file, name, nowMs, stdin }: { file: string; name: string | undefined; nowMs: number; stdin: Readable },
): DecodedFile {
  const source = sourceOf(config, name);
  return { source, events: events() };

  async function* events(): AsyncGenerator<DecodedFileEvent> {
    const numbers = new LineNumbers(source.encoding);
    const onBytes = numbers.take.bind(numbers);
    try {
      const options = { ...replayOptions(source, nowMs), onBytes };
      for (const partition of openReplay([file], options, stdin))
        for await (const sample of sampleEvents(partition.batches(), source, config.schema)) {
          const line = numbers.of(sample.event.position.offset);
          yield { ...sample, line, flaws: flawsOf(sample, source) };
        }
    } catch (error) {
      throw asStartError(error);
    }
  }
}

function sourceOf({ sources }: Config, name: string | undefined): SourceConfig {
  const names = sources.map((source) => source.name);
  const [only, second] = sources;
  if (name === undefined && second === undefined) return only!;
  const found = sources.find((source) => source.name === name);
  if (found !== undefined) return found;
  if (name === undefined)
    throw new StartError(
      3,
      'the configuration has several sources',
      `name the one that says how the file is decoded: --source NAME (${names.join(', ')})`,
    );
  throw new StartError(3, `there is no source \`${name}\``, suggest(name, names, 'sources', Infinity));
}

/** Returns what of an event was not read. */
export function flawsOf(sample: SampleEvent, source: SourceConfig): readonly Flaw[] {
  const { event } = sample;
  const flaws: Flaw[] = [];
  if (event.undecodable !== undefined) flaws.push({ kind: event.undecodable });
  else if (event.timeInferred) flaws.push(timeProblem(event.document, source.timestamp));
  for (const { name, type } of unfitFields(sample)) flaws.push({ kind: `a value of ${name} is no ${type}` });
  if (sample.isGarbled) flaws.push({ kind: 'bytes that are not of its encoding' });
  if (event.timeliness === 'future') flaws.push({ kind: 'more than 5 min ahead of the clock' });
  if (event.timeliness === 'too_late')
    flaws.push({ kind: 'too far behind the lines before it (`lateness`)' });
  return flaws;
}

/** Returns where the steps failed; undefined for an event that is decoded. */
export function failureOf({ event }: SampleEvent, { decode }: SourceConfig): FailedStep | undefined {
  return event.undecodable === undefined
    ? undefined
    : failedStep(decode.steps, event.line, event.undecodable);
}

/** Most values of an event that are shown beside its fields. */
const OTHERS_MAX = 50;

/** Returns what an event has that no field of the schema takes, by paths. */
export function otherValues({ event }: SampleEvent, schema: Schema): ReadonlyMap<string, JsonValue> {
  if (event.undecodable !== undefined) return new Map();
  const taken = new Set(schema.fields.flatMap(pathsOf));
  return new Map([...documentLeaves(event.document, OTHERS_MAX)].filter(([path]) => !taken.has(path)));
}
