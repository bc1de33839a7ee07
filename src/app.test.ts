import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../test/support/tocsin-process.ts';
import { remembering } from '../test/support/batches.ts';
import { runPipelines } from './app.ts';
import { loadConfig } from './config/load.ts';

let folder: string;

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
