import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tocsin } from '../../test/support/tocsin.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-start-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('the start of a command', () => {
  it('keeps compiled modules in a folder of this user alone', async () => {
    const env = { XDG_CACHE_HOME: join(cwd, 'cache') };
    expect((await tocsin(['--version'], { env })).code).toBe(0);
    const folder = join(env.XDG_CACHE_HOME, 'tocsin');
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('goes on where nothing can be kept', async () => {
    const { code, stderr } = await tocsin(['--version'], { env: { XDG_CACHE_HOME: '/proc/none' } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('goes on where the user has no home', async () => {
    const hooks = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
      os.homedir = () => { throw new Error('no such user') }; syncBuiltinESMExports();`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
    const { code, stderr } = await tocsin(['--version'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('loads the client of Elasticsearch only where it is configured', async () => {
    expect(await loadedBySearch('sqlite: { retention: 1d }')).not.toContain('@elastic/elasticsearch');
    const loaded = await loadedBySearch("elasticsearch: { node: 'http://127.0.0.1:9', index: logs }");
    expect(loaded).toContain('@elastic/elasticsearch');
  });

  it('loads nothing that judges where a command only searches', async () => {
    const loaded = await loadedBySearch('sqlite: { retention: 1d }');
    expect(loaded).toContain('/src/archive/sqlite/');
    expect(loaded).not.toContain('/src/detect/');
  });
});

/** Runs a search that fails, with an archive. Returns the urls of all modules that were loaded. */
async function loadedBySearch(archive: string): Promise<string> {
  writeFileSync(join(cwd, 'tocsin.yaml'), `sources: { orders: { stdin: {} } }\narchive: { ${archive} }\n`);
  const hooks = `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) });`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
  const { code, stderr } = await tocsin(['search', 'ERROR'], { cwd, env });
  expect(code).not.toBe(0);
  return stderr;
}
