import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

it('the committed parser is what the grammar generates', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-grammar-'));
  try {
    const made = join(dir, 'rule.js');
    execFileSync(process.execPath, [
      path('node_modules/nearley/bin/nearleyc.js'),
      path('grammar/rule.ne'),
      '-o',
      made,
    ]);
    expect(readFileSync(made, 'utf8')).toBe(readFileSync(path('grammar/rule.js'), 'utf8'));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
