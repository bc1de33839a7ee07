/** A small shop in a folder of its own: a log file, one rule, the embedded archive, alerts on the terminal. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTocsin, type TocsinProcess } from './tocsin-process.ts';
import { tocsin, type Ended } from './tocsin.ts';

export interface Shop {
  readonly dir: string;
  path(...names: string[]): string;
  /** Appends an ERROR line of a service to the log; its message ends with a number of its own. */
  fault(service: string, message?: string): void;
  append(bytes: string | Uint8Array, file?: string): void;
  write(file: string, text: string): void;
  run(): TocsinProcess;
  /** Runs a command in the shop's folder to its end. */
  command(...args: string[]): Promise<Ended>;
  /** What `tocsin search` finds, as lines. */
  search(condition: string): Promise<string[]>;
  close(): void;
}

export interface ShopOptions {
  /** Instead of `./data`. */
  readonly dataDir?: string;
  /** Further lines of tocsin.yaml. */
  readonly archive?: string;
  readonly channels?: string;
  readonly routes?: string;
  readonly source?: string;
}

export const SHOP_RULE = `rule order_timeouts "Orders time out" {
  severity high
  when     "ERROR" AND "order_timeout"
  alert    count >= 3 within 5m by service
  runbook  "runbooks/order.md"
}
`;

export function openShop(options: ShopOptions = {}): Shop {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-shop-'));
  const path = (...names: string[]): string => join(dir, ...names);
  mkdirSync(path('logs'));
  mkdirSync(path('rules/runbooks'), { recursive: true });
  writeFileSync(path('tocsin.yaml'), configuration(options));
  writeFileSync(path('rules/order.rule'), SHOP_RULE);
  writeFileSync(path('rules/runbooks/order.md'), '# Orders time out\n\n1. Look at {{service}}.\n');
  let count = 0;
  const append = (bytes: string | Uint8Array, file = 'logs/shop.log'): void =>
    appendFileSync(path(file), bytes);
  return {
    dir,
    path,
    append,
    fault(service, message = 'order_timeout') {
      count += 1;
      const time = new Date().toISOString();
      append(
        `${JSON.stringify({ '@timestamp': time, level: 'ERROR', service, message: `${message} n=${count}` })}\n`,
      );
    },
    write: (file, text) => writeFileSync(path(file), text),
    run: () => startTocsin(['run'], dir),
    command: (...args) => tocsin(args, { cwd: dir, env: { NO_COLOR: '1' } }),
    async search(condition) {
      const { code, stdout, stderr } = await tocsin(['search', condition, '--json', '--limit', '100000'], {
        cwd: dir,
      });
      if (code !== 0) throw new Error(`search ended with ${code}: ${stderr}`);
      return stdout.split('\n').filter((line) => line !== '');
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function configuration({ dataDir, archive, channels, routes, source }: ShopOptions): string {
  return `data_dir: ${dataDir ?? './data'}
sources:
  shop:
    ${source ?? "file: { path: 'logs/*.log' }"}
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: 1s
fields:
  service: { type: keyword }
  level: { type: keyword, normalise: upper }
  message: { type: text }
archive: ${archive ?? '{ sqlite: {} }'}
rules: ./rules
channels: ${channels ?? '{ terminal: {} }'}
routes:
  - { to: [${routes ?? 'terminal'}] }
`;
}
