/**
 * Ready-made settings for logs that many programs write: each is the `decode`, `timestamp` and `multiline` that a person would write for
 * them in tocsin.yaml. docs/reading.md shows them; a test holds them to real lines. Every pattern is one that is linear on JavaScript's own
 * engine (event/linear-pattern.ts), which a test holds as well.
 */

/** As in tocsin.yaml. */
export interface Preset {
  /** In words for the reference. */
  readonly reads: string;
  readonly decode: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly timestamp: { readonly field?: unknown; readonly format?: string | readonly string[] };
  readonly multiline?: { readonly start: string };
}

const REST = '(?<message>[\\s\\S]*)$';
const ISO = '\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)?(?:Z|[+-]\\d{2}:?\\d{2})?';
const ISO_BEGINS = '^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}';
const time = (format: string | readonly string[], field: unknown = 'time') => ({ field, format });
const words = { levels: 'words' };
const numbered = (of: string, field = 'level') => ({ levels: of, field });

const REQUEST =
  '"(?:(?<method>[A-Z]+) (?<path>[^" ]*)(?: (?<protocol>[^"]*))?|[^"]*)" (?<status>\\d{3}) (?<bytes>\\d+|-)';
const ACCESS = `^(?<client>\\S+) \\S+ (?<user>\\S+) \\[(?<time>[^\\]]+)\\] ${REQUEST}(?: "(?<referer>[^"]*)" "(?<agent>[^"]*)")?(?: (?<more>.+))?$`;
const ACCESS_TIME = 'dd/MMM/yyyy:HH:mm:ss Z';
const requestAsMessage = { set: { message: '{method} {path} {status}' } };

const javaPresets = {
  spring_boot: {
    reads: 'Spring Boot to its console, with traces and stack traces',
    decode: [
      {
        regex: `^(?<time>${ISO})\\s+(?<level>[A-Z]+) (?:\\[(?<trace>[^\\]]*)\\] )?(?<pid>\\d+) --- (?:\\[(?<app>[^\\]]*)\\] )?\\[(?<thread>[^\\]]*)\\] (?<logger>\\S+)\\s*: ${REST}`,
      },
      { trim: ['thread', 'app'] },
    ],
    timestamp: time('iso8601'),
    multiline: { start: ISO_BEGINS },
  },
  log4j: {
    reads: 'Log4j, Logback and log4net: time, level, [thread], logger, message, in the usual orders',
    decode: [
      {
        regex: [
          `^(?<time>${ISO})\\s+\\[(?<thread>[^\\]]*)\\]\\s+(?<level>[A-Z]+)\\s+(?<logger>\\S+)(?: \\[[^\\]]*\\])? +- ${REST}`,
          `^(?<time>${ISO})\\s+(?<level>[A-Z]+)\\s+\\[(?<thread>[^\\]]*)\\]\\s+(?<logger>\\S+) +[-:] ${REST}`,
          `^(?<time>${ISO})\\s+(?<level>[A-Z]+)\\s+(?<logger>[\\w.$]+)(?::\\d+)? +- ${REST}`,
        ],
      },
      { trim: ['thread'] },
    ],
    timestamp: time('iso8601'),
    multiline: { start: ISO_BEGINS },
  },
  tomcat: {
    reads: "Tomcat's catalina.out",
    decode: [
      {
        regex: `^(?<time>\\d{2}-[A-Za-z]{3}-\\d{4} \\d{2}:\\d{2}:\\d{2}\\.\\d{3}) (?<level>[A-Z]+) \\[(?<thread>[^\\]]*)\\] (?<logger>\\S+) ${REST}`,
      },
      words,
    ],
    timestamp: time('dd-MMM-yyyy HH:mm:ss.SSS'),
    multiline: { start: '^\\d{2}-[A-Za-z]{3}-\\d{4} ' },
  },
  java_util_logging: {
    reads: 'java.util.logging, two lines an event',
    decode: [
      {
        regex: `^(?<time>[A-Za-z]{3} \\d{1,2}, \\d{4},? \\d{1,2}:\\d{2}:\\d{2}[ \u202f](?:AM|PM)) (?<logger>\\S+)(?: (?<method>\\S+))?\\n(?<level>[A-Z]+): ${REST}`,
      },
      words,
    ],
    timestamp: time(['MMM d, yyyy h:mm:ss a', 'MMM d, yyyy, h:mm:ss a']),
    multiline: { start: '^[A-Z][a-z]{2} \\d{1,2}, \\d{4},? \\d' },
  },
  kafka_server: {
    reads: "Kafka's server.log and controller.log",
    decode: [
      {
        regex:
          '^\\[(?<time>[^\\]]+)\\] (?<level>[A-Z]+) (?<message>[^\\n]*?)(?: \\((?<logger>[\\w.$]+)\\))?(?<stack>\\n[\\s\\S]*)?$',
      },
      { set: { message: '{message}{stack}' } },
    ],
    timestamp: time('iso8601'),
    multiline: { start: '^\\[\\d{4}-\\d{2}-\\d{2} ' },
  },
} satisfies Record<string, Preset>;

const serverPresets = {
  nginx_access: {
    reads: 'nginx, combined or with more behind it',
    decode: [{ regex: ACCESS }, requestAsMessage],
    timestamp: time(ACCESS_TIME),
  },
  nginx_error: {
    reads: "nginx's error.log",
    decode: [
      {
        regex: `^(?<time>\\d{4}/\\d{2}/\\d{2} \\d{2}:\\d{2}:\\d{2}) \\[(?<level>\\w+)\\] (?<pid>\\d+)#(?<thread>\\d+): (?:\\*(?<connection>\\d+) )?${REST}`,
      },
      {
        regex:
          ', client: (?<client>[^,]*), server: (?<server>[^,]*)(?:, request: "(?<request>[^"]*)")?(?:, upstream: "(?<upstream>[^"]*)")?',
        field: 'message',
        optional: true,
      },
      words,
    ],
    timestamp: time('yyyy/MM/dd HH:mm:ss'),
    multiline: { start: '^\\d{4}/\\d{2}/\\d{2} ' },
  },
  apache: {
    reads: 'Apache httpd, access (common, combined) and error',
    decode: [
      {
        regex: [
          ACCESS,
          `^\\[(?<time>[^\\]]+)\\] \\[(?:(?<module>\\w+):)?(?<level>\\w+)\\] (?:\\[pid (?<pid>\\d+)(?::tid (?<thread>\\d+))?\\] )?(?:\\[client (?<client>[^\\]]+)\\] )?${REST}`,
        ],
      },
      requestAsMessage,
      words,
    ],
    timestamp: time([ACCESS_TIME, 'EEE MMM dd HH:mm:ss.SSSSSS yyyy', 'EEE MMM dd HH:mm:ss yyyy']),
  },
  iis: {
    reads: 'IIS, and other logs of W3C whose `#Fields:` lines have these columns',
    decode: ['w3c', { set: { message: '{cs-method} {cs-uri-stem} {sc-status}' } }],
    timestamp: time('iso8601'),
  },
  postgres: {
    reads: "PostgreSQL, `log_line_prefix = '%m [%p] %q%u@%d '`",
    decode: [
      {
        regex: `^(?<time>\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)? \\S+) \\[(?<pid>\\d+)\\] (?:(?<user>[^\\s@:]*)@(?<database>[^\\s:]*) )?(?<level>[A-Z]+[1-5]?):  ?${REST}`,
      },
      words,
    ],
    timestamp: time('iso8601'),
    multiline: { start: ISO_BEGINS },
  },
  mysql_slow: {
    reads: "MySQL's slow query log",
    decode: [
      {
        regex: `^# Time: (?<time>\\S+)\\n# User@Host: (?<user>[^\\s[]*)\\[[^\\]]*\\] @ (?<client>[^\\n]*)\\n# Query_time: (?<query_time>[\\d.]+)\\s+Lock_time: (?<lock_time>[\\d.]+)\\s+Rows_sent: (?<rows_sent>\\d+)\\s+Rows_examined: (?<rows_examined>\\d+)(?: [^\\n]*)?\\n(?:use (?<database>[^;\\n]+);\\n)?(?:SET timestamp=\\d+;\\n)?${REST}`,
      },
      { trim: ['client'] },
    ],
    timestamp: time('iso8601'),
    multiline: { start: '^# Time: ' },
  },
  redis: {
    reads: 'Redis',
    decode: [
      {
        regex: `^(?<pid>\\d+):(?<role>[A-Z]) (?<time>\\d{1,2} [A-Za-z]{3} \\d{4} \\d{2}:\\d{2}:\\d{2}\\.\\d+) (?<level>[-.*#]) ${REST}`,
      },
      { map: { level: { '.': 'DEBUG', '-': 'DEBUG', '*': 'INFO', '#': 'WARN' } } },
    ],
    timestamp: time('d MMM yyyy HH:mm:ss.SSS'),
  },
  rabbitmq: {
    reads: 'RabbitMQ from 3.9 on',
    decode: [{ regex: `^(?<time>${ISO}) \\[(?<level>\\w+)\\] <(?<process>[\\d.]+)> ${REST}` }, words],
    timestamp: time('iso8601'),
    multiline: { start: ISO_BEGINS },
  },
} satisfies Record<string, Preset>;

const languagePresets = {
  python_logging: {
    reads:
      "Python's logging with `%(asctime)s - %(name)s - %(levelname)s - %(message)s`, or with blanks or colons",
    decode: [
      {
        regex: [
          `^(?<time>${ISO}) - (?<logger>\\S+) - (?<level>[A-Z]+) - ${REST}`,
          // A word alone is the first of the message: only names that words are not are loggers.
          `^(?<time>${ISO}) (?<level>[A-Z]+)\\s+(?<logger>root|__main__|\\w+(?:\\.\\w+)+)(?::\\d+)? ${REST}`,
          `^(?<time>${ISO}) (?<level>[A-Z]+)\\s+(?<logger>\\w+):\\d+ ${REST}`,
          `^(?<time>${ISO}) (?<level>DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|CRIT|FATAL)\\s+(?<message>\\S[\\s\\S]*)$`,
          `^(?<level>[A-Z]+):(?<logger>[\\w.]+):${REST}`,
        ],
      },
      words,
    ],
    timestamp: time('iso8601'),
    multiline: { start: `^(?:\\d{4}-\\d{2}-\\d{2} |[A-Z]+:[\\w.]+:)` },
  },
  ruby_logger: {
    reads: "Ruby's Logger, as Rails writes it",
    decode: [
      {
        regex: `^[A-Z], \\[(?<time>[^ \\]]+) +#(?<pid>\\d+)\\] +(?<level>[A-Z]+) -- (?<program>[^:]*): ${REST}`,
      },
      words,
    ],
    timestamp: time('iso8601'),
    multiline: { start: '^[A-Z], \\[' },
  },
  monolog: {
    reads: 'Monolog, as Symfony and Laravel write it; its context joins the document',
    decode: [
      {
        regex: [
          '^\\[(?<time>[^\\]]+)\\] (?<logger>[\\w-]+)\\.(?<level>[A-Z]+): (?<message>[^{]*) (?<context>\\{.*\\})(?: \\[\\])?$',
          `^\\[(?<time>[^\\]]+)\\] (?<logger>[\\w-]+)\\.(?<level>[A-Z]+): ${REST}`,
        ],
      },
      { json: { field: 'context', optional: true } },
      words,
    ],
    timestamp: time('iso8601'),
    multiline: { start: '^\\[\\d{4}-\\d{2}-\\d{2}' },
  },
  go_log: {
    reads: "Go's log package",
    decode: [
      {
        regex: `^(?<time>\\d{4}/\\d{2}/\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?) (?:(?<file>[^\\s:]+\\.go):(?<line>\\d+): )?${REST}`,
      },
    ],
    timestamp: time(['yyyy/MM/dd HH:mm:ss', 'yyyy/MM/dd HH:mm:ss.SSSSSS']),
    multiline: { start: '^\\d{4}/\\d{2}/\\d{2} ' },
  },
  dotnet_console: {
    reads: "ASP.NET Core's console with `TimestampFormat`",
    decode: [
      {
        regex: `^(?<time>${ISO}) (?<level>[a-z]{4}): (?<logger>[^\\s[]+)\\[(?<event>\\d+)\\](?:\\n {6}| )${REST}`,
      },
      words,
    ],
    timestamp: time('iso8601'),
    multiline: { start: `^${ISO} [a-z]{4}: ` },
  },
} satisfies Record<string, Preset>;

const jsonPresets = {
  pino: { reads: 'pino', decode: ['json', numbered('pino')], timestamp: time(['epoch_ms', 'iso8601']) },
  bunyan: { reads: 'bunyan', decode: ['json', numbered('pino')], timestamp: time('iso8601') },
  winston: {
    reads: 'winston, also with colours',
    decode: ['json', 'strip_ansi', words],
    timestamp: time(['iso8601', 'epoch_ms'], 'timestamp'),
  },
  zap: {
    reads: 'zap, also by zerolog',
    decode: ['json', words],
    timestamp: time(['epoch_s', 'iso8601'], ['ts', 'time']),
  },
  serilog: {
    reads: 'Serilog and other writers of CLEF',
    decode: [
      'json',
      { set: { level: 'Information', message: '{@mt}' } },
      { set: { level: '{@l}' } },
      { set: { message: '{@m}' } },
      words,
    ],
    timestamp: time('iso8601', '@t'),
  },
  ecs: {
    reads: 'loggers of the Elastic Common Schema',
    decode: ['json', numbered('words', 'log.level')],
    timestamp: time('iso8601', '@timestamp'),
  },
  gelf: {
    reads: 'GELF',
    decode: ['json', numbered('syslog'), { set: { message: '{short_message}' } }],
    timestamp: time('epoch_s', 'timestamp'),
  },
  gcp: {
    reads: 'Google Cloud, structured',
    decode: ['json', numbered('words', 'severity'), { set: { level: '{severity}' } }],
    timestamp: time('iso8601', [
      'timestamp',
      { seconds: 'timestamp.seconds', nanos: 'timestamp.nanos' },
      { seconds: 'timestampSeconds', nanos: 'timestampNanos' },
      'time',
    ]),
  },
} satisfies Record<string, Preset>;

/** The JSON of a program may have a `time` of its own, which nobody can read. */
const keptTime = { set: { 'container.time': '{time}' } };

/** Lines of several events. */
const batchPresets = {
  otlp: {
    reads:
      'batches of OpenTelemetry as JSON: OTLP, as the file and Kafka exporters of the collector write it',
    decode: ['json', { each: 'resourceLogs.scopeLogs.logRecords' }, 'otel', numbered('otel')],
    timestamp: time('epoch_ns', ['timeUnixNano', 'observedTimeUnixNano']),
  },
  cloudwatch: {
    reads: 'subscriptions of CloudWatch Logs, unpacked',
    decode: [
      'json',
      { each: { field: 'logEvents', skip: { messageType: 'CONTROL_MESSAGE' } } },
      { set: { 'cloudwatch.time': '{timestamp}' } },
      { json: { optional: true } },
      words,
    ],
    timestamp: time(['epoch_ms', 'iso8601'], ['timestamp', 'cloudwatch.time']),
  },
} satisfies Record<string, Preset>;

/** Steps that are presets of their own, because they give the time. */
const stepPresets = {
  cri: {
    reads: 'Kubernetes (CRI): time, stream and text',
    decode: ['cri', keptTime, { json: { optional: true } }, words],
    timestamp: time('iso8601', ['time', 'container.time']),
  },
  docker: {
    reads: "docker's json-file",
    decode: ['docker', keptTime, { json: { optional: true } }, words],
    timestamp: time('iso8601', ['time', 'container.time']),
  },
  syslog: {
    reads: 'syslog, RFC 3164 and 5424, with or without priority',
    decode: ['syslog', numbered('syslog', 'severity'), { set: { level: '{severity}' } }],
    timestamp: time(['iso8601', 'syslog']),
  },
  journald: {
    reads: '`journalctl -o json`',
    decode: [
      'journald',
      numbered('syslog', 'PRIORITY'),
      { set: { message: '{MESSAGE}' } },
      { set: { level: '{PRIORITY}' } },
      { set: { host: '{_HOSTNAME}' } },
      { set: { service: '{SYSLOG_IDENTIFIER}' } },
    ],
    timestamp: time('epoch_us', '__REALTIME_TIMESTAMP'),
  },
  klog: {
    reads: 'klog and glog',
    decode: ['klog', numbered('glog')],
    timestamp: time('MMdd HH:mm:ss.SSSSSS'),
  },
  logrus: {
    reads: 'logrus, go-kit and others that write logfmt with `ts` or `time`',
    decode: ['logfmt', words],
    timestamp: time(['iso8601', 'epoch_s'], ['ts', 'time', '@timestamp']),
  },
} satisfies Record<string, Preset>;

/** By the names that `decode` takes. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  ...javaPresets,
  ...serverPresets,
  ...languagePresets,
  ...jsonPresets,
  ...batchPresets,
  ...stepPresets,
};

export type PresetName = keyof (typeof javaPresets &
  typeof serverPresets &
  typeof languagePresets &
  typeof jsonPresets &
  typeof batchPresets &
  typeof stepPresets);

export const PRESET_NAMES = Object.keys(presets) as readonly PresetName[];

/**
 * Returns the preset that gives `timestamp` and `multiline` where the file does not: the one that `decode` names. In a list it is the last
 * that is named, with envelopes among them, which give a time.
 */
export function presetOfDecode(decode: unknown): Preset | undefined {
  if (!Array.isArray(decode)) return presetOf(decode);
  const names = (decode as readonly unknown[]).map((step) =>
    typeof step === 'object' && step !== null ? Object.keys(step)[0] : step,
  );
  return names.map(presetOf).findLast((preset) => preset !== undefined);
}

/** Returns the preset of that name, if there is one. */
export function presetOf(name: unknown): Preset | undefined {
  return typeof name === 'string' && Object.hasOwn(presets, name) ? presets[name as PresetName] : undefined;
}
