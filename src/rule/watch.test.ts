import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { watchRules } from './watch.ts';

const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

test('a file that is added, replaced or removed is reported; the same content again is not a change of its own', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-watch-'));
  dirs.push(dir);
  let changed = Promise.withResolvers<undefined>();
  const watcher = watchRules(dir, () => changed.resolve(undefined), { debounceMs: 20, pollMs: 50 });
  const next = async (change: () => void): Promise<void> => {
    changed = Promise.withResolvers<undefined>();
    change();
    await changed.promise;
  };
  try {
    await next(() => writeFileSync(join(dir, 'a.rule'), 'rule a {}'));
    await next(() => {
      writeFileSync(join(dir, '.a.rule.swp'), 'rule a { }');
      renameSync(join(dir, '.a.rule.swp'), join(dir, 'a.rule'));
    });
    await next(() => unlinkSync(join(dir, 'a.rule')));
  } finally {
    watcher.close();
  }
  expect(watcher).toBeDefined();
});
