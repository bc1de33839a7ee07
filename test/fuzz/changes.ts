/** Fuzzers of what a change to a project brings, and of what reads log lines by it: decoders, multi-line, rules, templates, configuration. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { StepConfig } from '../../src/config/decode/steps.ts';
import type { DecodeConfig, SourceConfig } from '../../src/config/config.ts';
import { defaultConfigText } from '../../src/config/default-text.ts';
import { parseConfig } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { lineCount } from '../../src/event/batch.ts';
import { Pattern } from '../../src/event/pattern.ts';
import { inSlices } from '../../src/event/slices.ts';
import { silent } from '../../src/event/telemetry.ts';
import { textOf } from '../../src/event/text-file.ts';
import { DecodedEvent } from '../../src/ingest/decode/decoded-event.ts';
import { createDecoder, type Decoder } from '../../src/ingest/decode/decoder.ts';
import { MULTILINE_KINDS, type MultilineConfig } from '../../src/config/decode/multiline.ts';
import { createLineJoiner } from '../../src/ingest/line-joiner.ts';
import { contentOf } from '../../src/notify/message/content.ts';
import { htmlMarkup } from '../../src/notify/channels/email/markup.ts';
import { slackMarkup } from '../../src/notify/channels/slack/markup.ts';
import { EMAIL_TEMPLATE } from '../../src/notify/channels/email/template.ts';
import { createTemplate } from '../../src/notify/templates/engine.ts';
import { checkTemplates } from '../../src/notify/templates/files.ts';
import { SLACK_TEMPLATE } from '../../src/notify/channels/slack/template.ts';
import { makeBatch } from '../support/byte-batch.ts';
import { examineRules } from '../support/examined-rules.ts';
import { notice } from '../support/notices.ts';
import { oddRuleBytes } from '../support/odd-rule-texts.ts';
import { orderSchema } from '../support/rule-context.ts';
import type { Random } from '../support/timelines.ts';
import type { Fuzzer } from './harness.ts';
import { mutated, oddBytes, oddText } from './odd-texts.ts';

const READ_AT_MS = Date.UTC(2026, 10, 27, 8);

// prettier-ignore
const LINE_PIECES = ['{"@timestamp":"2026-11-27T08:00:00Z","message":"', '"}', '{"a":', '[[', '{"message":{"service":', ']', '2026-11-27 08:00:00.123', 'ERROR', ' [pay] ', 'level=error ', 'msg="', '\\"', '\\u00', 'order_id=A17', 'a=', "b='", 'x=y,z=', '%{', '\tat a.b(C.java:1)', '1'.repeat(400), 'duration_ms=1e5 ', 'é', '|', ';', '=', '  '];
// prettier-ignore
const DISSECT_PIECES = ['%{@timestamp}', '%{level}', '%{service->}', '%{+message}', '%{+message/2}', '%{?skip}', '%{*key}', '%{&key}', '%{[a][b]}', '%{}', '%{', ' ', '] [', '|', '->', '%{message}'];
const TIME_FORMATS = [
  'iso8601',
  'epoch_s',
  'epoch_ms',
  'epoch_ns',
  'syslog',
  'yyyy-MM-dd HH:mm:ss.SSS',
  "dd ' ' ' ' MM  HH",
];

interface Decoding {
  readonly source: SourceConfig;
  readonly lines: readonly Uint8Array[];
}

const LATER_STEPS: readonly StepConfig[] = [
  ...['message', 'a', 'a.b', '__proto__', '@timestamp'].map((field) => ({ kind: 'kv', field }) as const),
  { kind: 'json', field: 'message', optional: true },
  { kind: 'regex', patterns: ['(?<a>\\w+)=(?<b>.*)', '(?<message>.)$'], field: 'a', optional: true },
  { kind: 'replace', field: 'a.b', regex: '\\d+', by: '{id}' },
  { kind: 'map', field: '__proto__', table: { x: 1 }, otherwise: false },
  { kind: 'levels', field: 'message', of: 'pino' },
  { kind: 'set', values: { a: '{message}{__proto__}', __proto__: 1, constructor: true } },
  { kind: 'set', values: { from: '{@host} {@file}', header: '{@kafka.headers.x}' } },
  { kind: 'regex', patterns: ['(?<a>.+)'], field: '@source' },
  { kind: 'trim' },
  { kind: 'strip_ansi', fields: ['message', 'a'] },
];

function anySource(random: Random): SourceConfig {
  const kind = random.pick(['json', 'logfmt', 'cri', 'docker', 'syslog', 'klog', 'w3c', 'dissect'] as const);
  const first: StepConfig =
    kind === 'w3c'
      ? { kind, fields: oddText(random, LINE_PIECES, 9_000) }
      : kind === 'dissect'
        ? { kind, patterns: [oddText(random, DISSECT_PIECES, 8_000)] }
        : { kind };
  const decode: DecodeConfig = {
    steps: [first, ...LATER_STEPS.filter(() => random.chance(20))],
    ...(random.chance(30) && {
      multiline: { by: 'start', pattern: '^\\d{4}-', waitMs: 1_000, linesMax: 1_000 },
    }),
  };
  const format = random.chance(90)
    ? random.pick(TIME_FORMATS)
    : oddText(random, ['yyyy', 'MM', 'dd', 'HH', "' '", 'S', ' '], 300);
  const timestamp = {
    path: random.pick([['@timestamp'], ['a', 'message'], ['message.service']]),
    format,
    timezone: 'Asia/Shanghai',
  };
  return { name: 'orders', kind: { kind: 'stdin', spoolBytes: 1 }, decode, timestamp, latenessMs: 1_000 };
}

export const decoders: Fuzzer<Decoding> = {
  name: 'decoders',
  input: (random) => ({
    source: anySource(random),
    lines: Array.from({ length: 1 + random.below(6) }, () =>
      oddBytes(random, oddText(random, LINE_PIECES, 200_000)),
    ),
  }),
  run({ source, lines }) {
    let decoder: Decoder;
    try {
      decoder = createDecoder(source, orderSchema);
    } catch (error) {
      ok(error instanceof RangeError && error.message.length < 20_000, String(error));
      return;
    }
    const { events, timing, counts } = decoder.decode(makeBatch(lines, { readAtMs: READ_AT_MS }), undefined);
    strictEqual(events.length, lines.length);
    for (const event of events) {
      ok(Number.isFinite(event.timeMs));
      for (const field of orderSchema.fields) ok(Array.isArray(event.values(field)));
      if (event instanceof DecodedEvent) event.exactDocument();
    }
    ok(counts.undecodable <= lines.length);
    JSON.parse(timing);
  },
};

// prettier-ignore
const PATTERN_PIECES = ['^', '$', '\\d', '\\w+', '\\s*', '(a|b)*', '[a-z]', '(\\w+[\\s:.-]?)+', '.*', '{1,9}', '{2,}', '+', '?', '|', '(?:', '(?<n>', '(?=', '\\1', '\\k<n>', '\\p{L}', '\\b', 'a', 'at ', '[^', '\\u0041', '(a+)+', '.{9}'];

interface Joining {
  readonly by: MultilineConfig['by'];
  readonly start: string;
  readonly batches: readonly (readonly Uint8Array[])[];
}

export const multiLine: Fuzzer<Joining> = {
  name: 'multi-line',
  input: (random) => ({
    by: random.pick(MULTILINE_KINDS),
    start: oddText(random, PATTERN_PIECES, 2_000),
    batches: Array.from({ length: 1 + random.below(3) }, () =>
      Array.from({ length: random.below(12) }, () =>
        oddBytes(
          random,
          oddText(random, [...LINE_PIECES, 'aaaaaaaab', 'word ', '2026-'], 100_000).replaceAll('\n', ' '),
        ),
      ),
    ),
  }),
  async run({ by, start, batches }) {
    let pattern: Pattern;
    try {
      pattern = new Pattern(start);
    } catch (error) {
      ok(error instanceof RangeError && error.message.length < 400, String(error));
      return;
    }
    const joiner = createLineJoiner({ lines: { by, pattern }, waitMs: 1_000, linesMax: 1_000 });
    const given: string[] = [];
    const got: string[] = [];
    let offset = 0;
    for (const lines of batches) {
      const batch = makeBatch(lines, { readAtMs: READ_AT_MS }, offset);
      offset += lines.length;
      given.push(...lines.map((line) => Buffer.from(line).toString('latin1').split('\n')).flat());
      const joined = await inSlices(joiner.pushing(batch));
      if (joined !== undefined) got.push(...linesIn(joined));
    }
    const last = joiner.flush();
    if (last !== undefined) got.push(...linesIn(last));
    // Every line comes out once, in its order; blank ones only within an event.
    deepStrictEqual(
      got.filter((line) => line !== ''),
      given.filter((line) => line !== ''),
    );
  },
};

function linesIn(batch: Parameters<typeof lineCount>[0]): readonly string[] {
  return Array.from({ length: lineCount(batch) }, (_, i) =>
    Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i])).toString('latin1').split('\n'),
  ).flat();
}

/** `dir`: a folder to write into. */
export function rules(dir: string): Fuzzer<Uint8Array> {
  const any = oddRuleBytes(20_000);
  return {
    name: 'rules',
    input: (random) => {
      const bytes = fc.sample(any, { seed: random.below(2 ** 31), numRuns: 1 })[0]!;
      return random.chance(10) ? oddBytes(random, Buffer.from(bytes).toString()) : bytes;
    },
    run: (bytes) => examineRules(dir, bytes),
  };
}

// prettier-ignore
const TEMPLATE_PIECES = ['{{title}}', '{{#each samples}}', '{{/each}}', '{{#each @root.samples}}', '{{#if owner}}', '{{else}}', '{{else if rule}}', '{{/if}}', '{{strong title}}', '{{link title runbookUrl}}', '{{link title title}}', '{{code (strong title)}}', '{{text}}', '{{../title}}', '{{#with labels}}', '{{/with}}', '{{labels.why}}', '{{{title}}}', '{{&title}}', '{{log title}}', '{{lookup . "a"}}', '{{> x}}', '{{!-- ', '--}}', '{{', '}}', '{{~title~}}', '<a href="', '">', '](', '<', 'javascript:', '{{#each steps}}{{this}}{{/each}}', '{{sampleText}}', '{{this}}', '{{@index}}', '{{[title]}}', '{{"title"}}', '{{#each title}}', '{{eq title rule}}'];
const HOSTILE_TITLE = '<!channel> <img src=x onerror=alert(1)> javascript:alert(1) {{title}} ](x)';

interface Rendering {
  readonly channel: 'slack' | 'email';
  readonly template: Uint8Array;
}

/** `dir`: a rules folder to write into. */
export function templates(dir: string): Fuzzer<Rendering> {
  mkdirSync(join(dir, 'templates'), { recursive: true });
  const content = contentOf({
    notice: notice({ rule: { ...notice().rule, title: HOSTILE_TITLE } }),
    possibleDuplicate: false,
  });
  return {
    name: 'templates',
    input(random) {
      const channel = random.pick(['slack', 'email'] as const);
      const shipped = channel === 'slack' ? SLACK_TEMPLATE : EMAIL_TEMPLATE;
      const text = random.chance(40)
        ? mutated(random, shipped, TEMPLATE_PIECES)
        : oddText(random, TEMPLATE_PIECES, 40_000);
      // What of the hostile title is looked for must not be the template's own.
      return { channel, template: oddBytes(random, text.replaceAll('<!channel>', '')) };
    },
    run({ channel, template }) {
      for (const name of ['slack', 'email'])
        writeFileSync(join(dir, 'templates', `${name}.hbs`), '{{title}}');
      writeFileSync(join(dir, 'templates', `${channel}.hbs`), template);
      const [markup, source] =
        channel === 'slack' ? [slackMarkup, SLACK_TEMPLATE] : [htmlMarkup, EMAIL_TEMPLATE];
      for (const { problems } of checkTemplates(dir))
        for (const { line, column, message, fix } of problems) {
          ok(line >= 1 && column >= 1, `${line}:${column}`);
          ok(message.length < 600 && fix !== '', message);
        }
      const render = createTemplate({
        name: channel,
        source,
        markup,
        telemetry: silent,
        templatesDir: join(dir, 'templates'),
      });
      const text = render(content, 2_000)?.text;
      ok(text !== undefined, 'the shipped template takes its place');
      ok(text.length < 500_000, `${text.length} characters`);
      ok(!text.includes('<!channel>') && !text.includes('<img'), 'a value got through as it is');
    },
  };
}

// prettier-ignore
const YAML_PIECES = ['sources:', '\n  ', '\n', ': ', '- ', '[', ']', '{', '}', ', ', '*a', '&a ', '<<: ', '*.log', '? ', '|', '>', '!!binary ', '---\n', '...\n', '# x', '"', "'", '${X}', '$${X}', '\n    decode: ', 'json', '{ dissect: "%{a}", multiline: { start: "(a+)+" } }', 'timestamp: { format: "yyyy" }', 'search_fields: ', 'routes: [{ to: [terminal] }]', 'channels: { terminal: {} }', 'a: &a [*a]', '30s', '1GiB', '127.0.0.1:1', 'true', '~', '{1..9}', '**/'];

interface Configuring {
  readonly bytes: Uint8Array;
}

const SECRET = 'CANARY-of-the-environment';

export const configuration: Fuzzer<Configuring> = {
  name: 'configuration',
  input: (random) => ({
    bytes: oddBytes(
      random,
      random.chance(60)
        ? mutated(random, defaultConfigText({ language: random.pick(['en', 'zh'] as const) }), YAML_PIECES)
        : oddText(random, YAML_PIECES, 200_000),
    ),
  }),
  run({ bytes }) {
    const read = textOf(bytes);
    if (!('text' in read)) return;
    const { config, problems } = parseConfig(read.text, '/srv/tocsin.yaml', { X: SECRET });
    strictEqual(config === undefined, problems.length > 0);
    const told = formatProblems(problems).text;
    ok(told.length < 200_000, `${told.length} characters are told`);
    ok(!told.includes(SECRET), 'a value of the environment is told');
    ok(!/\[object|call stack|is not a function|Cannot read/.test(told), told.slice(0, 2_000));
    for (const source of config?.sources ?? [])
      try {
        createDecoder(source, config!.schema);
      } catch (error) {
        ok(error instanceof RangeError, String(error));
      }
  },
};
