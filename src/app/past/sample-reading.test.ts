/** A sample is counted by what became of each of its events. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { replayBytes, replayOptions } from '../../ingest/replay.ts';
import { readSample, sampleEvents, type SampleCounts, type SampleEvent } from './sample-reading.ts';

const NOW_MS = Date.UTC(2026, 10, 27, 12);

async function read(
  bytes: Buffer,
  source: string,
  eventsMax?: number,
  onEvent?: (event: SampleEvent) => void,
): Promise<SampleCounts> {
  const text = `sources: { s: { stdin: {}, ${source} } }\nfields: { n: { type: long }, message: { type: text } }`;
  const { config } = parseConfig(text, '/tocsin.yaml', {});
  const [from] = config!.sources;
  const options = { ...replayOptions(from!, NOW_MS), label: 'f', writtenByMs: NOW_MS };
  const partition = replayBytes(bytes, options);
  return readSample(sampleEvents(partition.batches(), from!, config!.schema), eventsMax, onEvent);
}

const TIME = '2026-11-27T11:10:05Z';
/** A line of each kind. */
const LINES = {
  whole: Buffer.from(`{"@timestamp":"${TIME}","n":1,"message":"a"}\n`),
  undecodable: Buffer.from('no JSON\n'),
  untimed: Buffer.from('{"n":1}\n'),
  unfit: Buffer.from(`{"@timestamp":"${TIME}","n":"seven"}\n`),
  garbled: Buffer.from(`{"@timestamp":"${TIME}","message":"\u00ff"}\n`, 'latin1'),
  future: Buffer.from('{"@timestamp":"2027-11-27T11:10:05Z"}\n'),
  tooLate: Buffer.from('{"@timestamp":"2025-11-27T11:10:05Z"}\n'),
};
type Kind = keyof typeof LINES;

test('every line counts as what it is, however many there are', async () => {
  const kinds = fc.array(fc.constantFrom(...(Object.keys(LINES) as Kind[])), {
    maxLength: 5_000,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(kinds, async (drawn) => {
      // The first lines say how late is too late; so many behind them bear them out.
      const lines = [...Array<Kind>(50).fill('whole'), ...drawn];
      const count = (kind: Kind): number => lines.filter((each) => each === kind).length;
      const counts = await read(Buffer.concat(lines.map((kind) => LINES[kind])), 'decode: json');
      const whole = count('whole') + count('future') + count('tooLate');
      expect(counts).toEqual({
        events: lines.length,
        lines: lines.length,
        whole,
        wholeLines: whole,
        undecodable: count('undecodable'),
        untimed: count('untimed'),
        unfit: count('unfit'),
        garbled: count('garbled'),
        future: count('future'),
        tooLate: count('tooLate'),
      });
    }),
    { numRuns: 30 },
  );
});

test('lines that are joined are one event', async () => {
  const bytes = Buffer.from(`${TIME} a\n  at b\n\n  at c\n${TIME} d\n`);
  const seen: SampleEvent[] = [];
  const source = `decode: [{ dissect: '%{@timestamp} %{message}' }], multiline: { start: '^2026' }`;
  const counts = await read(bytes, source, undefined, (event) => seen.push(event));
  expect(counts).toMatchObject({ events: 2, whole: 2, lines: 5, wholeLines: 5 });
  expect(seen.map(({ lines, fields }) => [lines, fields])).toEqual([
    [4, [{ name: 'message', type: 'text', values: ['a\n  at b\n\n  at c'], unfit: 0 }]],
    [1, [{ name: 'message', type: 'text', values: ['d'], unfit: 0 }]],
  ]);
});

test('no more events are read than asked for', async () => {
  const counts = await read(Buffer.concat(Array<Buffer>(100).fill(LINES.whole)), 'decode: json', 7);
  expect(counts).toMatchObject({ events: 7, whole: 7 });
});

test('bytes that are not of the encoding count also where lines are written anew, or taken apart', async () => {
  const gbk = Buffer.concat([
    LINES.whole,
    Buffer.from(`{"@timestamp":"${TIME}","message":"`),
    Buffer.of(0xff, 0x22, 0x7d, 0x0a),
  ]);
  expect(await read(gbk, 'decode: json, encoding: gb18030')).toMatchObject({
    events: 2,
    whole: 1,
    garbled: 1,
  });
  const list = Buffer.concat([
    Buffer.from(`[{"@timestamp":"${TIME}","message":"`),
    Buffer.of(0xff),
    Buffer.from('"}]\n'),
  ]);
  expect(await read(list, 'decode: [json, each]')).toMatchObject({ events: 1, whole: 0, garbled: 1 });
});
