/**
 * The commented configuration that `tocsin init` writes. The tocsin.yaml that is shipped is the English version; a test checks that they
 * are equal.
 */
import { fieldsText, sourcesText, type ProposedFieldKeys, type ProposedSource } from './proposed-text.ts';

export interface DefaultText {
  readonly language: 'en' | 'zh';
  /** Where editors find the JSON Schema of the file: a URL, or a path relative to the file; by default beside it, as in the package. */
  readonly schema?: string;
  /** Sources and fields for logs that somebody has looked at, in place of those of the example. */
  readonly proposed?: {
    readonly sources: readonly ProposedSource[];
    readonly fields: readonly ProposedFieldKeys[];
  };
}

type Say = (en: string, zh: string) => string;

/** Returns a configuration that is valid without changes: file source, embedded archive, alerts in the terminal. */
export function defaultConfigText({
  language,
  schema = './tocsin.schema.json',
  proposed,
}: DefaultText): string {
  const say: Say = (en, zh) => (language === 'en' ? en : zh);
  return `# yaml-language-server: $schema=${schema}
${say(
  '# Tocsin: where log lines come from, how they are read, where they are kept, who is told.\n# Relative paths are relative to this file. ${NAME} takes an environment variable: secrets belong there, not here.\n# `tocsin check` says what is wrong with this file and with the rules.',
  '# Tocsin：日志从哪里来、怎样解析、存到哪里、通知谁。\n# 相对路径以本文件所在目录为准。${NAME} 取环境变量：密钥放在环境变量里，不要写在这里。\n# `tocsin check` 会指出本文件和规则中的错误。',
)}

data_dir: ./data ${say('# positions, state, archive', '# 读取位置、状态、归档')}

sources:
${proposed === undefined ? exampleSources(say) : sourcesText(proposed.sources, say)}

${say(
  '# What rules and Kibana call things. Types: keyword (whole value), text (words), long, double, boolean, date.\n# Everything else in a line is kept too, but rules cannot name it.',
  '# 规则和 Kibana 使用的字段。类型：keyword（整值）、text（分词）、long、double、boolean、date。\n# 其余内容同样保存，但规则不能引用。',
)}
fields:
${proposed === undefined ? EXAMPLE_FIELDS : fieldsText(proposed.fields)}

${say('# Where a value without a field name is looked up.', '# 不写字段名的值在这些字段里查找。')}
${searchFields(proposed)}

archive: { sqlite: { retention: 30d } }
# archive:
#   elasticsearch: { node: 'http://127.0.0.1:9200', index: order-logs, api_key: '\${ES_API_KEY}', retention: 30d }

rules: ./rules ${say('# read again as soon as a file changes', '# 文件一改即重新加载')}

channels:
  terminal: {}
  # slack: { token: '\${SLACK_TOKEN}' }
  # dingtalk: { robots: { order-group: { access_token: '\${DING_TOKEN}', secret: '\${DING_SECRET}' } } }
  # email: { smtp: '\${SMTP_URL}', from: 'tocsin@example.com' }
  # webhook: { audit: { url: 'https://example.com/hook', secret: '\${HOOK_SECRET}' } }

${say('# The first route that matches takes the alert; a rule with `notify` does not ask here.', '# 第一条匹配的路由生效；写了 notify 的规则不走路由。')}
routes:
  # - { match: { severity: [critical, high] }, to: ['slack:#order-oncall', 'dingtalk:order-group'] }
  - { to: [terminal] }

${say('# When Tocsin itself is in trouble the routes above are asked too, or these receivers:', '# 警钟自身出问题时同样走以上路由，也可指定接收方：')}
# self_alerts: { notify: [terminal] }

# kibana: { url: 'https://kibana.example.com', data_view: order-logs }
http: { listen: '127.0.0.1:7080' } # /healthz /readyz /metrics
language: ${language}
# timezone: Asia/Shanghai ${say('# of times in messages and commands; else that of the process', '# 消息和命令中的时间所用时区；不写则用进程的时区')}
`;
}

function exampleSources(say: Say): string {
  return `  orders:
    file: { path: 'logs/*.log' } ${say('# followed, also when rotated', '# 持续跟踪，支持日志轮转')}
    # kafka: { brokers: ['127.0.0.1:9092'], topic: order-logs, group: tocsin }
    # stdin: {}
    decode: json ${say(
      '# or a preset: pino, spring_boot, nginx_access, cri … (docs/reading.md), or a list of steps',
      '# 或预设：pino、spring_boot、nginx_access、cri 等（docs/reading.md），或步骤列表',
    )}
    # decode: { dissect: '%{@timestamp} %{level} [%{service}] %{message}', multiline: { start: '^\\d{4}-' } }
    timestamp: { field: '@timestamp', format: iso8601 } ${say(
      '# epoch_ms, syslog, or a pattern such as yyyy-MM-dd HH:mm:ss.SSS with timezone: Asia/Shanghai',
      '# epoch_ms、syslog，或格式 "yyyy-MM-dd HH:mm:ss.SSS" 加 timezone: Asia/Shanghai',
    )}
    lateness: 5s ${say('# how much later than others a line may arrive and still count', '# 一行最多迟到多久仍然计入')}
    silent_after: 15m ${say('# people are told when nothing is read for so long; longer where nights are quiet, or never', '# 这么久没有任何日志就通知；夜间无单可设长一些，或 never')}`;
}

const EXAMPLE_FIELDS = `  service: { path: [service.name, service], type: keyword }
  level: { path: [log.level, level], type: keyword, normalise: upper }
  order_id: { path: [order_id, orderId], type: keyword }
  order_state: { path: [order_state, state], type: keyword }
  status: { type: keyword }
  channel: { type: keyword }
  error_code: { type: keyword }
  user_id: { type: keyword }
  duration_ms: { type: double }
  topic: { type: keyword }
  host: { path: [host.name, host], type: keyword }
  lag: { type: long }
  days_left: { type: long }
  http.route: { type: keyword }
  error.message: { type: text }
  message: { type: text }`;

/** Without a text to look in, every field is looked in. */
function searchFields(proposed: DefaultText['proposed']): string {
  const names = ['level', 'message', 'error.message'];
  const found = names.filter((name) => proposed?.fields.some((field) => field.name === name) ?? true);
  return found.length === 0 ? '# search_fields: []' : `search_fields: [${found.join(', ')}]`;
}
