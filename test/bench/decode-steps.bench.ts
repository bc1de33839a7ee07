/**
 * What steps behind `json` cost beside `json` alone, and what each preset of a pattern costs beside `dissect` on the same lines:
 * `node test/bench/decode-steps.bench.ts [LINES]`. A rule asks for a level and a word, and groups by a field. Both of a pair run in turns in
 * one process, by CPU time, and the ratio is the median: only that is worth comparing.
 */
import type { SourceConfig } from '../../src/config/config.ts';
import type { PresetName } from '../../src/config/decode/presets.ts';
import type { Batch } from '../../src/event/batch.ts';
import { makeSchema } from '../../src/event/schema.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { compileMatcher } from '../../src/match/matcher.ts';
import type { Rule } from '../../src/rule/ast.ts';
import { makeBatch } from '../support/byte-batch.ts';
import { and, countAlert, field, not, ruleOf, value } from '../support/conditions.ts';
import { mulberry32 } from '../support/timelines.ts';
import { decodingOf } from '../support/decoding.ts';
import { figure } from './figure.ts';

const COUNT = Number(process.argv[2] ?? 20_000);
const BATCH_LINES = 2_000;
const ROUNDS = 11;
const CLOCK_MS = Date.UTC(2026, 10, 27, 12);

const next = mulberry32(42);
const below = (limit: number): number => Math.floor(next() * limit);
const pick = <T>(of: readonly T[]): T => of[below(of.length)]!;
const words = (): string =>
  Array.from({ length: 6 + below(12) }, () => `w${below(5_000).toString(36)}`).join(' ');
const message = (): string => `${words()} ${next() < 0.02 ? 'timeout' : 'done'} ${words()}`;
const SERVICES = ['orders', 'payment', 'stock'];
const TIME = { field: 'time' };
const timeOf = (i: number): Date => new Date(CLOCK_MS - 60_000 + i);

const schema = makeSchema(
  ['level', 'service', 'route', 'message'].map((name) => ({
    name,
    type: name === 'message' ? ('text' as const) : ('keyword' as const),
    paths: name === 'level' ? ['log.level', 'level'] : [name],
  })),
  ['level', 'message'],
);
const when = and(field('level', 'ERROR'), value('timeout'));
const GROUPED = [
  ruleOf('level', { when, alert: countAlert(['level']) }),
  ruleOf('service', { when, alert: countAlert(['service']) }),
  ruleOf('route', { when, alert: countAlert(['route']) }),
];
/** What dissect gives has levels as they are written. */
const UNGROUPED = [
  ruleOf('r', { when: and(value('timeout'), not(field('level', 'NONE'))), alert: countAlert([]) }),
];

type Decoded = Pick<SourceConfig, 'decode' | 'timestamp'>;

/** A run over all batches; returns the number of matches. */
function runOf(settings: Decoded, batches: readonly Batch[], rules: readonly Rule[]): () => number {
  const decoder = createDecoder({ name: 'orders', latenessMs: 30_000, ...settings }, schema);
  const matcher = compileMatcher({ rules, schema });
  return () => {
    let matches = 0;
    let timing: string | undefined;
    for (const batch of batches) {
      const decoded = decoder.decode(batch, timing, matcher.kernel);
      timing = decoded.timing;
      matches += matcher.matchLines(decoded).columns.length;
    }
    return matches;
  };
}

function cpuSeconds(run: () => number): number {
  const from = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

/** Compares with the first of a pair. */
function compare(label: string, [base, other]: readonly [() => number, () => number]): void {
  const matches = [base(), other()];
  if (matches[0] !== matches[1]) throw new Error(`${label}: not the same lines match: ${matches.join(', ')}`);
  const rounds = Array.from({ length: ROUNDS }, () => [cpuSeconds(base), cpuSeconds(other)] as const);
  const ratio = median(rounds.map(([first, second]) => second / first));
  const micros = median(rounds.map(([, second]) => (second / COUNT) * 1e6));
  figure(`${label}: times the base`, ratio);
  process.stdout.write(
    `${label.padEnd(40)}${ratio.toFixed(2).padStart(7)} x ${micros.toFixed(2).padStart(8)} us a line (${matches[0]!} matches)\n`,
  );
}

const batchesOf = (line: (i: number) => string): readonly Batch[] =>
  Array.from({ length: Math.ceil(COUNT / BATCH_LINES) }, (_, at) =>
    makeBatch(
      Array.from({ length: BATCH_LINES }, (_line, i) => line(at * BATCH_LINES + i)),
      { readAtMs: CLOCK_MS },
    ),
  );

/** The keys and values that a program writes in its own way, and the same as a rule asks for them. */
interface Written {
  readonly level: readonly [key: string, values: readonly (string | number)[]];
  readonly time?: readonly [key: string, of: (at: Date) => unknown];
  readonly message?: string;
}

const ERRORS = ['DEBUG', 'INFO', 'INFO', 'INFO', 'WARN', 'ERROR'];
const NUMBERS = [20, 30, 30, 30, 40, 50];
const WORDS = ERRORS.map((level) => level.toLowerCase());

/** The lines of a program, and the same lines with `level` and `message` as rules ask for them, which need no step. */
function linesOf({
  level: [levelKey, values],
  time: [timeKey, time] = ['time', (at) => at],
  message: messageKey = 'message',
}: Written) {
  const made = Array.from({ length: COUNT }, (_, i) => {
    const level = below(ERRORS.length);
    const text = message();
    const line = (key: string, value: unknown, words: string): string =>
      JSON.stringify({
        [key]: value,
        [timeKey]: time(timeOf(i)),
        pid: 4711,
        hostname: `ip-10-${i % 256}-7`,
        service: SERVICES[i % SERVICES.length],
        route: `/orders/${(i * 7919) % 1_000_003}/items`,
        trace_id: ((i * 2_654_435_761) % 2 ** 40).toString(16),
        duration_ms: ((i * 7919) % 250_000) / 100,
        [words]: text,
        http: { method: 'GET', status: 200 + (i % 3) },
      });
    return {
      own: line(levelKey, values[level]!, messageKey),
      asAsked: line('level', ERRORS[level]!, 'message'),
    };
  });
  return { own: batchesOf((i) => made[i]!.own), asAsked: batchesOf((i) => made[i]!.asAsked) };
}

process.stdout.write(`beside json, ${COUNT} lines\n`);
const SET = { set: { env: 'production' } };
const MAP = { map: { level: { error: 'ERROR', warn: 'WARN' } } };
const REPLACE = { replace: { field: 'route', regex: '/[0-9]+', with: '/{id}' } };
const MS = (at: Date): number => at.getTime();
const SECONDS = (at: Date): number => at.getTime() / 1000;
const NUMBERED = ['level', NUMBERS] as const;
const LOWER = ['level', WORDS] as const;
const JSON_STEPS: readonly (readonly [
  label: string,
  written: Written,
  steps: unknown,
  timestamp?: unknown,
])[] = [
  ['json + set', { level: ['level', ERRORS] }, ['json', SET], TIME],
  ['json + set + levels', { level: NUMBERED }, ['json', SET, { levels: 'pino' }], TIME],
  ['json + map', { level: LOWER }, ['json', MAP], TIME],
  ['json + map + replace', { level: LOWER }, ['json', MAP, REPLACE], TIME],
  ['json + trim', { level: ['level', ERRORS] }, ['json', 'trim'], TIME],
  ['pino', { level: NUMBERED, time: ['time', MS] }, 'pino'],
  ['bunyan', { level: NUMBERED }, 'bunyan'],
  ['winston', { level: LOWER, time: ['timestamp', (at) => at] }, 'winston'],
  ['zap', { level: LOWER, time: ['ts', SECONDS] }, 'zap'],
  [
    'serilog',
    {
      level: ['@l', ['Debug', 'Information', 'Information', 'Information', 'Warning', 'Error']],
      time: ['@t', (at) => at],
      message: '@m',
    },
    'serilog',
  ],
  ['ecs', { level: ['log.level', WORDS], time: ['@timestamp', (at) => at] }, 'ecs'],
  [
    'gelf',
    { level: ['level', [7, 6, 6, 6, 4, 3]], time: ['timestamp', SECONDS], message: 'short_message' },
    'gelf',
  ],
  ['gcp', { level: ['severity', ERRORS], time: ['timestamp', (at) => at] }, 'gcp'],
];
for (const [label, written, steps, timestamp] of JSON_STEPS) {
  const { own, asAsked } = linesOf(written);
  const settings = decodingOf(steps, timestamp);
  const json = { ...decodingOf('json'), timestamp: settings.timestamp };
  compare(label, [runOf(json, asAsked, GROUPED), runOf(settings, own, GROUPED)]);
}

const iso = (i: number): string => timeOf(i).toISOString();
const LEVEL = (): string => pick(['DEBUG', 'INFO', 'INFO', 'INFO', 'WARN', 'ERROR']);
const lead = (i: number): string => iso(i).replace('T', ' ').slice(0, 23);
const TWO = (n: number): string => String(n).padStart(2, '0');
const clf = (i: number): string => {
  const at = timeOf(i);
  return `${TWO(at.getUTCDate())}/Nov/2026:${iso(i).slice(11, 19)} +0000`;
};
const access = (i: number): string =>
  `10.0.0.${i % 250} - bob [${clf(i)}] "GET /orders/${below(1e6)}/items HTTP/1.1" ${pick([200, 404, 500])} ${below(9e4)} "https://shop/" "Mozilla/5.0 (X11; Linux x86_64)"`;

/** A preset, its lines, and how dissect takes the same line apart. */
const PATTERNS: readonly (readonly [PresetName, (i: number) => string, string])[] = [
  [
    'spring_boot',
    (i) =>
      `${iso(i)}  ${LEVEL()} 4711 --- [shop] [nio-8080-exec-1] c.s.orders.Service          : ${message()}`,
    '%{time}  %{level} %{pid} --- [%{app}] [%{thread}] %{logger->} : %{message}',
  ],
  [
    'log4j',
    (i) => `${lead(i)} [main] ${LEVEL()} com.shop.Orders - ${message()}`,
    '%{time} [%{thread}] %{level} %{logger} - %{message}',
  ],
  [
    'tomcat',
    (i) => `27-Nov-2026 ${iso(i).slice(11, 23)} ${LEVEL()} [main] org.apache.Orders ${message()}`,
    '%{time} %{+time} %{level} [%{thread}] %{logger} %{message}',
  ],
  [
    'kafka_server',
    (i) => `[${lead(i).replace('.', ',')}] ${LEVEL()} ${message()} (kafka.server.Orders)`,
    '[%{time}] %{level} %{message} (%{logger})',
  ],
  [
    'nginx_access',
    access,
    '%{client} %{} %{user} [%{time}] "%{method} %{path} %{protocol}" %{status} %{bytes} "%{referer}" "%{agent}"',
  ],
  [
    'apache',
    access,
    '%{client} %{} %{user} [%{time}] "%{method} %{path} %{protocol}" %{status} %{bytes} "%{referer}" "%{agent}"',
  ],
  [
    'nginx_error',
    (i) =>
      `2026/11/27 ${iso(i).slice(11, 19)} [error] 31#31: *7 ${message()}, client: 10.0.0.1, server: shop, request: "GET /orders HTTP/1.1", upstream: "http://10.0.0.2/"`,
    '%{time} %{+time} [%{level}] %{pid}#%{thread}: *%{connection} %{message}, client: %{client}, server: %{server}, request: "%{request}", upstream: "%{upstream}"',
  ],
  [
    'postgres',
    (i) => `${lead(i)} UTC [4711] app@shop ${pick(['LOG', 'LOG', 'ERROR'])}:  ${message()}`,
    '%{time} %{+time} %{+time} [%{pid}] %{user}@%{database} %{level}:  %{message}',
  ],
  [
    'redis',
    (i) => `4711:M 27 Nov 2026 ${iso(i).slice(11, 23)} ${pick(['*', '#', '.'])} ${message()}`,
    '%{pid}:%{role} %{time} %{+time} %{+time} %{+time} %{level} %{message}',
  ],
  [
    'rabbitmq',
    (i) => `${lead(i)}000+00:00 [${pick(['info', 'error'])}] <0.712.0> ${message()}`,
    '%{time} %{+time} [%{level}] <%{process}> %{message}',
  ],
  [
    'python_logging',
    (i) => `${lead(i).replace('.', ',')} - shop.orders - ${LEVEL()} - ${message()}`,
    '%{time} - %{logger} - %{level} - %{message}',
  ],
  [
    'ruby_logger',
    (i) => `E, [${iso(i).slice(0, 23)}000 #4711] ${LEVEL().padStart(5)} -- shop: ${message()}`,
    '%{}, [%{time} #%{pid}] %{level->} -- %{program}: %{message}',
  ],
  [
    'monolog',
    (i) => `[${iso(i).slice(0, 23)}000+00:00] app.${LEVEL()}: ${message()} {"order":7} []`,
    '[%{time}] %{logger}.%{level}: %{message} {%{context}} []',
  ],
  [
    'go_log',
    (i) => `2026/11/27 ${iso(i).slice(11, 19)} orders.go:31: ${message()}`,
    '%{time} %{+time} %{file}:%{line}: %{message}',
  ],
  [
    'dotnet_console',
    (i) => `${iso(i)} ${pick(['info', 'fail'])}: Shop.Orders[0] ${message()}`,
    '%{time} %{level}: %{logger}[%{event}] %{message}',
  ],
];
process.stdout.write(`beside dissect, ${COUNT} lines\n`);
for (const [preset, line, pattern] of PATTERNS) {
  const batches = batchesOf(line);
  const settings = decodingOf(preset);
  const dissect = { steps: [{ kind: 'dissect' as const, patterns: [pattern] }] };
  compare(preset, [
    runOf({ decode: { ...settings.decode, ...dissect }, timestamp: settings.timestamp }, batches, UNGROUPED),
    runOf(settings, batches, UNGROUPED),
  ]);
}
