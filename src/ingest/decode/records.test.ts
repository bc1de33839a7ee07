/** Lines taken apart by `each`, written as in tocsin.yaml, and the records decoded. */
import { describe, expect, test } from 'vitest';
import type { DecodeConfig } from '../../config/config.ts';
import { parseConfig } from '../../config/load.ts';
import { compileEvents, keptWhole, recordCount, recordReader, recordTexts } from './records.ts';
import { namesOf } from './steps/names.ts';

function decodingOf(decode: string): DecodeConfig {
  const text = `sources: { a: { stdin: {}, decode: ${decode} } }\n`;
  const { config, problems } = parseConfig(text, '/tocsin.yaml', {});
  expect(problems).toEqual([]);
  return config!.sources[0]!.decode;
}

/** The documents of the records of a line, each undecodable one in words; or why the line cannot be taken apart. */
function documents(decode: string, line: string): unknown {
  const decoding = decodingOf(decode);
  const groups = recordReader(decoding.steps)!(line);
  if (typeof groups === 'string') return groups;
  const decodeRecord = compileEvents(decoding);
  const texts = [...recordTexts(groups, 0)];
  expect(texts).toHaveLength(recordCount(groups));
  return texts.map((text) => {
    const decoded = decodeRecord(text);
    return typeof decoded === 'string' ? decoded : decoded.document;
  });
}

const cri = (text: string): string => `2026-11-27T11:10:05Z stdout F ${text}`;

describe('each', () => {
  test.each<[string, string, string, unknown]>([
    ['an array at the root', '[each]', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['the same, written with a dot', "[each: '.']", '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['an empty array', '[each]', '[]', []],
    ['an object at the root', '[each]', '{"a":1}', [{ a: 1 }]],
    [
      'elements that are no objects',
      '[each]',
      '[5,"{\\"a\\":1}",null,[{"a":1}],{"a":2}]',
      [...Array.from({ length: 4 }, () => 'an element that is no JSON object'), { a: 2 }],
    ],
    ['a root that is none', '[each]', '5', 'not a JSON array'],
    ['no JSON', '[each]', 'plain', 'not a JSON array'],
    [
      'a text of JSON behind an envelope',
      '[cri, each]',
      cri('[{"a":1}]'),
      [{ time: '2026-11-27T11:10:05Z', stream: 'stdout', a: 1 }],
    ],
    ['an envelope around something else', '[cri, each]', cri('plain'), 'not a JSON array'],
    ['no envelope', '[cri, each]', '[{"a":1}]', 'no time, stream and F or P of a container runtime'],
    ['no message', '[json, each]', '{"a":1}', 'no text in message'],
    [
      'a field, whose document joins each record; its own keys win',
      '[json, each: events]',
      '{"host":"h","a":0,"events":[{"a":1},{"b":2}]}',
      [
        { host: 'h', a: 1 },
        { host: 'h', a: 0, b: 2 },
      ],
    ],
    ['a field without a step before it', '[each: events]', '{"events":[{"a":1}]}', [{ a: 1 }]],
    ['a field that is null', '[each: events]', '{"events":null}', []],
    ['a field that is an object', '[each: events]', '{"h":1,"events":{"a":1}}', [{ h: 1, a: 1 }]],
    ['a field that is JSON in a text', '[each: events]', '{"events":"[{\\"a\\":1}]"}', [{ a: 1 }]],
    ['a field that is a text', '[each: events]', '{"events":"x"}', 'not a JSON array at events'],
    ['a field that is a number', '[each: events]', '{"events":1}', 'not a JSON array at events'],
    ['a field that is missing', '[each: events]', '{"event":[]}', 'no array at events'],
    ['a line that is no object', '[each: events]', '[{"events":[]}]', 'not a JSON object'],
    [
      'a path through arrays of objects',
      '[each: a.b.c]',
      '{"x":1,"a":[{"y":2,"b":{"z":3,"c":[{"n":1},{"n":2}]}},{"y":4,"b":[{"c":[{"n":3}]},{"w":1}]}]}',
      [
        { x: 1, y: 2, z: 3, n: 1 },
        { x: 1, y: 2, z: 3, n: 2 },
        { x: 1, y: 4, n: 3 },
      ],
    ],
    ['a key with a dot', '[each: a.b]', '{"a.b":[{"n":1}]}', [{ n: 1 }]],
    ['an empty array on the way', '[each: a.b]', '{"a":[]}', []],
    ['a path that ends too early everywhere', '[each: a.b]', '{"a":[{"c":[]}]}', 'no array at a.b'],
    [
      'a value on the way that is no object',
      '[each: a.b]',
      '{"a":[{"b":[]},5]}',
      'a value that is no object on the way to a.b',
    ],
    [
      'numbers as they are written',
      '[each]',
      '[{"a":1.0,"b":12345678901234567890,"c":7}]',
      [{ a: '1.0', b: '12345678901234567890', c: 7 }],
    ],
    [
      'keys that objects inherit',
      '[each: e]',
      '{"__proto__":{"x":1},"e":[{"constructor":2}]}',
      [JSON.parse('{"__proto__":{"x":1},"constructor":2}')],
    ],
    [
      'steps before it work on the line, steps behind it on the record, texts on its message',
      '[json, set: { from: "{host}!" }, each: events, json: { optional: true }, levels: words]',
      '{"host":"h","events":[{"message":"{\\"level\\":\\"warn\\"}"},{"message":"plain","level":"err"}]}',
      [
        { host: 'h', from: 'h!', level: 'WARN' },
        { host: 'h', from: 'h!', message: 'plain', level: 'ERROR' },
      ],
    ],
    ['pairs in the message', '[each, kv]', '[{"message":"x a=1"}]', [{ message: 'x a=1', a: '1' }]],
    [
      'a record that a step cannot read',
      '[each, json]',
      '[{"message":"x"}]',
      ['step 2 (json): not valid JSON'],
    ],
    ['a document that is skipped', '[each: { field: e, skip: { kind: 7 } }]', '{"kind":7,"e":[{"a":1}]}', []],
    [
      'one that is not',
      '[each: { field: e, skip: { kind: 7 } }]',
      '{"kind":8,"e":[{"a":1}]}',
      [{ kind: 8, a: 1 }],
    ],
  ])('%s', (_name, decode, line, expected) => {
    expect(documents(decode, line)).toEqual(expected);
  });

  test('a line that is nested too deeply, or would become too large, is not taken apart', () => {
    const deep = `[{"a":${'['.repeat(3_000)}${']'.repeat(3_000)}}]`;
    expect(documents('[each]', deep)).toBe('its records are nested too deeply');
    const large = `{"x":"${'x'.repeat(500_000)}","e":[${Array.from({ length: 200 }, () => '{}').join()}]}`;
    expect(documents('[each: e]', large)).toBe('its records would be larger than 64 MiB together');
  });

  test('no number of keys around many records holds up what comes behind', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `"k${i}":${i}`).join();
    const empty = `{${keys},"a":[${Array.from({ length: 30_000 }, () => '{"b":[]}').join()}]}`;
    const many = `{${keys},"b":[${Array.from({ length: 200 }, () => '{"k0":"own"}').join()}]}`;
    const beganAtMs = performance.now();
    expect(documents('[each: a.b]', empty)).toEqual([]);
    expect(documents('[each: b]', many)).toHaveLength(200);
    expect(performance.now() - beganAtMs).toBeLessThan(20_000);
  });

  test('a line that cannot be taken apart keeps its reason, and is never taken for a record', () => {
    const decode = compileEvents(decodingOf('[each: events, otel]'));
    const line = '{"event":[]}';
    expect(keptWhole(line)).toBe(`[${line}]`);
    expect(decode(`[${line}]`)).toBe('no array at events');
    expect(keptWhole('plain')).toBeUndefined();
    expect(decode('plain')).toBe('not valid JSON');
    expect(decode('{"a":1}')).toBe('step 2 (otel): no record of OpenTelemetry');
  });

  test('lines name their fields themselves', () => {
    expect(namesOf(decodingOf('[each, otel]').steps)).toBeUndefined();
  });
});

describe('records of OpenTelemetry', () => {
  const record = (keys: object, around: object = {}): unknown =>
    documents('otlp', JSON.stringify({ resourceLogs: [{ ...around, scopeLogs: [{ logRecords: [keys] }] }] }));

  test.each<[string, object, object]>([
    ['a number of the severity', { severityNumber: 21 }, { severityNumber: 21, level: 'FATAL' }],
    [
      'its text',
      { severityNumber: 0, severityText: 'Warning' },
      { severityNumber: 0, severityText: 'Warning', level: 'WARN' },
    ],
    [
      'its name',
      { severityNumber: 'SEVERITY_NUMBER_ERROR2' },
      { severityNumber: 'SEVERITY_NUMBER_ERROR2', level: 'ERROR' },
    ],
    ['no time', { timeUnixNano: '0', observedTimeUnixNano: '7' }, { observedTimeUnixNano: '7' }],
    [
      'a body of keys',
      { body: { kvlistValue: { values: [{ key: 'a', value: { intValue: '7' } }] } } },
      { a: 7 },
    ],
    [
      'a body that is an array',
      { body: { arrayValue: { values: [{ boolValue: true }] } } },
      { message: '[true]' },
    ],
    ['an empty body', { body: {} }, {}],
    [
      'values of every kind',
      {
        attributes: [
          { key: 'i', value: { intValue: '12345678901234567890' } },
          { key: 'd', value: { doubleValue: 0.5 } },
          { key: 'l', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: 2 }] } } },
          { key: 'm', value: { kvlistValue: { values: [{ key: 'n', value: { bytesValue: 'AA==' } }] } } },
          { key: 'e', value: {} },
          { key: 'new', value: { newValue: 1 } },
          { value: { intValue: 1 } },
          5,
        ],
      },
      { i: '12345678901234567890', d: 0.5, l: ['a', 2], m: { n: 'AA==' }, e: null, new: { newValue: 1 } },
    ],
  ])('%s', (_name, keys, expected) => {
    expect(record(keys)).toEqual([expected]);
  });

  test('attributes of the resource are there unless the record says otherwise', () => {
    const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
    const resource = { attributes: [attribute('service.name', 'shop'), attribute('pod', 'a')] };
    expect(record({ body: { stringValue: 'x' }, attributes: [attribute('pod', 'b')] }, { resource })).toEqual(
      [{ 'service.name': 'shop', pod: 'b', message: 'x' }],
    );
  });

  test('a line of traces is kept and counted', () => {
    expect(documents('otlp', '{"resourceSpans":[]}')).toBe('no array at resourceLogs.scopeLogs.logRecords');
  });
});

test.each<[string, RegExp]>([
  ['[each, each: a]', /taken apart once/],
  ['[otlp, each]', /taken apart once/],
  ['[each: { skip: { a: b } }]', /`skip` asks a document/],
  ['[each: { field: a, skip: {} }]', /names no field/],
  ['[{ each: a, optional: true }]', /`optional` does nothing beside `each`/],
  ['[{ each: a, otel: }]', /a step does one thing/],
])('%s is refused', (decode, reason) => {
  const { problems } = parseConfig(`sources: { a: { stdin: {}, decode: ${decode} } }\n`, '/tocsin.yaml', {});
  expect(problems.map(({ message }) => message).join()).toMatch(reason);
});

test('a preset reads its batches behind an envelope too', () => {
  const text = JSON.stringify({
    messageType: 'DATA_MESSAGE',
    logEvents: [{ timestamp: 7, message: '{"a":1}' }],
  });
  expect(documents('[cri, cloudwatch]', cri(text))).toEqual([
    {
      time: '2026-11-27T11:10:05Z',
      stream: 'stdout',
      messageType: 'DATA_MESSAGE',
      timestamp: 7,
      'cloudwatch.time': '7',
      a: 1,
    },
  ]);
});
