/** The canary of the import rules: with some TypeScript versions dependency-cruiser silently reports nothing. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

function cruise(cwd: string): Promise<{ code: number; output: string }> {
  const args = ['--config', join(root, '.dependency-cruiser.cjs'), 'src'];
  return new Promise((resolve) => {
    execFile(join(root, 'node_modules/.bin/depcruise'), args, { cwd }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout });
    });
  });
}

test('an import from one step to another is reported', async () => {
  const { code, output } = await cruise(join(root, 'test/fixtures/imports'));
  expect(output).toContain('match-imports-no-other-step');
  expect(code).toBeGreaterThan(0);
});
