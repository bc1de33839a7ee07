import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { remembering } from '../../test/support/batches.ts';
import { withOpenUmask } from '../../test/support/open-umask.ts';
import { parseConfig } from '../config/load.ts';
import { keepPrivate } from './keep-private.ts';

withOpenUmask();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-private-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('leaves data_dir open to who writes the logs that lie in it, and says so', () => {
  const { config } = parseConfig(
    'data_dir: app\nrules: rules\nsources: { o: { file: { path: "app/logs/*.log" } } }\n',
    join(folder, 'tocsin.yaml'),
    {},
  );
  mkdirSync(join(folder, 'app', 'logs'), { recursive: true });
  chmodSync(join(folder, 'app'), 0o755);
  const warnings: string[] = [];
  const { log } = remembering();
  keepPrivate(config!, { log: { ...log, warn: (_, text) => void warnings.push(text) } });
  expect((statSync(join(folder, 'app')).mode & 0o777).toString(8)).toBe('755');
  expect(warnings).toEqual([expect.stringContaining('*.log lies in it')]);
});
