import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rightClock } from '../test/support/clock.ts';
import { until } from '../test/support/tocsin-process.ts';
import { remembering } from '../test/support/batches.ts';
import { runPipelines } from './app.ts';
import { loadConfig } from './config/load.ts';

let folder: string;
const HOUR_MS = 3_600_000;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-app-'));
  mkdirSync(join(folder, 'rules'));
  mkdirSync(join(folder, 'logs'));
  writeFileSync(
    join(folder, 'tocsin.yaml'),
    `data_dir: ./data
sources: { orders: { file: { path: 'logs/*.log' }, decode: json } }
fields: { service: { type: keyword }, message: { type: text } }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const write = (word: string): void =>
  writeFileSync(
    join(folder, 'rules', 'a.rule'),
    `rule ${word} {\n  when "${word}"\n  alert count >= 3 within 5m by service\n}\n`,
  );

it('takes up a rule that was edited while it was starting', async () => {
  write('before');
  const telemetry = remembering();
  // The rules are read before the call returns.
  const starting = runPipelines(loadConfig(join(folder, 'tocsin.yaml'), {}).config!, { telemetry });
  write('meanwhile');
  const running = await starting;
  try {
    const isTakenUp = (): boolean =>
      telemetry.messages.some((text) => text.startsWith('rule meanwhile is new'));
    expect(await until(isTakenUp, 60_000, () => telemetry.messages.join('\n'))).toBe(true);
  } finally {
    await running.stop();
  }
});

it('leaves nothing running where a start fails, however often', async () => {
  write('good');
  const { config } = loadConfig(join(folder, 'tocsin.yaml'), {});
  await (await runPipelines(config!, { telemetry: remembering() })).stop();
  const state = new DatabaseSync(join(folder, 'data', 'state.db'));
  state.exec('UPDATE snapshot_parts SET crc = 0');
  state.close();
  let running = 0;
  const counted = {
    ...rightClock(),
    every: (): (() => void) => {
      running += 1;
      return () => void (running -= 1);
    },
  };
  const failed = runPipelines(config!, { telemetry: remembering(), clock: counted });
  await expect(failed).rejects.toThrow('damaged');
  expect(running).toBe(0);
});

it('tells nothing untrue at a first start over the history of two sources, and what is true', async () => {
  writeFileSync(
    join(folder, 'rules', 'a.rule'),
    `rule unshipped {
  let paid = "payment succeeded"
  let shipped = "order shipped"
  alert paid not followed by shipped within 2h by service
}
`,
  );
  const text = readFileSync(join(folder, 'tocsin.yaml'), 'utf8');
  const startMs = rightClock().nowMs() - 5 * HOUR_MS;
  const [paid, shipped]: [string[], string[]] = [[], []];
  for (let i = 0; i < 1_200; i++) {
    const line = (ms: number, message: string): string =>
      JSON.stringify({ '@timestamp': new Date(ms).toISOString(), service: `S${i}`, message });
    const ms = startMs + i * 12_000;
    paid.push(line(ms, 'payment succeeded'));
    if (i !== 8) shipped.push(line(ms + 0.3 * HOUR_MS, 'order shipped'));
  }
  writeFileSync(join(folder, 'logs', 'pay.log'), `${paid.join('\n')}\n`);
  writeFileSync(join(folder, 'logs', 'ship.log'), `${shipped.join('\n')}\n`);
  const sources = `sources:
  pay: { file: { path: 'logs/pay.log' }, decode: json, lateness: 5s }
  ship: { file: { path: 'logs/ship.log' }, decode: json, lateness: 5s }
`;
  for (let start = 0; start < 5; start++) {
    const several = text.replace(/^sources: .*\n/mu, sources).replace('./data', `./data-${start}`);
    writeFileSync(join(folder, 'tocsin.yaml'), several);
    const { config } = loadConfig(join(folder, 'tocsin.yaml'), {});
    const told: string[] = [];
    const telemetry = remembering();
    const running = await runPipelines(config!, {
      telemetry,
      terminal: new PassThrough(),
      onTransition: ({ kind, episode }) => told.push(`${kind} ${String(episode.group['service'])}`),
    });
    try {
      await until(() => told.length > 0 && telemetry.counts.get('events_in') === 2 * 2_399, 60_000);
    } finally {
      await running.stop();
    }
    expect(told).toEqual(['fired S8']);
    expect(telemetry.counts.get('matches_too_late')).toBeUndefined();
  }
});
