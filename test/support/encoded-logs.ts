/** A folder with a log in each encoding, whose lines a rule of its words matches. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encoded, type Encoding } from './encoded.ts';

export interface EncodedLog {
  /** Also the source, the rule and the service of its lines. */
  readonly name: string;
  /** As it is configured; undefined: not at all. */
  readonly configured: string | undefined;
  readonly written: Encoding;
  readonly mark?: string;
  /** Words of every line. */
  readonly words: string;
}

export const ENCODED_LOGS: readonly EncodedLog[] = [
  { name: 'gbk', configured: 'GBK', written: 'gbk', words: '订单支付失败' },
  { name: 'gb', configured: 'gb18030', written: 'gb18030', words: '库存不足' },
  { name: 'big5', configured: 'big5', written: 'big5', words: '訂單支付失敗' },
  { name: 'sjis', configured: 'Shift_JIS', written: 'shift_jis', words: '注文の支払いに失敗' },
  { name: 'eucjp', configured: 'euc-jp', written: 'euc-jp', words: '在庫が足りません' },
  { name: 'euckr', configured: 'cp949', written: 'euc-kr', words: '결제 실패' },
  { name: 'le', configured: 'utf-16le', written: 'utf-16le', words: '支付超时' },
  { name: 'be', configured: 'utf-16be', written: 'utf-16be', words: '支付超时' },
  { name: 'marked', configured: undefined, written: 'utf-16le', mark: '\ufeff', words: '支付失败' },
  { name: 'marked_be', configured: 'utf-16', written: 'utf-16be', mark: '\ufeff', words: '支付失败' },
  { name: 'latin', configured: 'latin1', written: 'windows-1252', words: 'commande refusée' },
];

export interface EncodedFolder {
  readonly dir: string;
  /** Lines [from, to) of a log, as bytes. The first is preceded by its mark. */
  bytesOf(log: EncodedLog, from: number, to: number): Buffer;
  append(log: EncodedLog, bytes: Uint8Array): void;
  close(): void;
}

export function messageOf({ words }: EncodedLog, line: number): string {
  return `${words} no${line}`;
}

/** Makes the folder. `archive`: that of the configuration. A rule fires where the words of a source are in `count` lines. */
export function openEncodedFolder(archive: string, count: number): EncodedFolder {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-encodings-'));
  const startMs = Date.now() - 60_000;
  mkdirSync(join(dir, 'rules'));
  const sources = ENCODED_LOGS.map(
    ({ name, configured }) =>
      `  ${name}: { file: { path: '${name}.log' }, lateness: 1s${configured === undefined ? '' : `, encoding: ${configured}`} }\n`,
  );
  writeFileSync(
    join(dir, 'tocsin.yaml'),
    `sources:\n${sources.join('')}archive: ${archive}\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n`,
  );
  const rules = ENCODED_LOGS.map(
    ({ name, words }) =>
      `rule of_${name} {\n  from ${name}\n  when message:"${words}"\n  alert count >= ${count} within 1h by service\n}\n`,
  );
  writeFileSync(join(dir, 'rules', 'all.rule'), rules.join('\n'));
  return {
    dir,
    bytesOf(log, from, to) {
      const lines = Array.from({ length: to - from }, (_, i) => ({
        '@timestamp': new Date(startMs + (from + i) * 10).toISOString(),
        service: log.name,
        level: 'ERROR',
        message: messageOf(log, from + i),
      }));
      const text = lines.map((line) => `${JSON.stringify(line)}\r\n`).join('');
      return encoded((from === 0 ? (log.mark ?? '') : '') + text, log.written);
    },
    append: ({ name }, bytes) => appendFileSync(join(dir, `${name}.log`), bytes),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
