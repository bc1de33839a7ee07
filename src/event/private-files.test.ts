import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withOpenUmask } from '../../test/support/open-umask.ts';
import { makeFolderPrivate } from './private-files.ts';

withOpenUmask();

let folder: string;
const mode = (...names: string[]): string => (statSync(join(folder, ...names)).mode & 0o7777).toString(8);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-private-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('data_dir', () => {
  it('is made for us alone, and so is every file from then on', () => {
    expect(makeFolderPrivate(join(folder, 'new', 'data'))).toBeUndefined();
    writeFileSync(join(folder, 'new', 'data', 'later'), '');
    expect([mode('new', 'data'), mode('new', 'data', 'later')]).toEqual(['700', '600']);
  });

  it('is narrowed where it is wider, with the files of Tocsin in it and no others', () => {
    mkdirSync(join(folder, 'data', 'spool', 'orders'), { recursive: true, mode: 0o755 });
    const elsewhere = join(folder, 'elsewhere');
    const files = ['state.db', 'state.db-wal', 'archive.db', 'files.db', 'dead-letters.ndjson', 'notes.txt'];
    for (const name of [...files, 'spool/orders/0.spool']) writeFileSync(join(folder, 'data', name), '');
    writeFileSync(elsewhere, '');
    symlinkSync(elsewhere, join(folder, 'data', 'state.db-shm'));
    chmodSync(join(folder, 'data'), 0o755);
    expect(makeFolderPrivate(join(folder, 'data'))).toBeUndefined();
    expect(mode('data')).toBe('700');
    expect(files.map((name) => mode('data', name))).toEqual(['600', '600', '600', '600', '600', '666']);
    expect([mode('data', 'spool', 'orders'), mode('data', 'spool/orders/0.spool')]).toEqual(['700', '600']);
    expect(mode('elsewhere')).toBe('666');
  });

  it('is left as it is and named where others need it, while its files are for us alone', () => {
    writeFileSync(join(folder, 'state.db'), '');
    chmodSync(folder, 0o755);
    expect(makeFolderPrivate(folder, [join(folder, 'tocsin.yaml')])).toContain('tocsin.yaml lies in it');
    expect([mode(), mode('state.db')]).toEqual(['755', '600']);
    chmodSync(folder, 0o1777);
    expect(makeFolderPrivate(folder)).toBe('it is a folder that all users share');
    expect(mode()).toBe('1777');
  });
});
