import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configuration, decoders, multiLine, rules, templates } from './changes.ts';
import { fuzz, fuzzMs } from './harness.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-fuzz-'));
afterAll(() => rmSync(DIR, { recursive: true }));

/** A minute each; ten are changes.nightly.ts. */
const FOR_MS = fuzzMs(60_000);

describe('whatever it is given, nothing escapes, hangs or grows', () => {
  it('decoders', async () => expect((await fuzz(decoders, FOR_MS)).steps).toBeGreaterThan(0));
  it('multi-line', async () => expect((await fuzz(multiLine, FOR_MS)).steps).toBeGreaterThan(0));
  it('rules', async () => expect((await fuzz(rules(DIR), FOR_MS)).steps).toBeGreaterThan(0));
  it('templates', async () => expect((await fuzz(templates(DIR), FOR_MS)).steps).toBeGreaterThan(0));
  it('configuration', async () => expect((await fuzz(configuration, FOR_MS)).steps).toBeGreaterThan(0));
});
