import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configuration, decoders, multiLine, rules, templates } from './changes.ts';
import { fewestSteps, fuzz, fuzzMs } from './harness.ts';

const dir = mkdtempSync(join(tmpdir(), 'tocsin-fuzz-'));
afterAll(() => rmSync(dir, { recursive: true }));

const forMs = fuzzMs(600_000);
const fewest = fewestSteps(1_000, forMs);

describe('ten minutes of whatever there is: nothing escapes, hangs or grows', () => {
  it('decoders', async () => expect((await fuzz(decoders, forMs)).steps).toBeGreaterThan(fewest));
  it('multi-line', async () => expect((await fuzz(multiLine, forMs)).steps).toBeGreaterThan(fewest));
  it('rules', async () => expect((await fuzz(rules(dir), forMs)).steps).toBeGreaterThan(fewest));
  it('templates', async () => expect((await fuzz(templates(dir), forMs)).steps).toBeGreaterThan(fewest));
  it('configuration', async () => expect((await fuzz(configuration, forMs)).steps).toBeGreaterThan(fewest));
});
