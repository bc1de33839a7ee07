import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawnTocsin, tocsin } from '../support/tocsin.ts';

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'tocsin-demo-test-'));
});

afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

describe('the demo', () => {
  it('shows an alert of each fault and each order that went wrong, sums up, ends by itself and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await tocsin(['demo', '--for', '10s'], { env: { TMPDIR: temporary } });
    expect(code).toBe(0);
    const faults = ['order_sync_failures', 'payment_gateway_errors', 'redis_refusing_writes'];
    const orders = ['zombie_order', 'ghost_order', 'split_personality'];
    for (const rule of [...faults, ...orders]) {
      expect(stdout).toContain(rule);
      expect(stderr).toMatch(new RegExp(`^ {2}${rule} .* \\d+\\.\\d s after: `, 'mu'));
    }
    const [, written, alerted, archived] =
      /([\d,]+) written, ([\d,]+) judged by the rules, ([\d,]+) kept/u.exec(stderr) ?? [];
    expect(written).toBeDefined();
    expect([alerted, archived]).toEqual([written, written]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('speaks Chinese, ends on Ctrl-C with 130 and leaves nothing behind', async () => {
    const child = spawnTocsin(['demo', '--for', '60s', '--lang', 'zh'], { env: { TMPDIR: temporary } });
    const shown = Promise.all([text(child.stdout), text(child.stderr)]);
    child.stdin.end();
    await once(child.stderr, 'data');
    const closed = once(child, 'close') as Promise<[number | null]>;
    child.kill('SIGINT');
    const [code] = await closed;
    const [, stderr] = await shown;
    expect(code).toBe(130);
    expect(stderr).toContain('模拟的订单服务');
    expect(readdirSync(temporary)).toEqual([]);
  });
});
