/** Reads a file of a layout as a source with some `decode` does, and says what became of its lines. */
import { parseConfig } from '../../src/config/load.ts';
import type { LogEvent, Schema } from '../../src/event/event.ts';
import { decodeAfterTheFact } from '../../src/ingest/decode/after-the-fact.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { openReplay, replayOptions } from '../../src/ingest/replay.ts';

const FIELDS = `fields:
  service: { path: [service.name, service, app], type: keyword }
  level: { path: [log.level, level], type: keyword, normalise: upper }
  message: { path: [message, msg], type: text }
`;

/** When the files are read. */
const NOW_MS = Date.UTC(2026, 10, 27, 12);

export interface ReadEvent {
  /** ISO 8601; undefined if the line has no time that could be read. */
  readonly time: string | undefined;
  readonly level: string | undefined;
  readonly message: string | undefined;
  readonly undecodable: string | undefined;
  readonly document: LogEvent['document'];
}

/** `source`: the keys of the source beside `stdin`, as one line of YAML (`decode: pino`). */
export async function readLayout(file: string, source: string): Promise<readonly ReadEvent[]> {
  const text = `sources: { s: { stdin: {}, ${source} } }\n${FIELDS}`;
  const { config, problems } = parseConfig(text, '/tocsin.yaml', {});
  if (config === undefined) throw new Error(JSON.stringify(problems));
  const { schema } = config;
  const [from] = config.sources;
  const events: ReadEvent[] = [];
  for (const partition of openReplay([file], replayOptions(from!, NOW_MS)))
    for await (const decoded of decodeAfterTheFact(partition.batches(), createDecoder(from!, schema)))
      for (const event of decoded.events) events.push(asRead(event, schema));
  return events;
}

function asRead(event: LogEvent, schema: Schema): ReadEvent {
  const value = (name: string): string | undefined => {
    const field = schema.fields.find((each) => each.name === name)!;
    return event.values(field)[0]?.toString();
  };
  return {
    time: event.timeInferred ? undefined : new Date(event.timeMs).toISOString(),
    level: value('level'),
    message: value('message'),
    undecodable: event.undecodable,
    document: event.document,
  };
}
