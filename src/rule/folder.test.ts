import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logInside, namedFiles, readInside, ruleFiles } from './folder.ts';

let above: string;
let dir: string;
const put = (path: string, content: string | Uint8Array = 'text'): void =>
  writeFileSync(join(dir, path), content);

beforeEach(() => {
  above = mkdtempSync(join(tmpdir(), 'tocsin-folder-'));
  dir = join(above, 'rules');
  mkdirSync(join(dir, 'runbooks'), { recursive: true });
  writeFileSync(join(above, 'secret.env'), 'TOKEN=secret');
});
afterEach(() => rmSync(above, { recursive: true }));

const read = (path: string): string => {
  const found = readInside(dir, path, 'runbook');
  return 'text' in found ? found.text : found.kind;
};

describe('what rules name', () => {
  it('is read inside the folder, also by links that stay in it', () => {
    put('runbooks/a.md', '\ufeff# A');
    symlinkSync('runbooks', join(dir, 'books'));
    symlinkSync(join(dir, 'runbooks', 'a.md'), join(dir, 'b.md'));
    expect(['runbooks/a.md', 'books/a.md', 'b.md', './runbooks/../b.md'].map(read)).toEqual(
      Array<string>(4).fill('# A'),
    );
  });

  it('is found where the folder itself is a link, as a mounted ConfigMap is made of', () => {
    mkdirSync(join(dir, '..2026_11'));
    put('..2026_11/a.rule');
    symlinkSync('..2026_11', join(dir, '..data'));
    symlinkSync(join('..data', 'a.rule'), join(dir, 'a.rule'));
    symlinkSync('rules', join(above, 'link'));
    expect(ruleFiles(join(above, 'link'))).toEqual(['a.rule']);
    expect(readInside(join(above, 'link'), 'a.rule', 'rules')).toEqual({ text: 'text' });
  });

  it.each([
    '../secret.env',
    'out.md',
    'up/secret.env',
    'runbooks/../../secret.env',
    '/etc/hostname',
    '..',
    '.',
  ])('is not read outside of it: %s', (path) => {
    symlinkSync('../secret.env', join(dir, 'out.md'));
    symlinkSync('..', join(dir, 'up'));
    expect(read(path)).toBe('outside');
    expect(logInside(dir, path)).toMatchObject({ kind: 'outside' });
  });

  it('is an ordinary file: a pipe, a folder, a device is not waited for', () => {
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    expect(read('pipe')).toBe('not_a_file');
    expect(read('runbooks')).toBe('not_a_file');
    expect(logInside(dir, 'pipe')).toMatchObject({ kind: 'not_a_file' });
  });

  it('is of a bounded size, and UTF-8', () => {
    put('huge.md');
    truncateSync(join(dir, 'huge.md'), 2 ** 40);
    put('wide.md', Buffer.from('\ufeffa', 'utf16le'));
    put('latin.md', Buffer.from('a\nb\xe9\n', 'latin1'));
    put('nul.md', 'a\n\0');
    expect(['huge.md', 'wide.md', 'latin.md', 'nul.md', 'none.md', 'a\0b'].map(read)).toEqual([
      'too_large',
      'not_utf8',
      'not_utf8',
      'not_utf8',
      'missing',
      'unreadable',
    ]);
    expect(readInside(dir, 'latin.md', 'runbook')).toMatchObject({ line: 2 });
  });

  it('is read once for all rules of a set, and so much of it as people write', () => {
    const named = namedFiles(dir);
    put('a.md');
    expect(named.read('a.md', 'runbook')).toBe(named.read('a.md', 'runbook'));
    for (let i = 0; i < 36; i += 1) put(`${i}.md`, 'x'.repeat(999_000));
    const kinds = Array.from({ length: 36 }, (_, i) => named.read(`${i}.md`, 'runbook')).map((found) =>
      'text' in found ? 'text' : found.kind,
    );
    expect(kinds.indexOf('too_large')).toBeGreaterThan(30);
    expect(kinds.at(-1)).toBe('too_large');
  });
});

describe('rule files', () => {
  it('are looked for in a bounded number of folders in folders', () => {
    mkdirSync(join(dir, 'a/'.repeat(20)), { recursive: true });
    expect(() => ruleFiles(dir)).toThrow('deeper than');
  });

  it('are of a bounded number', () => {
    for (let i = 0; i <= 10_000; i += 1) put(`${i}.rule`, '');
    expect(() => ruleFiles(dir)).toThrow(/more than 10000 rule files \(\d+\.rule is one more\)/);
  });
});
