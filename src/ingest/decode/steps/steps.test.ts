/** The steps of `decode`, written as in tocsin.yaml, on lines as they come. */
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../config/load.ts';
import type { StepConfig } from '../../../config/decode/steps.ts';
import { compileEvents } from '../records.ts';
import { namesOf } from './names.ts';

/** The steps of a source whose `decode` is this. */
function stepsOf(decode: string): readonly StepConfig[] {
  const { config, problems } = parseConfig(
    `sources: { a: { stdin: {}, decode: ${decode} } }\n`,
    '/tocsin.yaml',
    {},
  );
  expect(problems).toEqual([]);
  return config!.sources[0]!.decode.steps;
}

/** The document of a line, or why there is none. */
function read(decode: string, line: string): unknown {
  const decoded = compileEvents({ steps: stepsOf(decode) })(line);
  return typeof decoded === 'string' ? decoded : decoded.document;
}

describe('steps on texts', () => {
  test.each<[string, string, string, unknown]>([
    [
      'a field that is JSON',
      '[json, json: { field: log }]',
      '{"a":1,"log":"{\\"b\\":2,\\"a\\":3}"}',
      { a: 3, b: 2 },
    ],
    [
      'a field that is no JSON',
      '[json, json: { field: log, optional: true }]',
      '{"log":"plain"}',
      { log: 'plain' },
    ],
    [
      'a field that should be JSON',
      '[json, json: { field: log }]',
      '{"log":"plain"}',
      'step 2 (json): not valid JSON',
    ],
    ['a field that is missing', '[json, logfmt: { field: log }]', '{}', 'step 2 (logfmt): no text in log'],
    [
      'numbers as they are written',
      '[json, trim]',
      '{"a":1.0,"b":12345678901234567890,"c":[0.5,{"d":-0}],"e":"1.0"}',
      { a: '1.0', b: '12345678901234567890', c: [0.5, { d: '-0' }], e: '1.0' },
    ],
    ['logfmt of a field', '[json, logfmt: { field: log }]', '{"log":"a=1 b"}', { a: '1', b: true }],
    [
      'pairs, which overwrite nothing',
      '[json, kv: { field: m }]',
      '{"m":"x a=2 b=3","a":1}',
      { m: 'x a=2 b=3', a: 1, b: '3' },
    ],
    [
      'grok, with a field in a field and with types',
      `[grok: '%{IP:client.ip} %{WORD:[http][verb]} %{NUMBER:ms:float}ms %{INT:n:int}']`,
      '10.0.0.1 GET 12.50ms +7',
      { 'client.ip': '10.0.0.1', 'http.verb': 'GET', ms: 12.5, n: 7 },
    ],
    [
      'grok whose numbers are none, or none that a double holds',
      `[grok: '%{DATA:a:int} %{DATA:b:float} %{DATA:c:int} %{NOTSPACE:d:int}']`,
      'x y 12345678901234567890 12.7',
      { a: 'x', b: 'y', c: '12345678901234567890', d: 12 },
    ],
    [
      'grok with patterns of its own, which go before the core set',
      `[grok: { pattern: ['%{ORDER:o}!', '%{ORDER:o} %{INT:n}'], patterns: { ORDER: 'no\\.%{ID:id}', ID: '[A-Z]{2}\\d+', INT: '[a-z]+' } }]`,
      'no.AB7 one',
      { o: 'no.AB7', id: 'AB7', n: 'one' },
    ],
    [
      'parts that share a field, or took no part',
      `[grok: '^%{WORD:a}(?: %{WORD:a})?(?: %{WORD:b})?(?: %{INT:c})?$']`,
      'x y z',
      { a: ['x', 'y'], b: 'z' },
    ],
    [
      'grok of a field that does not fit',
      `[json, { grok: '%{INT:n}', field: m, optional: true }]`,
      '{"m":"x"}',
      { m: 'x' },
    ],
    ['grok that does not fit', `[grok: '%{IP:a}']`, 'x', 'the pattern does not fit'],
    ['no grok that fits', `[grok: ['%{IP:a}', '%{INT:a}']]`, 'x', 'none of 2 patterns fits'],
    ['the first dissect that fits', `[dissect: ['[%{a}] %{m}', '%{b}: %{m}']]`, 'x: y', { b: 'x', m: 'y' }],
    ['no dissect that fits', `[dissect: ['[%{a}] %{m}', '%{b}: %{m}']]`, 'x', 'none of 2 patterns fits'],
    [
      'a regex',
      `[regex: '^(?<verb>[A-Z]+) (?<path>\\S+)(?<query>\\?\\S+)?']`,
      'GET /a b',
      { verb: 'GET', path: '/a' },
    ],
    [
      'a regex of a field',
      `[json, { regex: '#(?<order>\\d+)', field: m }]`,
      '{"m":"order #7"}',
      { m: 'order #7', order: '7' },
    ],
    ['a regex that does not fit', `[regex: '^(?<a>\\d)']`, 'x', 'the pattern does not fit'],
    [
      'a regex on a line that is too long',
      `[regex: '(?<a>x*)y']`,
      'x'.repeat(3_000_000),
      /^longer than the \d+ characters/,
    ],
  ])('%s', (_name, decode, line, expected) => {
    const got = read(decode, line);
    if (expected instanceof RegExp) expect(got).toMatch(expected);
    else expect(got).toEqual(expected);
  });
});

describe('lines in envelopes', () => {
  const time = '2026-11-27T11:10:05.123Z';
  test.each<[string, string, string, unknown]>([
    ['cri', '[cri]', `${time} stdout F {"a":1}`, { time, stream: 'stdout', message: '{"a":1}' }],
    [
      'cri in parts',
      '[cri]',
      `${time} stderr P one \n${time} stderr F two\n${time} stderr F three`,
      { time, stream: 'stderr', message: 'one two\nthree' },
    ],
    ['cri without a text', '[cri]', `${time} stdout F`, { time, stream: 'stdout', message: '' }],
    [
      'cri and its JSON',
      '[cri, json: { field: message, optional: true }]',
      `${time} stdout F {"time":"t"}`,
      { time: 't', stream: 'stdout' },
    ],
    ['no cri', '[cri]', 'Nov 27 text', 'no time, stream and F or P of a container runtime'],
    [
      '[docker]',
      '[docker]',
      `{"log":"one\\n","stream":"stdout","time":"${time}"}`,
      { message: 'one', stream: 'stdout', time },
    ],
    [
      'docker in parts',
      '[docker]',
      `{"log":"one ","time":"1"}\n{"log":"two\\n","time":"2"}`,
      { message: 'one two', time: '1' },
    ],
    ['no docker', '[docker]', '{"msg":"x"}', 'no JSON with `log`'],
    [
      '[klog]',
      '[klog]',
      'E1127 11:10:05.123456    1234 controller.go:200] order sync failed',
      {
        level: 'E',
        time: '1127 11:10:05.123456',
        thread: '1234',
        file: 'controller.go',
        line: '200',
        message: 'order sync failed',
      },
    ],
    [
      'klog with pairs',
      '[klog]',
      'I1127 11:10:05.123456 1 a.go:1] "Recon\\"ciling" order="7" line=9',
      {
        level: 'I',
        time: '1127 11:10:05.123456',
        thread: '1',
        file: 'a.go',
        line: '1',
        message: 'Recon"ciling',
        order: '7',
      },
    ],
    [
      'RFC 5424',
      '[syslog]',
      `<131>1 ${time} h1 shop 77 ID47 [ex@1 order="7" note="a \\"b\\]"][x host="y"] \ufefffailed`,
      {
        facility: 'local0',
        severity: 3,
        time,
        host: 'h1',
        app: 'shop',
        pid: '77',
        msgid: 'ID47',
        order: '7',
        note: 'a "b]',
        'x.host': 'y',
        message: 'failed',
      },
    ],
    [
      'RFC 5424 with hyphens',
      '[syslog]',
      `<134>1 ${time} h1 shop - - - ok`,
      { facility: 'local0', severity: 6, time, host: 'h1', app: 'shop', message: 'ok' },
    ],
    [
      'RFC 5424 whose data do not end',
      '[syslog]',
      `<134>1 ${time} h1 shop - - [x a="b ok`,
      'the structured data of syslog does not end',
    ],
    [
      'RFC 3164',
      '[syslog]',
      '<38>Nov  7 11:10:05 h1 sshd[77]: Failed password',
      {
        facility: 'auth',
        severity: 6,
        time: 'Nov  7 11:10:05',
        host: 'h1',
        app: 'sshd',
        pid: '77',
        message: 'Failed password',
      },
    ],
    [
      'RFC 3164 as rsyslog writes it',
      '[syslog]',
      `${time} h1 kernel: oom`,
      { time, host: 'h1', app: 'kernel', message: 'oom' },
    ],
    ['no syslog', '[syslog]', 'x', 'no time, host and program of syslog'],
  ])('%s', (_name, decode, line, expected) => {
    expect(read(decode, line)).toEqual(expected);
  });
});

describe('steps on values', () => {
  test.each<[string, string, string, unknown]>([
    [
      'constants, and fields in braces',
      `[json, set: { service: shop, n: 1, ref: '{a}-{b.c}', none: '{x}' }]`,
      '{"a":1,"b":{"c":"z"}}',
      JSON.parse('{"a":1,"b":{"c":"z"},"service":"shop","n":1,"ref":"1-z"}'),
    ],
    [
      'a map',
      `[json, map: { log.level: { '50': ERROR, true: 'yes', else: keep }, x: { a: 1, else: 2 } }]`,
      '{"log":{"level":[50,true,"z",null]},"x":"b"}',
      { log: { level: ['ERROR', 'yes', 'z', null] }, x: 2 },
    ],
    ['pino', '[json, levels: pino]', '{"level":35}', { level: 'INFO' }],
    [
      'the short words of Serilog',
      '[json, levels: words]',
      '{"level":["VRB","DBG","INF","WRN","ERR","FTL"]}',
      { level: ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] },
    ],
    ['words', '[json, { levels: words, field: severity }]', '{"severity":"Critical"}', { severity: 'FATAL' }],
    [
      '[syslog]',
      '[syslog, { levels: syslog, field: severity }]',
      '<3>Nov 27 11:10:05 h a: x',
      { facility: 'kern', severity: 'ERROR', time: 'Nov 27 11:10:05', host: 'h', app: 'a', message: 'x' },
    ],
    [
      'otel',
      '[json, { levels: otel, field: n }]',
      '{"n":[17,1,24,0,25,"x"]}',
      { n: ['ERROR', 'TRACE', 'FATAL', 0, 25, 'x'] },
    ],
    ['glog', '[json, { levels: glog, field: n }]', '{"n":["W","X"]}', { n: ['WARN', 'X'] }],
    [
      'replace',
      `[json, replace: { field: http.route, regex: '/\\d+', with: '/{id}' }]`,
      '{"http":{"route":"/orders/7/items/8"}}',
      { http: { route: '/orders/{id}/items/{id}' } },
    ],
    [
      'trim of everything',
      '[json, trim]',
      '{"a":" x ","b":{"c":[" y"]},"__proto__":" z"}',
      JSON.parse('{"a":"x","b":{"c":["y"]},"__proto__":"z"}'),
    ],
    ['trim of a field', '[json, trim: a]', '{"a":" x ","b":" y"}', { a: 'x', b: ' y' }],
    [
      'colours',
      '[json, strip_ansi]',
      '{"level":"\\u001b[31merror\\u001b[39m","t":"\\u001b]0;title\\u0007a\\u001b[K"}',
      { level: 'error', t: 'a' },
    ],
  ])('%s', (_name, decode, line, expected) => {
    expect(read(decode, line)).toEqual(expected);
  });

  test('levels with names that every object has stay', () => {
    expect(read('[json, levels: words]', '{"level":["constructor","__proto__"]}')).toEqual({
      level: ['constructor', '__proto__'],
    });
  });

  test('texts that grow without bound end in words', () => {
    const doubled = Array.from({ length: 30 }, () => "set: { m: '{m}{m}' }").join(', ');
    expect(read(`[json, ${doubled}]`, '{"m":"xx"}')).toMatch(
      /^step \d+ \(set\): a text grows beyond 2097152 characters$/,
    );
    const grown = `[json, replace: { field: m, regex: '\\d', with: '${'y'.repeat(600)}' }]`;
    expect(read(grown, `{"m":"${'1'.repeat(950_000)}"}`)).toBe(
      'step 2 (replace): a text grows beyond 2097152 characters',
    );
  });

  test('a document of any depth is read', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(read('[json, trim, strip_ansi]', `{"a":" x","b":1.0,"deep":${deep}}`)).toMatchObject({ a: 'x' });
  });
});

test('the names that a source can give are known where its steps say them', () => {
  const names = (decode: string) => [...(namesOf(stepsOf(decode)) ?? ['anything'])];
  expect(names(`[cri, { regex: '(?<a>x)(?<b>y)', field: message }, set: { c: 1 }]`)).toEqual([
    'time',
    'stream',
    'message',
    'a',
    'b',
    'c',
  ]);
  expect(names(`{ dissect: '%{a} %{b}' }`)).toEqual(['a', 'b']);
  expect(names(`[dissect: '%{*a} %{&a}']`)).toEqual(['anything']);
  expect(names(`[grok: '%{SYSLOGPROG} %{INT:[a][b]}']`)).toEqual(['program', 'pid', 'a.b']);
  expect(names('[cri, json: { field: message }]')).toEqual(['anything']);
});
