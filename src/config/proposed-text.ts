/** Blocks of tocsin.yaml for logs that somebody has looked at: text with comments, as `tocsin init --from` writes it. */
import { stringify } from 'yaml';
import { visibleLine } from '../event/visible.ts';
import type { SourceKeys } from './decode/source-keys.ts';

export interface ProposedSource {
  readonly name: string;
  readonly path: string;
  readonly keys: SourceKeys;
  /** The share of the lines of a sample that are read whole, and their number. */
  readonly share: number;
  readonly lines: number;
  /** Its times have no zone. */
  readonly isZoneless: boolean;
  /** Kinds of events that are not read whole, in words. */
  readonly notWhole: readonly string[];
}

/** A field as it stands in the file. */
export interface ProposedFieldKeys {
  readonly name: string;
  readonly path: readonly string[];
  readonly type: string;
  readonly normalise?: string;
}

/** Picks the text of a language. */
type Say = (en: string, zh: string) => string;

const block = (value: unknown, indent: number): string =>
  stringify(value, { singleQuote: true, lineWidth: 0 })
    .trimEnd()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`)
    .join('\n');

/** A text on one line, as it may stand in `[…]` and `{…}`. */
function inline(text: string): string {
  if (/^[A-Za-z][\w./-]*$/u.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/iu.test(text))
    return text;
  return /^[\x20-\x7e]*$/u.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

/** Returns the block `sources`, without its key. */
export function sourcesText(sources: readonly ProposedSource[], say: Say): string {
  return sources.map((source) => sourceText(source, say)).join('\n');
}

function sourceText({ name, path, keys, ...about }: ProposedSource, say: Say): string {
  return [
    ...comments(about, say).map((line) => `  # ${visibleLine(line)}`),
    `  ${name}:`,
    `    file: { path: ${inline(path)} } ${say('# followed, also when rotated', '# 持续跟踪，支持日志轮转')}`,
    block(keys, 4),
    `    lateness: 5s ${say('# how much later than others a line may arrive and still count', '# 一行最多迟到多久仍然计入')}`,
    `    silent_after: 15m ${say('# people are told when nothing is read for so long, or never', '# 这么久没有任何日志就通知，或 never')}`,
  ].join('\n');
}

function comments(
  { share, lines, isZoneless, notWhole }: Omit<ProposedSource, 'name' | 'path' | 'keys'>,
  say: Say,
): readonly string[] {
  const percent = (Math.floor(share * 1000) / 10).toFixed(1);
  return [
    say(
      `Of ${lines} ${lines === 1 ? 'line' : 'lines'} that were looked at, ${percent} % are read whole.`,
      `已查看 ${lines} 行，其中 ${percent} % 可完整解析。`,
    ),
    ...notWhole.map((kind) => say(`Not whole: ${kind}`, `未能完整解析：${kind}`)),
    ...(isZoneless
      ? [
          say(
            'Its times have no zone: `timezone` is that of this machine. Write the one in which the program writes.',
            '日志中的时间没有时区：timezone 取自本机，请改为程序所用的时区。',
          ),
        ]
      : []),
  ];
}

/** Returns the block `fields`, without its key. */
export function fieldsText(fields: readonly ProposedFieldKeys[]): string {
  return fields
    .map(({ name, path, ...keys }) => {
      const paths = path.length === 1 ? inline(path[0]!) : `[${path.map(inline).join(', ')}]`;
      const isOwnName = path.length === 1 && path[0] === name;
      const pairs = Object.entries(keys).map(([key, value]) => `${key}: ${inline(value)}`);
      return `  ${inline(name)}: { ${[...(isOwnName ? [] : [`path: ${paths}`]), ...pairs].join(', ')} }`;
    })
    .join('\n');
}
