import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configuration, decoders, multiLine, rules, templates } from './changes.ts';
import { fewestSteps, fuzz, fuzzMs } from './harness.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-fuzz-'));
afterAll(() => rmSync(DIR, { recursive: true }));

const FOR_MS = fuzzMs(600_000);
const STEPS_MIN = fewestSteps(1_000, FOR_MS);

describe('ten minutes of whatever there is: nothing escapes, hangs or grows', () => {
  it('decoders', async () => expect((await fuzz(decoders, FOR_MS)).steps).toBeGreaterThan(STEPS_MIN));
  it('multi-line', async () => expect((await fuzz(multiLine, FOR_MS)).steps).toBeGreaterThan(STEPS_MIN));
  it('rules', async () => expect((await fuzz(rules(DIR), FOR_MS)).steps).toBeGreaterThan(STEPS_MIN));
  it('templates', async () => expect((await fuzz(templates(DIR), FOR_MS)).steps).toBeGreaterThan(STEPS_MIN));
  it('configuration', async () =>
    expect((await fuzz(configuration, FOR_MS)).steps).toBeGreaterThan(STEPS_MIN));
});
