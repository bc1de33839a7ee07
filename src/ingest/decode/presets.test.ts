/** Logs as many programs write them are read whole, by a preset or by the configuration beside them; docs/reading.md shows both. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readLayout } from '../../../test/support/read-layout.ts';
import { presets, type Preset } from '../../config/decode/presets.ts';
import { linearPattern } from '../../event/linear-pattern.ts';

const FOLDER = 'test/fixtures/layouts';

/** An event as it must be read: its time, level and message, and some of the other keys of its document. */
type Expected = readonly [time: string, level: string, message: string, keys: object];

interface Layout {
  readonly file: string;
  readonly writer: string;
  /** The keys of the source. */
  readonly source: string;
  readonly events: readonly Expected[];
}

const T = '2026-11-27T11:10:0';
const layout = (file: string, writer: string, source: string, ...events: Expected[]): Layout => ({
  file,
  writer,
  source,
  events,
});

const LAYOUTS: readonly Layout[] = [
  layout('bunyan.log', 'bunyan', 'decode: bunyan', [
    '2026-11-27T11:10:05.123Z',
    'ERROR',
    'order sync failed',
    { name: 'shop', hostname: 'h1', pid: 7, v: 0 },
  ]),
  layout(
    'clef.log',
    'Serilog (CLEF)',
    'decode: serilog',
    ['2026-11-27T11:10:05.123Z', 'ERROR', 'Order {OrderId} sync failed', { OrderId: 42 }],
    ['2026-11-27T11:10:06.123Z', 'INFO', 'Order {OrderId} synced', { OrderId: 43 }],
  ),
  layout(
    'cri.log',
    'Kubernetes (CRI)',
    'decode: cri',
    [`${T}5.123Z`, 'ERROR', 'order sync failed', { stream: 'stdout' }],
    ['2026-11-27T03:10:05.123Z', '', 'plain ERROR order sync failed', { stream: 'stderr' }],
    [`${T}5.223Z`, 'ERROR', 'order sync failed', { stream: 'stdout' }],
    [`${T}5.323Z`, '', '', { stream: 'stdout' }],
  ),
  layout(
    'docker.log',
    'docker json-file',
    'decode: docker',
    [`${T}5.123Z`, 'ERROR', 'order sync failed', { stream: 'stdout' }],
    [`${T}5.223Z`, '', 'plain text ERROR order sync failed', { stream: 'stderr' }],
    [`${T}5.323Z`, '', 'first half of a long line second half ERROR order_timeout', { stream: 'stdout' }],
  ),
  layout(
    'ecs.log',
    'Elastic Common Schema',
    'decode: ecs',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed',
      {
        'log.level': 'ERROR',
        'ecs.version': '1.6.0',
        'service.name': 'shop',
        'error.type': 'X',
        'error.stack_trace': ['a', 'b'],
      },
    ],
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'nested ecs',
      { log: { level: 'ERROR', logger: 'a' }, ecs: { version: '1.6.0' }, service: { name: 'shop' } },
    ],
  ),
  layout(
    'gcp.log',
    'Google Cloud',
    'decode: gcp',
    ['2026-11-27T11:10:05.123Z', 'ERROR', 'order sync failed', { severity: 'ERROR' }],
    ['2026-11-27T11:10:05.123Z', 'ERROR', 'structured stdout', { severity: 'ERROR' }],
  ),
  layout(
    'journald.log',
    'journalctl -o json',
    'decode: journald',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed',
      {
        __REALTIME_TIMESTAMP: '1795777805123456',
        PRIORITY: 'ERROR',
        _HOSTNAME: 'h1',
        SYSLOG_IDENTIFIER: 'sshd',
        MESSAGE: 'order sync failed',
        host: 'h1',
      },
    ],
    [
      '2026-11-27T11:10:06.123Z',
      'ERROR',
      'fail',
      { __REALTIME_TIMESTAMP: '1795777806123456', PRIORITY: 'ERROR', MESSAGE: 'fail' },
    ],
  ),
  layout(
    'jul.log',
    'java.util.logging',
    'decode: java_util_logging',
    ['2026-11-27T11:10:05.000Z', 'ERROR', 'order sync failed', { logger: 'com.shop.Sync', method: 'run' }],
    ['2026-11-27T13:10:05.000Z', 'INFO', 'ok', { logger: 'com.shop.Sync', method: 'run' }],
  ),
  layout(
    'klog.log',
    'klog',
    'decode: klog',
    [
      '2026-11-27T11:10:05.123Z',
      'INFO',
      'Reconciling',
      { thread: '1234', file: 'controller.go', line: '123', order: '7' },
    ],
    [
      '2026-11-27T11:10:06.123Z',
      'ERROR',
      'order sync failed',
      { thread: '1234', file: 'controller.go', line: '200' },
    ],
  ),
  layout(
    'logfmt.log',
    'logfmt (go-kit, logrus)',
    'decode: logrus',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed',
      { ts: '2026-11-27T11:10:05.123Z', caller: 'sync.go:42', component: 'sync', err: 'dial tcp: "x"' },
    ],
    ['2026-11-27T11:10:05.000Z', 'ERROR', 'logrus order sync failed', {}],
  ),
  layout(
    'nginxerr.log',
    'nginx error.log',
    'decode: nginx_error',
    [
      '2026-11-27T11:10:05.000Z',
      'ERROR',
      'upstream timed out (110: Connection timed out) while reading response header, client: 10.0.0.1, server: x',
      { pid: '1234', thread: '0', connection: '17', client: '10.0.0.1', server: 'x' },
    ],
    ['2026-11-27T11:10:06.000Z', 'WARN', 'low', { pid: '1234', thread: '0' }],
  ),
  layout(
    'pg.log',
    'PostgreSQL',
    'decode: postgres',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'relation "orders" does not exist at character 15',
      { pid: '1234', user: 'user', database: 'db' },
    ],
    [
      '2026-11-27T11:10:05.123Z',
      'INFO',
      'select *\n\tfrom orders',
      { pid: '1234', user: 'user', database: 'db' },
    ],
    ['2026-11-27T11:10:06.123Z', 'INFO', 'checkpoint starting', { pid: '1235' }],
  ),
  layout('pino.log', 'pino', 'decode: pino', [
    '2026-11-27T11:10:05.123Z',
    'ERROR',
    'order sync failed',
    {
      pid: 7,
      hostname: 'h1',
      reqId: 'r1',
      err: { type: 'Error', message: 'boom', stack: 'Error: boom\n    at f (a.js:1:1)' },
    },
  ]),
  layout(
    'rfc5424.log',
    'syslog RFC 5424',
    'decode: syslog',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed',
      { facility: 'local0', severity: 'ERROR', host: 'h1', app: 'shop', pid: '77', msgid: 'ID47' },
    ],
    [
      '2026-11-27T11:10:06.123Z',
      'INFO',
      'ok',
      { facility: 'local0', severity: 'INFO', host: 'h1', app: 'shop' },
    ],
  ),
  layout(
    'spring.log',
    'Spring Boot',
    'decode: spring_boot',
    ['2026-11-27T11:10:05.123Z', 'INFO', 'Started', { pid: '1234', thread: 'main', logger: 'com.shop.App' }],
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed\njava.lang.IllegalStateException: boom\n\tat com.shop.Sync.run(Sync.java:42)\n\t... 12 common frames omitted',
      { pid: '1234', app: 'shop', thread: 'nio-8080-exec-1', logger: 'com.shop.Sync' },
    ],
    ['2026-11-27T11:10:06.123Z', 'WARN', 'slow', { pid: '1234', thread: 'main', logger: 'com.shop.App' }],
  ),
  layout(
    'winston.log',
    'winston',
    'decode: winston',
    ['2026-11-27T11:10:05.123Z', 'ERROR', 'order sync failed', { service: 'shop' }],
    ['2026-11-27T11:10:05.000Z', 'ERROR', 'order sync failed (colorised)', {}],
  ),
  layout(
    'zap.log',
    'zap',
    'decode: zap',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed',
      { ts: 1795777805.1234567, caller: 'sync/sync.go:42', stacktrace: 'main.f\n\t/a.go:1' },
    ],
    ['2026-11-27T11:10:05.123Z', 'ERROR', 'with iso encoder', { ts: '2026-11-27T11:10:05.123Z' }],
    ['2026-11-27T11:10:05.123Z', 'ERROR', 'with ISO8601TimeEncoder', { ts: '2026-11-27T11:10:05.123+0000' }],
  ),
  layout(
    'access.log',
    'nginx access.log',
    'decode: nginx_access',
    [
      '2026-11-27T03:10:05.000Z',
      '',
      'GET /api/orders/7?x=1 500',
      {
        client: '10.0.0.1',
        user: 'alice',
        method: 'GET',
        path: '/api/orders/7?x=1',
        protocol: 'HTTP/1.1',
        status: '500',
      },
    ],
    [
      '2026-11-27T03:10:06.000Z',
      '',
      '',
      { client: '10.0.0.2', user: '-', status: '400', bytes: '0', referer: '-', agent: '-' },
    ],
  ),
  layout(
    'apache.log',
    'Apache httpd',
    'decode: apache',
    [
      '2026-11-27T03:10:05.000Z',
      '',
      'POST /api/orders 503',
      {
        client: '10.0.0.1',
        user: '-',
        method: 'POST',
        path: '/api/orders',
        protocol: 'HTTP/1.1',
        status: '503',
      },
    ],
    [
      '2026-11-27T11:10:06.123Z',
      'ERROR',
      'AH00898: Error reading from remote server',
      { module: 'proxy', pid: '77', thread: '78', client: '10.0.0.1:5' },
    ],
    ['2026-11-27T11:10:07.000Z', 'INFO', 'caught SIGTERM, shutting down', {}],
  ),
  layout(
    'log4j.log',
    'Log4j, Logback',
    'decode: log4j, timestamp: { timezone: Asia/Shanghai }',
    [
      '2026-11-27T03:10:05.123Z',
      'ERROR',
      'order sync failed\njava.lang.IllegalStateException: boom\n\tat com.shop.Sync.run(Sync.java:42)',
      { thread: 'main', logger: 'com.shop.Sync' },
    ],
    ['2026-11-27T03:10:06.123Z', 'WARN', 'stock low', { thread: 'http-1', logger: 'c.s.Stock' }],
    ['2026-11-27T03:10:07.123Z', 'INFO', 'ok', { logger: 'com.shop.Sync' }],
  ),
  layout('log4net.log', 'log4net', 'decode: log4j', [
    '2026-11-27T11:10:05.123Z',
    'ERROR',
    'order sync failed',
    { thread: '1', logger: 'Shop.Sync' },
  ]),
  layout(
    'redis.log',
    'Redis',
    'decode: redis',
    [
      '2026-11-27T11:10:05.123Z',
      'WARN',
      'WARNING overcommit_memory is set to 0!',
      { pid: '1234', role: 'M' },
    ],
    ['2026-11-27T11:10:06.123Z', 'INFO', 'Ready to accept connections', { pid: '1234', role: 'M' }],
  ),
  layout(
    'rabbitmq.log',
    'RabbitMQ',
    'decode: rabbitmq',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'closing AMQP connection <0.712.0> (10.0.0.1:5 -> 10.0.0.2:5672):\n{handshake_timeout,frame_header}',
      { process: '0.712.0' },
    ],
    ['2026-11-27T11:10:06.123Z', 'INFO', 'Logging: configured', { process: '0.44.0' }],
  ),
  layout(
    'kafka.log',
    'Kafka server.log',
    'decode: kafka_server',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      '[KafkaApi-1] Error when handling request\njava.lang.IllegalStateException: boom\n\tat kafka.server.KafkaApis.handle(KafkaApis.scala:1)',
      {
        logger: 'kafka.server.KafkaApis',
        stack:
          '\njava.lang.IllegalStateException: boom\n\tat kafka.server.KafkaApis.handle(KafkaApis.scala:1)',
      },
    ],
    [
      '2026-11-27T11:10:06.123Z',
      'INFO',
      '[KafkaServer id=1] started',
      { logger: 'kafka.server.KafkaServer' },
    ],
  ),
  layout(
    'iis.log',
    'IIS (W3C extended)',
    'decode: iis',
    [
      '2026-11-27T11:10:05.000Z',
      '',
      'POST /api/orders 503',
      {
        's-ip': '10.0.0.5',
        'cs(User-Agent)': 'Mozilla/5.0+(Windows+NT+10.0)',
        'time-taken': '15230',
        'sc-status': '503',
      },
    ],
    ['2026-11-27T11:10:06.000Z', '', 'GET /health 200', { 'time-taken': '3' }],
  ),
  layout('mysql-slow.log', 'MySQL slow log', 'decode: mysql_slow', [
    '2026-11-27T11:10:05.123Z',
    '',
    "select * from orders\n where state = 'processing';",
    {
      user: 'shop',
      client: 'app-1 [10.0.0.1]  Id:    77',
      query_time: '3.141592',
      lock_time: '0.000012',
      rows_sent: '1',
      rows_examined: '1000000',
    },
  ]),
  layout(
    'tomcat.log',
    'Tomcat',
    'decode: tomcat',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'One or more listeners failed\njava.lang.NoClassDefFoundError: a/B\n\tat a.C.<init>(C.java:1)',
      { thread: 'main', logger: 'org.apache.catalina.core.StandardContext.startInternal' },
    ],
    [
      '2026-11-27T11:10:06.123Z',
      'INFO',
      'Server startup in [77] milliseconds',
      { thread: 'main', logger: 'org.apache.catalina.startup.Catalina.start' },
    ],
  ),
  layout('gelf.log', 'GELF', 'decode: gelf', [
    '2026-11-27T11:10:05.123Z',
    'ERROR',
    'order sync failed',
    {
      version: '1.1',
      host: 'h1',
      short_message: 'order sync failed',
      full_message: 'order sync failed\nboom',
      _order_id: '7',
    },
  ]),
  layout(
    'syslog.log',
    'syslog RFC 3164',
    'decode: syslog',
    [
      '2026-11-27T11:10:05.000Z',
      '',
      'Failed password for root from 10.0.0.1 port 5 ssh2',
      { host: 'h1', app: 'sshd', pid: '77' },
    ],
    [
      '2026-11-07T11:10:06.000Z',
      'ERROR',
      'order sync failed',
      { facility: 'user', severity: 'ERROR', host: 'h1', app: 'shop' },
    ],
    ['2026-11-27T03:10:07.123Z', '', 'Started shop.', { host: 'h1', app: 'systemd', pid: '1' }],
  ),
  layout(
    'python.log',
    'Python logging',
    'decode: python_logging',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed\nTraceback (most recent call last):\n  File "sync.py", line 42, in run\nValueError: boom',
      { logger: 'shop.sync' },
    ],
    ['2026-11-27T11:10:06.123Z', 'WARN', 'slow', { logger: 'shop.sync' }],
  ),
  layout(
    'rails.log',
    'Ruby Logger, Rails',
    'decode: ruby_logger',
    ['2026-11-27T11:10:05.123Z', 'ERROR', '[req-1] order sync failed', { pid: '77', program: '' }],
    ['2026-11-27T11:10:06.123Z', 'INFO', '[req-2] Completed 200 OK in 12ms', { pid: '77', program: '' }],
  ),
  layout(
    'laravel.log',
    'Laravel',
    'decode: monolog',
    [
      '2026-11-27T11:10:05.000Z',
      'ERROR',
      'order sync failed',
      { logger: 'production', order_id: 7, exception: 'boom' },
    ],
    ['2026-11-27T11:10:06.000Z', 'INFO', 'ok', { logger: 'production' }],
  ),
  layout(
    'monolog.log',
    'Monolog',
    'decode: monolog',
    ['2026-11-27T11:10:05.123Z', 'FATAL', 'order sync failed', { logger: 'shop', order_id: 7 }],
    ['2026-11-27T11:10:06.123Z', 'INFO', 'ok [] []', { logger: 'shop' }],
  ),
  layout('caddy.log', 'Caddy', 'decode: zap', [
    '2026-11-27T11:10:05.123Z',
    'ERROR',
    'dial tcp: connection refused',
    {
      ts: 1795777805.1234567,
      logger: 'http.log.error',
      request: { method: 'GET', uri: '/api/orders' },
      status: 502,
    },
  ]),
  layout(
    'dotnet-console.log',
    'ASP.NET Core console',
    'decode: dotnet_console',
    ['2026-11-27T03:10:05.123Z', 'ERROR', 'order sync failed', { logger: 'Shop.Sync', event: '42' }],
    ['2026-11-27T03:10:06.123Z', 'INFO', 'ok', { logger: 'Shop.Sync', event: '0' }],
  ),
  layout(
    'go-std.log',
    'Go log',
    'decode: go_log',
    ['2026-11-27T11:10:05.000Z', '', 'order sync failed: boom', {}],
    ['2026-11-27T11:10:06.123Z', '', 'ok', { file: 'sync.go', line: '42' }],
  ),
  layout(
    'aliyun-sls.log',
    'Aliyun SLS export',
    'decode: [json, { set: { message: "{content}" } }], timestamp: { field: __time__, format: epoch_s }',
    [
      '2026-11-27T11:10:05.000Z',
      'ERROR',
      'order sync failed',
      { __time__: 1795777805, __topic__: 'orders', content: 'order sync failed', order_id: '7' },
    ],
  ),
  layout(
    'haproxy.log',
    'HAProxy',
    "decode: [syslog, { regex: '^(?<client>[^ :]+):\\d+ \\[(?<accepted>[^\\]]+)\\] (?<frontend>\\S+) (?<backend>[^ /]+)/(?<server>\\S+) (?<timers>\\S+) (?<status>\\d{3}) (?<bytes>\\d+) ' }], timestamp: { field: accepted, format: 'dd/MMM/yyyy:HH:mm:ss.SSS' }",
    [
      '2026-11-27T11:10:05.123Z',
      '',
      '10.0.0.1:5 [27/Nov/2026:11:10:05.123] web~ app/app1 1/0/2/345/348 503 212 - - SC-- 1/1/0/0/0 0/0 "GET /api/orders HTTP/1.1"',
      {
        host: 'h1',
        app: 'haproxy',
        pid: '77',
        client: '10.0.0.1',
        accepted: '27/Nov/2026:11:10:05.123',
        frontend: 'web~',
      },
    ],
  ),
  layout(
    'envoy.log',
    'Envoy',
    "decode: [{ regex: '^\\[(?<time>[^\\]]+)\\] \"(?<method>\\S+) (?<path>\\S+) (?<protocol>[^\"]+)\" (?<status>\\d{3}) (?<flags>\\S+) (?<received>\\d+) (?<sent>\\d+) (?<duration_ms>\\d+) ' }, { set: { message: '{method} {path} {status} {flags}' } }], timestamp: { field: time }",
    [
      '2026-11-27T11:10:05.123Z',
      '',
      'POST /api/orders 503 UF',
      { method: 'POST', path: '/api/orders', protocol: 'HTTP/2', status: '503', flags: 'UF', received: '12' },
    ],
  ),
  layout(
    'otlp.log',
    'OpenTelemetry (OTLP)',
    'decode: otlp',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed 0',
      {
        'service.name': 'shop',
        'scope.name': 'a',
        'order.id': 'o0',
        severityNumber: 17,
        severityText: 'ERROR',
      },
    ],
    ['2026-11-27T11:10:05.124Z', 'ERROR', 'order sync failed 1', { 'order.id': 'o1' }],
    ['2026-11-27T11:10:05.125Z', 'ERROR', 'order sync failed 2', { 'order.id': 'o2' }],
    ['2026-11-27T11:10:05.126Z', 'ERROR', 'order sync failed 3', { 'order.id': 'o3' }],
  ),
  layout(
    'cloudwatch.log',
    'CloudWatch subscription',
    'decode: cloudwatch',
    [
      '2026-11-27T11:10:05.123Z',
      'ERROR',
      'order sync failed',
      { owner: '123456789012', logGroup: '/ecs/shop', logStream: 'shop/web/7', order: 'o7' },
    ],
    [
      '2026-11-27T11:10:06.123Z',
      '',
      'plain ERROR order sync failed',
      { owner: '123456789012', logGroup: '/ecs/shop', logStream: 'shop/web/7' },
    ],
  ),
];

test.each(LAYOUTS)('$writer is read whole', async ({ file, source, events }) => {
  const read = await readLayout(`${FOLDER}/${file}`, source);
  expect(read.map(({ undecodable }) => undecodable)).toEqual(events.map(() => undefined));
  expect(read.map(({ time, level = '', message = '' }) => [time, level, message])).toEqual(
    events.map(([time, level, message]) => [time, level, message]),
  );
  for (const [i, [, , , keys]] of events.entries()) expect(read[i]!.document).toMatchObject(keys);
});

test('every file has its layout, and every preset a file', () => {
  expect(LAYOUTS.map(({ file }) => file).toSorted()).toEqual(readdirSync(FOLDER).toSorted());
  const read = LAYOUTS.map(({ source }) => /^decode: (\w+)/u.exec(source)?.[1]);
  expect(Object.keys(presets).filter((name) => !read.includes(name))).toEqual([]);
});

describe('the patterns of presets', () => {
  const patterns = Object.entries(presets).flatMap(([name, preset]) =>
    patternsOf(preset).map((pattern) => [name, pattern] as const),
  );
  test.each(patterns)('%s runs on the fast engine: %s', (_name, pattern) => {
    expect(linearPattern(pattern)?.from).toBe('anywhere');
  });
});

function patternsOf({ decode, multiline }: Preset): readonly string[] {
  const ofSteps = decode.flatMap((step) => (typeof step === 'object' ? [step['regex'] ?? []].flat() : []));
  return [...ofSteps.map(String), ...(multiline === undefined ? [] : [multiline.start])];
}

/** With UPDATE_DOCS=1 in the environment it writes the page. */
test('docs/reading.md shows the layouts and the presets', async () => {
  const page = readFileSync('docs/reading.md', 'utf8');
  const made = placed('presets', presetList(), placed('layouts', layoutTable(), page));
  const formatted = await format(made, { ...(await resolveConfig('docs/reading.md')), parser: 'markdown' });
  if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync('docs/reading.md', formatted);
  else expect(page).toBe(formatted);
});

/** Puts a text between the marks of its name. */
function placed(name: string, text: string, page: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`].map((mark) => page.indexOf(mark));
  return `${page.slice(0, begin)}<!-- ${name} -->\n\n${text}\n${page.slice(end)}`;
}

function layoutTable(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = LAYOUTS.map(({ writer, source, events }) => {
    const [time, level, message] = events[0]!;
    const short = message.length > 40 ? `${message.slice(0, 40)}…` : message;
    return `| ${writer} | \`${cell(source)}\` | ${time} | ${level} | ${cell(short)} |`;
  });
  return `${['| log | source | time | level | message |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}

function presetList(): string {
  const written = Object.entries(presets).map(
    ([name, { reads, ...keys }]) =>
      `# ${name}: ${reads}\n${stringify(keys, { lineWidth: 0, singleQuote: true, flowCollectionPadding: true })}`,
  );
  return `\`\`\`yaml\n${written.join('\n')}\`\`\`\n`;
}
